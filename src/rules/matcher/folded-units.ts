import { fold } from '../../query/fold.ts';

const UNITS = 65_536;

/** Surrogates stand for themselves: half a character has no case. No literal that is searched for has one. */
export const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;

let table: Uint16Array | null = null;

/**
 * UTF-16 unit → folded unit, so that a text is searched without folding it first. Folding is unit for unit outside the
 * surrogates: `fold(a + b) === fold(a) + fold(b)`, and one unit stays one; a test compares every unit.
 */
export function foldedUnits(): Uint16Array {
  table ??= Uint16Array.from({ length: UNITS }, (_, unit) =>
    isSurrogate(unit) ? unit : fold(String.fromCharCode(unit)).charCodeAt(0),
  );
  return table;
}
