import { isJsonObject, type Json, type JsonObject } from '../shared/json.ts';

/**
 * Reads named fields of a request's `data` and collects what is wrong with them. Nothing else of the request is ever
 * looked at, so a caller cannot set what the server owns.
 *
 * The vendor's clients send booleans and numbers as text as well: both forms are read.
 */
export class FieldReader {
  readonly #data: JsonObject;
  readonly #errors = new Map<string, string[]>();

  constructor(data: JsonObject) {
    this.#data = data;
  }

  /** Messages by field, for `validationErrors`; empty when all is well. */
  get errors(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries(this.#errors);
  }

  fail(field: string, message: string): void {
    const list = this.#errors.get(field);
    if (list === undefined) this.#errors.set(field, [message]);
    else list.push(message);
  }

  /** Present means: there and neither null nor empty text, which is how a form clears a field. */
  has(field: string): boolean {
    const value = this.#value(field);
    return value !== undefined && value !== null && value !== '';
  }

  text(field: string, options: { charsMax: number; required?: boolean }): string {
    const value = this.#value(field);
    if (value === undefined || value === null || value === '') {
      if (options.required === true) this.fail(field, `${field} must not be empty`);
      return '';
    }
    if (typeof value !== 'string') {
      this.fail(field, `${field} must be text, not ${kindOf(value)}`);
      return '';
    }
    if (value.length > options.charsMax) {
      this.fail(field, `${field} is ${value.length} characters long, at most ${options.charsMax} are allowed`);
    }
    return value;
  }

  flag(field: string): boolean {
    const value = this.#value(field);
    if (value === undefined || value === null || value === '') return false;
    if (typeof value === 'boolean') return value;
    const word = typeof value === 'string' ? value.toLowerCase() : '';
    if (word === 'on' || word === 'true') return true;
    if (word === 'off' || word === 'false') return false;
    this.fail(field, `${field} must be true, false, on or off, not ${shown(value)}`);
    return false;
  }

  /** A whole number within the bounds, both inclusive; `fallback` when the field is absent. */
  integer(field: string, bounds: { min: number; max: number; fallback?: number }): number {
    const value = this.#value(field);
    if (value === undefined || value === null || value === '') {
      if (bounds.fallback === undefined) this.fail(field, `${field} must be present`);
      return bounds.fallback ?? bounds.min;
    }
    const number = numberOf(value);
    if (number === null || !Number.isInteger(number) || number < bounds.min || number > bounds.max) {
      this.fail(field, `${field} must be a whole number from ${bounds.min} to ${bounds.max}, not ${shown(value)}`);
      return bounds.min;
    }
    return number;
  }

  /** One of the words; `synonyms` maps other spellings to them. */
  choice<T extends string>(field: string, words: readonly T[], synonyms: Readonly<Record<string, T>> = {}): T | null {
    const value = this.#value(field);
    const text = typeof value === 'string' ? value.trim().toLowerCase() : null;
    const word = words.find((candidate) => candidate === text);
    if (word !== undefined) return word;
    if (text !== null && Object.hasOwn(synonyms, text)) return synonyms[text] ?? null;
    this.fail(field, `${field} must be one of ${words.join(', ')}, not ${shown(value ?? null)}`);
    return null;
  }

  /** Texts in the order given, without repetitions. */
  texts(field: string, options: { countMax: number; charsMax: number }): readonly string[] {
    const value = this.#value(field);
    if (value === undefined || value === null || value === '') return [];
    const list = Array.isArray(value) ? value : [value];
    if (list.length > options.countMax) {
      this.fail(field, `${field} names ${list.length} values, at most ${options.countMax} are allowed`);
      return [];
    }
    const texts = new Set<string>();
    for (const item of list) {
      if (typeof item !== 'string' || item === '' || item.length > options.charsMax) {
        this.fail(field, `${field} must hold texts of 1 to ${options.charsMax} characters, not ${shown(item)}`);
      } else texts.add(item);
    }
    return [...texts];
  }

  objects(field: string, countMax: number): readonly JsonObject[] {
    const value = this.#value(field);
    if (value === undefined || value === null || value === '') return [];
    if (!Array.isArray(value) || !value.every(isJsonObject) || value.length > countMax) {
      this.fail(field, `${field} must be a list of at most ${countMax} objects`);
      return [];
    }
    return value;
  }

  #value(field: string): Json | undefined {
    return Object.hasOwn(this.#data, field) ? this.#data[field] : undefined;
  }
}

const SHOWN_CHARS_MAX = 80;

function shown(value: Json): string {
  const text = JSON.stringify(value);
  return text.length <= SHOWN_CHARS_MAX ? text : `${text.slice(0, SHOWN_CHARS_MAX)}…`;
}

function kindOf(value: Json): string {
  if (Array.isArray(value)) return 'a list';
  return value === null ? 'null' : `${/^[aeiou]/.test(typeof value) ? 'an' : 'a'} ${typeof value}`;
}

function numberOf(value: Json): number | null {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d{1,15}$/.test(value.trim()) ? Number(value) : null;
}
