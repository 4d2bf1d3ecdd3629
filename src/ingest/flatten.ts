import { isJsonObject, type Json } from '../shared/json.ts';
import { type Decoding, Undecodable } from './decoding.ts';
import { FIELD_VALUE_LENGTH_MAX, JSON_DEPTH_MAX } from './limits.ts';

/**
 * Puts a JSON value under a name: members of objects under `name.member`, lists of plain values joined with `, `, lists
 * that hold objects as JSON text, null not at all.
 *
 * @throws Undecodable `too_deep`
 */
export function flatten(decoding: Decoding, name: string, value: Json | undefined, depth: number): void {
  if (typeof value === 'string') {
    decoding.event.putBeside(name, value);
    return;
  }
  if (typeof value !== 'object' || value === null) {
    putLeaf(decoding, name, value ?? null);
    return;
  }
  checkDepth(depth);
  if (isJsonObject(value)) {
    for (const key in value) flatten(decoding, `${name}.${key}`, value[key], depth + 1);
    return;
  }
  decoding.event.putBeside(name, listText(value, depth));
}

/** A value that is not an object or list, as text; null and absent leave no field. */
export function putLeaf(decoding: Decoding, name: string, value: Json): void {
  const text = leafText(decoding.text, lastPart(name), value);
  if (text !== null) decoding.event.putBeside(name, text);
}

/** Text of a plain value. Integers beyond 2^53 are taken from the line, as JavaScript has rounded them. */
export function leafText(line: string, key: string, value: Json): string | null {
  if (value === null) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'number') {
    return Number.isInteger(value) && !Number.isSafeInteger(value) ? exactInteger(line, key, value) : String(value);
  }
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  return listText(Array.isArray(value) ? value : [value], 1);
}

function listText(list: readonly Json[], depth: number): string {
  if (list.every((item) => typeof item !== 'object')) return list.map(String).join(', ');
  checkListDepth(list, depth);
  return JSON.stringify(list).slice(0, FIELD_VALUE_LENGTH_MAX + 1);
}

/** Before `JSON.stringify`, which recurses: the stack must not be the limit. */
function checkListDepth(value: Json, depth: number): void {
  if (typeof value !== 'object' || value === null) return;
  checkDepth(depth);
  for (const item of Array.isArray(value) ? value : Object.values(value)) checkListDepth(item, depth + 1);
}

function checkDepth(depth: number): void {
  if (depth > JSON_DEPTH_MAX) {
    throw new Undecodable('too_deep', `nested more than ${JSON_DEPTH_MAX} levels deep`);
  }
}

const lastPart = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

function exactInteger(line: string, key: string, value: number): string {
  const quoted = `"${key}"`;
  for (let at = line.indexOf(quoted); at !== -1; at = line.indexOf(quoted, at + 1)) {
    const digits = integerAfterColon(line, at + quoted.length);
    if (digits !== '' && Number(digits) === value) return digits;
  }
  return String(value);
}

/** Blanks and digits that are looked at: longer numbers are nobody's. */
const LOOKED_AT_MAX = 400;

/** The integer that is written behind a colon at this place, with blanks around the colon; '' for anything else. */
function integerAfterColon(line: string, from: number): string {
  const end = Math.min(line.length, from + LOOKED_AT_MAX);
  let at = afterBlanks(line, from, end);
  if (line.charCodeAt(at) !== 0x3a) return '';
  at = afterBlanks(line, at + 1, end);
  const start = at;
  if (line.charCodeAt(at) === 0x2d) at += 1;
  const digits = at;
  while (at < end && isDigit(line.charCodeAt(at))) at += 1;
  return at === digits ? '' : line.slice(start, at);
}

function afterBlanks(line: string, from: number, end: number): number {
  let at = from;
  while (at < end && isBlank(line.charCodeAt(at))) at += 1;
  return at;
}

/** Of JSON. */
const isBlank = (unit: number): boolean => unit === 0x20 || unit === 0x09 || unit === 0x0a || unit === 0x0d;
const isDigit = (unit: number): boolean => unit >= 0x30 && unit <= 0x39;
