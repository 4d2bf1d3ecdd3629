import { isUtf8 } from 'node:buffer';
import { AppError } from '../../shared/errors.ts';
import { isJsonObject } from '../../shared/json.ts';
import { findJsonError } from './json-position.ts';

/**
 * The value of a JSON request body.
 *
 * Refused beyond what is not JSON: nesting deeper than `depthMax`, the keys that poison prototypes, and text that a
 * store cannot keep (U+0000, lone surrogates).
 *
 * @throws AppError `BODY_INVALID`
 */
export function parseJsonBody(bytes: Buffer, depthMax: number): unknown {
  if (bytes.length === 0) throw invalid('request body is empty: expected JSON');
  if (!isUtf8(bytes)) throw invalid('request body is not valid UTF-8');
  refuseDepth(bytes, depthMax);
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid(`request body is not valid JSON: ${findJsonError(text)}`, cause);
  }
  refusePoison(value);
  return value;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Counts brackets outside strings, before anything that could recurse sees the body. */
function refuseDepth(bytes: Buffer, depthMax: number): void {
  let depth = 0;
  let isInString = false;
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i];
    if (isInString) {
      if (byte === BACKSLASH) i += 1;
      else if (byte === QUOTE) isInString = false;
    } else if (byte === QUOTE) {
      isInString = true;
    } else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > depthMax) throw invalid(`request body is nested deeper than ${depthMax} levels at position ${i}`);
    } else if (byte === 0x7d || byte === 0x5d) {
      depth -= 1;
    }
  }
}

function refusePoison(value: unknown): void {
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next === 'string') refuseText(next);
    else if (Array.isArray(next)) for (const item of next) waiting.push(item);
    else if (isJsonObject(next)) {
      for (const [key, inner] of Object.entries(next)) {
        refuseKey(key, inner);
        waiting.push(inner);
      }
    }
  }
}

function refuseKey(key: string, inner: unknown): void {
  refuseText(key);
  const poisons =
    key === '__proto__' || (key === 'constructor' && isJsonObject(inner) && Object.hasOwn(inner, 'prototype'));
  if (poisons) throw invalid(`request body holds the key ${key}, which is not allowed`);
}

function refuseText(text: string): void {
  if (text.includes('\0')) throw invalid('request body holds the character U+0000, which is not allowed');
  if (LONE_SURROGATE.test(text)) throw invalid('request body holds half a surrogate pair, which is not a character');
}

const invalid = (message: string, cause?: unknown): AppError =>
  new AppError('invalid', 'BODY_INVALID', message, cause === undefined ? {} : { cause });
