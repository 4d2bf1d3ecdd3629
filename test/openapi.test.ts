import { readFileSync } from 'node:fs';
import { Compile } from 'typebox/compile';
import { expect, test } from 'vitest';
import { isJsonObject, type Json, type JsonObject } from '../src/shared/json.ts';
import { strangers } from './director/document-answers.ts';

const document: JsonObject = JSON.parse(readFileSync('openapi.json', 'utf8'));
const at = (value: Json | undefined, ...keys: string[]): Json | undefined =>
  keys.reduce<Json | undefined>((inner, key) => (isJsonObject(inner) ? inner[key] : undefined), value);
const entries = (value: Json | undefined): [string, Json][] => (isJsonObject(value) ? Object.entries(value) : []);

const operations = entries(document['paths']).flatMap(([path, item]) =>
  entries(item)
    .filter(([method]) => ['get', 'post', 'put', 'delete'].includes(method))
    .map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
);

const resolved = (value: Json): Json => {
  const ref = at(value, '$ref');
  return typeof ref === 'string' ? (at(document, ...ref.split('/').slice(1)) ?? null) : value;
};

function unfit(where: string, media: Json): string[] {
  const [schema, example] = [at(media, 'schema'), at(media, 'example')];
  if (example === undefined) return [`${where}: no example`];
  return isJsonObject(schema) && !Compile(schema).Check(example) ? [`${where}: ${JSON.stringify(example)}`] : [];
}

test('every operation has a name of its own, a summary, and answers for what goes wrong', () => {
  const ids = operations.map(({ operation }) => String(at(operation, 'operationId')));
  expect(new Set(ids).size).toBe(operations.length);
  expect(operations.length).toBeGreaterThan(150);
  expect(operations.filter(({ operation }) => typeof at(operation, 'summary') !== 'string')).toEqual([]);
});

test('every body and every answer has an example that its own schema takes', () => {
  const wrong = operations.flatMap(({ name, operation }) => [
    ...entries(at(operation, 'requestBody', 'content')).flatMap(([type, media]) => unfit(`${name} ${type}`, media)),
    ...entries(at(operation, 'responses')).flatMap(([status, answer]) =>
      entries(at(resolved(answer), 'content')).flatMap(([, media]) => unfit(`${name} ${status}`, media)),
    ),
  ]);
  expect(wrong).toEqual([]);
});

test('every parameter and every header of an answer has an example', () => {
  const wrong = operations.flatMap(({ name, operation }) => [
    ...[at(operation, 'parameters') ?? []]
      .flat()
      .filter((parameter) => at(parameter, 'example') === undefined)
      .map((parameter) => `${name} ${at(parameter, 'name')}`),
    ...entries(at(operation, 'responses')).flatMap(([status, answer]) =>
      entries(at(resolved(answer), 'headers'))
        .filter(([, header]) => at(resolved(header), 'example') === undefined)
        .map(([header]) => `${name} ${status} ${header}`),
    ),
  ]);
  expect(wrong).toEqual([]);
});

test('what goes wrong is JSON in the document, whatever type the answer itself has', () => {
  const wrong = operations.flatMap(({ name, operation }) =>
    entries(at(operation, 'responses'))
      .filter(([status]) => !status.startsWith('2'))
      .flatMap(([status, answer]) =>
        entries(at(resolved(answer), 'content')).map(([type]) => `${name} ${status} ${type}`),
      )
      .filter((line) => !line.endsWith(' application/json')),
  );
  expect(wrong).toEqual([]);
});

test('every order says what its response is, with an example that the schema takes', () => {
  const orders = operations.filter(({ operation }) => at(operation, 'x-order-response') !== undefined);
  expect(orders.length).toBeGreaterThan(80);
  expect(orders.flatMap(({ name, operation }) => unfit(name, at(operation, 'x-order-response') ?? null))).toEqual([]);
});

