import { isJsonObject, type Json } from '../../shared/json.ts';
import type { Loop } from './loop.ts';
import type { Meter } from './meter.ts';

/** Text that is fit for its place already and is not escaped again. */
export class SafeText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Dict = { readonly [key: string]: Value };
/** What a template computes with: plain data. `undefined` is a name or field that is not there. */
export type Value = undefined | null | boolean | number | string | SafeText | Loop | readonly Value[] | Dict;

/** A fault of the template at a place that the renderer knows. */
export class TemplateFault extends Error {}

/** Deepest value that is shown or compared. */
const VALUE_DEPTH_MAX = 32;

export const fromJson = (json: Json): Value => json;
export const isList = (value: Value): value is readonly Value[] => Array.isArray(value);
export const isDict = (value: Value): value is Dict =>
  isJsonObject(value) && (Object.getPrototypeOf(value) === null || Object.getPrototypeOf(value) === Object.prototype);
export const isText = (value: Value): value is string | SafeText =>
  typeof value === 'string' || value instanceof SafeText;
export const textOf = (value: string | SafeText): string => (typeof value === 'string' ? value : value.text);

export function typeName(value: Value): string {
  if (value === undefined) return 'undefined';
  if (value === null) return 'none';
  if (isText(value)) return 'text';
  if (isList(value)) return 'a list';
  if (isDict(value)) return 'a mapping';
  return typeof value === 'object' ? 'the loop' : `a ${typeof value}`;
}

export function isTrue(value: Value): boolean {
  if (isText(value)) return textOf(value) !== '';
  if (isList(value)) return value.length > 0;
  if (isDict(value)) return Object.keys(value).length > 0;
  return value !== undefined && value !== null && value !== false && value !== 0;
}

/** An own field of a mapping, an element of a list (negative from the end); undefined when it is not there. */
export function itemOf(object: Value, key: Value): Value {
  if (isList(object)) {
    if (typeof key !== 'number') return undefined;
    return object[key < 0 ? object.length + key : key];
  }
  if (isText(object)) return typeof key === 'number' ? textOf(object).at(key) : undefined;
  if (!isDict(object)) return undefined;
  const name = isText(key) ? textOf(key) : typeof key === 'number' ? String(key) : undefined;
  return name !== undefined && Object.hasOwn(object, name) ? object[name] : undefined;
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return String(value);
}

/** The value as Jinja shows it: `None`, `True`, lists and mappings as Python writes them, undefined as nothing. */
export function display(value: Value, meter: Meter): string {
  if (value === undefined) return '';
  if (isText(value)) return textOf(value);
  return meter.text(write(value, meter, 0, PYTHON));
}

/** JSON text; undefined is null. `<`, `>`, `&` and quotes that HTML knows are escaped, so it may stand in a page. */
export function toJson(value: Value, meter: Meter): string {
  const json = write(value, meter, 0, JSON_STYLE);
  return meter.text(
    json.replace(/[<>&'\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}

type Style = {
  readonly nothing: string;
  readonly yes: string;
  readonly no: string;
  text(text: string): string;
  number(value: number): string;
};

const PYTHON: Style = {
  nothing: 'None',
  yes: 'True',
  no: 'False',
  text: (text) =>
    text.includes("'") && !text.includes('"') ? `"${escaped(text)}"` : `'${escaped(text).replaceAll("'", "\\'")}'`,
  number: numberText,
};
const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');

const JSON_STYLE: Style = {
  nothing: 'null',
  yes: 'true',
  no: 'false',
  text: (text) => JSON.stringify(text),
  number: (value) => (Number.isFinite(value) ? String(value) : 'null'),
};

function write(value: Value, meter: Meter, depth: number, style: Style): string {
  meter.step(1);
  if (depth > VALUE_DEPTH_MAX) throw new TemplateFault(`a value is nested deeper than ${VALUE_DEPTH_MAX}`);
  if (value === undefined || value === null) return style.nothing;
  if (typeof value === 'boolean') return value ? style.yes : style.no;
  if (typeof value === 'number') return style.number(value);
  if (isText(value)) return meter.text(style.text(textOf(value)));
  if (isList(value)) {
    return meter.text(`[${value.map((item) => write(item, meter, depth + 1, style)).join(', ')}]`);
  }
  if (!isDict(value)) return style.nothing;
  const entries = Object.entries(value).map(
    ([key, item]) => `${style.text(key)}: ${write(item, meter, depth + 1, style)}`,
  );
  return meter.text(`{${entries.join(', ')}}`);
}

export function isEqual(left: Value, right: Value, meter: Meter, depth = 0): boolean {
  meter.step(1);
  if (depth > VALUE_DEPTH_MAX) throw new TemplateFault(`a value is nested deeper than ${VALUE_DEPTH_MAX}`);
  if (isText(left) && isText(right)) return textOf(left) === textOf(right);
  if (isList(left) && isList(right)) {
    return left.length === right.length && left.every((item, i) => isEqual(item, right[i], meter, depth + 1));
  }
  if (isDict(left) && isDict(right)) {
    const keys = Object.keys(left);
    return (
      keys.length === Object.keys(right).length &&
      keys.every((key) => Object.hasOwn(right, key) && isEqual(left[key], right[key], meter, depth + 1))
    );
  }
  return left === right;
}

/** A number, or text that is one (fields of events are text); undefined for all else. */
export function asNumber(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  if (!isText(value)) return undefined;
  const text = textOf(value).trim();
  if (text === '' || text.length > 40 || !/^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text)) return undefined;
  return Number(text);
}

/** Negative, zero, positive; undefined when the two have no order. Text against a number counts as a number. */
export function compare(left: Value, right: Value): number | undefined {
  if (isText(left) && isText(right)) {
    const [a, b] = [textOf(left), textOf(right)];
    return a < b ? -1 : a > b ? 1 : 0;
  }
  const [a, b] = [asNumber(left), asNumber(right)];
  return a === undefined || b === undefined || Number.isNaN(a - b) ? undefined : Math.sign(a - b);
}

/** `x in y`: a part of a text, an element of a list, a key of a mapping. */
export function isIn(needle: Value, hay: Value, meter: Meter): boolean {
  if (isText(hay)) return textOf(hay).includes(display(needle, meter));
  if (isList(hay)) return hay.some((item) => isEqual(item, needle, meter));
  if (isDict(hay)) return isText(needle) && Object.hasOwn(hay, textOf(needle));
  return false;
}

/** What a loop goes over; nothing for undefined and none. */
export function elementsOf(value: Value, meter: Meter): readonly Value[] {
  if (value === undefined || value === null) return [];
  if (isList(value)) return value;
  if (isDict(value)) return Object.keys(value);
  if (isText(value)) {
    meter.step(textOf(value).length);
    return [...textOf(value)];
  }
  throw new TemplateFault(`cannot loop over ${typeName(value)}`);
}
