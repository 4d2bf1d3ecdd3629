import type { Json, JsonObject } from './json.ts';

/**
 * One text for one JSON value: keys in code unit order at every level, no blanks, numbers and strings as
 * `JSON.stringify` writes them. What digests are made over.
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const object = value as JsonObject;
  const members = Object.keys(object)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(object[key] ?? null)}`);
  return `{${members.join(',')}}`;
}
