import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';

const OBJECT_ID = '5f0c1a2b3c4d5e6f7a8b9c0d';
const HEX32 = '4a7f2f6a9c3d4e5f8a1b2c3d4e5f6a7b';
const REQUEST_ID = '0f8fad5b-d9cb-469f-a165-70867728950e';

/** What values of these names look like. The longest ending that fits counts. */
const BY_NAME: readonly (readonly [RegExp, string])[] = [
  [/^pool$|pool_uuid$/, HEX32],
  [/^logpoint$|logpoint_identifier$/, HEX32],
  [/request_id$|order_id$/, REQUEST_ID],
  [/(^|_)ids?$|owner$|assignee$|assigned_to|usergroups?$/i, OBJECT_ID],
  [/email/, 'ann@example.org'],
  [/username$/, 'ann'],
  [/query$/, 'user=ann'],
  [/^(host|server)$|_ip$/, '192.0.2.7'],
  [/url$/, 'https://receiver.example/hook'],
  [/(^|_)at$/, '2026-01-31T09:30:00.000Z'],
  [/^repos?$/, 'default'],
  [/risk/, 'high'],
  [/comment$/, 'planned maintenance'],
];
const TEXT = 'example';

/** A value that the schema takes: what is mandatory, and the first choice where there are several. */
export function sampleOf(schema: Json | undefined, name = ''): Json {
  if (!isJsonObject(schema)) return null;
  const { enum: values, const: only, default: fallback } = schema;
  if (only !== undefined) return only;
  if (Array.isArray(values)) return values[0] ?? null;
  if (fallback !== undefined) return fallback;
  const choices = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(choices)) return sampleOf(choices[0], name);
  switch (schema['type']) {
    case 'object':
      return objectSample(schema);
    case 'array':
      return Array.from({ length: Math.max(1, Number(schema['minItems'] ?? 1)) }, () =>
        sampleOf(schema['items'], name),
      );
    case 'integer':
    case 'number':
      return numberSample(schema);
    case 'boolean':
      return true;
    case 'string':
      return textSample(schema, name);
    default:
      return null;
  }
}

function objectSample(schema: JsonObject): JsonObject {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([name]) => required.includes(name))
      .map(([name, inner]) => [name, sampleOf(inner, name)]),
  );
}

function numberSample({ minimum, exclusiveMinimum }: JsonObject): number {
  if (typeof minimum === 'number') return Math.max(1, minimum);
  return typeof exclusiveMinimum === 'number' ? exclusiveMinimum + 1 : 1;
}

function textSample({ minLength, maxLength, pattern }: JsonObject, name: string): string {
  const known = BY_NAME.find(([ending]) => ending.test(name))?.[1] ?? TEXT;
  const text = typeof pattern === 'string' && !new RegExp(pattern, 'u').test(known) ? byPattern(pattern) : known;
  const longer = text.padEnd(typeof minLength === 'number' ? minLength : 0, 'x');
  return typeof maxLength === 'number' ? longer.slice(0, maxLength) : longer;
}

/** The forms that ids have. */
function byPattern(pattern: string): string {
  const form = new RegExp(pattern, 'u');
  return [OBJECT_ID, HEX32, REQUEST_ID, 'a', 'A', '1', '2026-01-31'].find((text) => form.test(text)) ?? TEXT;
}
