import type { Json } from '../../../src/shared/json.ts';
import { timeOf } from '../api/read-json.ts';

/** The time of an incident's events, Unix ms; null when the answer has none. */
export type EventRange = readonly [number, number] | null;

export function rangeOf(value: Json | undefined): EventRange {
  const [from, to] = Array.isArray(value) ? value.map(timeOf) : [];
  return from === undefined || from === null || to === undefined || to === null ? null : [from, to];
}
