import { AppError } from '../shared/errors.ts';
import type { JsonObject } from '../shared/json.ts';

// Fields of an order's `data`. Routes check shapes at the door; an order that comes another way is checked here.

export function requiredText(input: JsonObject, field: string): string {
  const value = input[field];
  if (typeof value !== 'string') throw missing(field);
  return value;
}

export function optionalText(input: JsonObject, field: string): string | undefined {
  const value = input[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw illTyped(field, 'a text');
  return value;
}

export function textList(input: JsonObject, field: string): readonly string[] {
  const value = input[field];
  if (value === undefined || value === null) throw missing(field);
  return listOf(field, value);
}

export function optionalTextList(input: JsonObject, field: string): readonly string[] | undefined {
  const value = input[field];
  return value === undefined || value === null ? undefined : listOf(field, value);
}

/** A boolean as clients of the Director send it. */
export function optionalFlag(input: JsonObject, field: string): boolean | undefined {
  const value = input[field];
  switch (value) {
    case undefined:
    case null:
      return undefined;
    case true:
    case 'true':
    case 'on':
      return true;
    case false:
    case 'false':
    case 'off':
      return false;
    default:
      throw illTyped(field, 'true, false, on or off');
  }
}

export function optionalInteger(input: JsonObject, field: string): number | undefined {
  const value = input[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw illTyped(field, 'a whole number');
  return value;
}

function listOf(field: string, value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw illTyped(field, 'a list of texts');
  return value.map((item) => {
    if (typeof item !== 'string') throw illTyped(field, 'a list of texts');
    return item;
  });
}

const missing = (field: string): AppError =>
  new AppError('invalid', 'FIELD_MISSING', `${field} must be present in request.`);

const illTyped = (field: string, expected: string): AppError =>
  new AppError('invalid', 'FIELD_INVALID', `${field} must be ${expected}.`);
