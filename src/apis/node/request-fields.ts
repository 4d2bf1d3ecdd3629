import { AppError } from '../../shared/errors.ts';
import { isJsonObject, type JsonObject } from '../../shared/json.ts';

// Fields of `requestData`. Numbers may come as texts: forms know nothing else.

/** The last second of the year 9999. */
const EPOCH_SECONDS_MAX = 253_402_300_799;

export function epochSeconds(data: JsonObject, field: string): number {
  const value = data[field];
  if (value === undefined || value === null || value === '') throw invalid(`${field} must be present in request.`);
  const seconds = typeof value === 'string' ? Number(value) : value;
  if (typeof seconds !== 'number' || !(seconds >= 0 && seconds <= EPOCH_SECONDS_MAX)) {
    throw invalid(`${field} is ${shown(value)}, expected epoch seconds`);
  }
  return seconds;
}

export function text(data: JsonObject, field: string): string {
  const value = data[field];
  if (typeof value === 'string' && value !== '') return value;
  throw invalid(`${field} must be present in request.`);
}

/** A list of texts; one text alone stands for a list of it. */
export function texts(data: JsonObject, field: string): readonly string[] {
  const value = data[field];
  if (value === undefined || value === null) throw invalid(`${field} must be present in request.`);
  if (typeof value === 'string') return [value];
  if (!Array.isArray(value)) throw invalid(`${field} must be a list of texts`);
  return value.map((item) => {
    if (typeof item !== 'string') throw invalid(`${field} must be a list of texts`);
    return item;
  });
}

export function objects(data: JsonObject, field: string): readonly JsonObject[] {
  const value = data[field];
  if (!Array.isArray(value)) throw invalid(`${field} must be present in request.`);
  return value.map((item) => {
    if (!isJsonObject(item)) throw invalid(`${field} must be a list of objects`);
    return item;
  });
}

export const shown = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 100);

export const invalid = (message: string): AppError => new AppError('invalid', 'REQUEST_INVALID', message);
