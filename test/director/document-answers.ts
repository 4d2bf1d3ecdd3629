import { readFileSync } from 'node:fs';
import { Compile } from 'typebox/compile';
import { isJsonObject, type Json, type JsonObject } from '../../src/shared/json.ts';

// Holds answers against openapi.json: each has a status that is named, the shape that is written, and no field beyond it.

type Operation = { readonly id: string; readonly method: string; readonly path: RegExp; readonly document: JsonObject };

const objectOf = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});
const document: JsonObject = JSON.parse(readFileSync('openapi.json', 'utf8'));

/** Those without a parameter first: `Incidents/facets` is no id. */
const operations: readonly Operation[] = Object.entries(objectOf(document['paths']))
  .sort(([a], [b]) => a.split('{').length - b.split('{').length)
  .flatMap(([path, item]) =>
    Object.entries(objectOf(item)).map(([method, operation]) => ({
      id: String(objectOf(operation)['operationId']),
      method: method.toUpperCase(),
      path: new RegExp(`^${path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '[^/]+')}$`),
      document: objectOf(operation),
    })),
  );

const checks = new Map<JsonObject, { Check(value: unknown): boolean; Errors(value: unknown): unknown }>();

/** What of a value is not as the schema says. Empty = all is. */
export function unlike(schema: JsonObject, value: Json): readonly string[] {
  const check = checks.get(schema) ?? Compile(schema);
  checks.set(schema, check);
  if (!check.Check(value)) return [`${JSON.stringify(check.Errors(value)).slice(0, 600)}`];
  return strangers(schema, value, '');
}

/** Fields that no schema names, unless it is a map. */
export function strangers(schema: JsonObject, value: Json, where: string): readonly string[] {
  const choices = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(choices)) {
    const fitting = choices.filter(isJsonObject).filter((choice) => Compile(choice).Check(value));
    return fitting.length === 0 ? [] : strangers(objectOf(fitting[0]), value, where);
  }
  if (Array.isArray(value)) {
    const items = schema['items'];
    return isJsonObject(items) ? value.flatMap((item) => strangers(items, item, `${where}[]`)) : [];
  }
  const properties = schema['properties'];
  if (!isJsonObject(value) || !isJsonObject(properties)) return [];
  const rest = objectOf(schema['additionalProperties']);
  const mapped = Object.keys(rest).length === 0 ? undefined : rest;
  return Object.entries(value).flatMap(([name, inner]) => {
    const own = properties[name] ?? mapped;
    return isJsonObject(own) ? strangers(own, inner, `${where}.${name}`) : [`${where}.${name} is not in the schema`];
  });
}

export function operationOf(method: string, url: string): Operation | undefined {
  const path = (url.split('?', 1)[0] ?? '').replace(/^\/(configapi|monitorapi)\/v1\/(?!director\/)/, '/$1/');
  return operations.find((operation) => operation.method === method && operation.path.test(path));
}

/** @throws Error when the answer is not one that the document has */
export function checkAnswer(method: string, url: string, status: number, body: Json): void {
  const operation = operationOf(method, url);
  if (operation === undefined) return;
  const responses = objectOf(operation.document['responses']);
  const answer = objectOf(responses[String(status)] ?? responses['default']);
  const name =
    String(answer['$ref'] ?? '')
      .split('/')
      .at(-1) ?? '';
  const resolved = name === '' ? answer : objectOf(objectOf(objectOf(document['components'])['responses'])[name]);
  const schema = objectOf(objectOf(resolved['content'])['application/json'])['schema'];
  if (!isJsonObject(schema)) return;
  const wrong = unlike(schema, body);
  if (wrong.length > 0) throw new Error(`${operation.id} ${status}: ${wrong.slice(0, 5).join('; ')}`);
}

/** @throws Error when what became of an order is not what the document has; refusals have a shape of their own */
export function checkOutcome(method: string, url: string, response: JsonObject): void {
  const operation = operationOf(method, url);
  const schema = objectOf(operation?.document['x-order-response'])['schema'];
  if (response['success'] !== true || !isJsonObject(schema)) return;
  const wrong = unlike(schema, response);
  if (wrong.length > 0) throw new Error(`${operation?.id} order: ${wrong.slice(0, 5).join('; ')}`);
}
