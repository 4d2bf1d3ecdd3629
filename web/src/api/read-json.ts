import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { isJsonObject } from '../../../src/shared/json.ts';

// Answers are read field by field: what the server leaves out becomes an empty value, never a crash of the page.

export const rowsOf = (value: Json | undefined): JsonObject[] =>
  Array.isArray(value) ? value.filter(isJsonObject) : [];

export const objectOf = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});

export const textOf = (value: Json | undefined): string =>
  typeof value === 'string' ? value : value === null || value === undefined ? '' : String(value);

export const textOrNull = (value: Json | undefined): string | null =>
  value === null || value === undefined || value === '' ? null : textOf(value);

export const numberOf = (value: Json | undefined): number => {
  const number = typeof value === 'number' ? value : Number(value ?? Number.NaN);
  return Number.isFinite(number) ? number : 0;
};

export const textsOf = (value: Json | undefined): string[] => (Array.isArray(value) ? value.map(textOf) : []);

const EPOCH_SECONDS_MAX = 100_000_000_000;

/** Unix milliseconds of a time in epoch seconds, epoch milliseconds or ISO 8601; null for what is no time. */
export function timeOf(value: Json | undefined): number | null {
  if (typeof value === 'number') return value < EPOCH_SECONDS_MAX ? Math.round(value * 1000) : Math.round(value);
  if (typeof value !== 'string' || value === '') return null;
  if (/^\d+(\.\d+)?$/.test(value)) return timeOf(Number(value));
  const parsed = Date.parse(value);
  return Number.isNaN(parsed) ? null : parsed;
}
