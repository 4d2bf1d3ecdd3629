import { numericValue } from '../events/event.ts';
import type { Cell } from './access.ts';

/** Order by code point, which is the byte order of UTF-8, so that the store sorts alike. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const x = a.charCodeAt(at);
    const y = b.charCodeAt(at);
    if (x !== y) return isSurrogate(x) === isSurrogate(y) ? x - y : isSurrogate(x) ? 1 : -1;
  }
  return a.length - b.length;
}

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;

/** What a value is sorted by: its number, else its text; null for nothing. */
export type SortValue = { readonly number: number | undefined; readonly text: string } | null;

export function sortValueOf(cell: Cell): SortValue {
  if (cell === null) return null;
  if (typeof cell === 'number') return { number: cell, text: String(cell) };
  if (typeof cell === 'string') return { number: numericValue(cell), text: cell };
  return { number: undefined, text: cell.join(', ') };
}

/** Numbers, then texts by code point, then nothing. Equal numbers go by their text. */
export function compareSortValues(a: SortValue, b: SortValue): number {
  if (a === null || b === null) return (a === null ? 1 : 0) - (b === null ? 1 : 0);
  if (a.number !== undefined && b.number !== undefined && a.number !== b.number) return a.number - b.number;
  if ((a.number === undefined) !== (b.number === undefined)) return a.number === undefined ? 1 : -1;
  return compareText(a.text, b.text);
}