test('examples of incidents, orders, ingest, sign-in and refusals are what a server said', () => {
  const recorded: JsonObject = JSON.parse(readFileSync('src/apis/http/recorded-answers.json', 'utf8'));
  const wrong = operations.flatMap(({ name, operation }) => {
    const call = recorded[String(at(operation, 'operationId'))];
    if (call === undefined) return [];
    const shown = at(operation, 'responses', '200', 'content', 'application/json', 'example');
    return JSON.stringify(shown) === JSON.stringify(at(call, 'answer')) ? [] : [name];
  });
  expect(wrong).toEqual([]);
  const ids = Object.keys(recorded);
  const needed = [
    'Resolve',
    'BulkChange',
    'FetchIncidents',
    'ListIncidents',
    'PollOrder',
    'Ingest',
    'Login',
    'Me',
  ].concat([
    ...['TestSystemSettingsSMTP', 'TestNotification', 'GetDelivery', 'ListDeadLetters', 'ConfirmTotp', 'NodeIncidents'],
  ]);
  expect(needed.filter((id) => !ids.includes(id))).toEqual([]);
  for (const status of ['400', '401', '403', '404', '413', '415', '429', '503', 'default'])
    expect(ids).toContain(`refused ${status}`);
});

/** Where an answer is a map or a free value, with why it has no better type. */
const OPEN: readonly (readonly [RegExp, string])[] = [
  [/^(FetchLogs|FetchIncidentData)\.rows\[\]$|^GetIncidentData\[\]$/, 'the fields that an event has'],
  [/^(List|ListServer)Audit\[\]\.(before|after)$|^IncidentAudit\[\]\.(before|after)$/, 'the fields that changed'],
  [/^(ListAlertRules\[\]|GetAlertRule)\.fields$/, 'the fields of CreateAlertRule'],
  [/^ListRuleNotifications\[\]\.fields$/, 'the fields of the operation that set the channel'],
  [/^NodeIncidentData\.rows\[\]$/, 'the fields that an event has'],
  [/Signed$/, "the node's own API: its answers are the vendor's, field by field"],
  [/^Poll\w+\.(request|response)$/, 'x-order-response of the operation that placed the order'],
];

function openIn(schema: Json | undefined, where: string): string[] {
  const choices = [at(schema, 'anyOf') ?? at(schema, 'oneOf') ?? []].flat();
  if (choices.length > 0) return choices.flatMap((choice) => openIn(choice, where));
  if (at(schema, 'const') !== undefined || at(schema, 'enum') !== undefined) return [];
  switch (at(schema, 'type')) {
    case 'array':
      return openIn(at(schema, 'items'), `${where}[]`);
    case 'object': {
      const properties = entries(at(schema, 'properties'));
      const rest = at(schema, 'additionalProperties');
      if (properties.every(([name]) => name === 'success') && entries(rest).length === 0) return [where];
      // Order answers stay open beside what they name: an answer may say more.
      return [...properties, ...(entries(rest).length === 0 ? [] : [['*', rest] as const])].flatMap(([name, inner]) =>
        openIn(inner, `${where}.${name}`),
      );
    }
    case undefined:
      return [where];
    default:
      return [];
  }
}

test('every answer has a type to its last field, but for maps that are named with their reason', () => {
  const open = operations.flatMap(({ operation }) => {
    const id = String(at(operation, 'operationId'));
    const order = at(operation, 'x-order-response', 'schema');
    const schema = order ?? at(operation, 'responses', '200', 'content', 'application/json', 'schema');
    return schema === undefined ? [] : openIn(schema, id);
  });
  expect(open.filter((where) => !OPEN.some(([form]) => form.test(where)))).toEqual([]);
  expect(OPEN.filter(([form]) => !open.some((where) => form.test(where)))).toEqual([]);
});

test('what an example shows is in its schema, field for field', () => {
  const fixed = operations.filter(({ name }) => !VARYING.test(name));
  const wrong = fixed.flatMap(({ name, operation }) => [
    ...beyond(at(operation, 'x-order-response') ?? {}).map((where) => `${name} order ${where}`),
    ...entries(at(operation, 'responses')).flatMap(([status, answer]) =>
      entries(at(resolved(answer), 'content')).flatMap(([, media]) =>
        beyond(media).map((where) => `${name} ${status} ${where}`),
      ),
    ),
  ]);
  expect(wrong).toEqual([]);
});

/** Their answers depend on what is asked for. */
const VARYING = /getalloweddata|getsearchlogs/;

const beyond = (media: Json): readonly string[] => {
  const [schema, example] = [at(media, 'schema'), at(media, 'example')];
  return isJsonObject(schema) && example !== undefined ? strangers(schema, example, '') : [];
};
