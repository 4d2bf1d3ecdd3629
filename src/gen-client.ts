import { isJsonObject, type Json, type JsonObject } from './shared/json.ts';

// Writes what the typed client knows of the API: its types and the table of operations, from the OpenAPI document alone.

const METHODS = ['get', 'post', 'put', 'delete'] as const;
/** Path parameters that a client is bound to, and those that callers name. */
const TENANT = new Set(['pool', 'logpoint']);

/** Where a type stands: in what callers give or in answers, whose objects with a title become types of that name. */
type Use = {
  readonly isGiven: boolean;
  readonly named: Map<string, { readonly text: string; readonly about: Json | undefined }>;
};
const GIVEN: Use = { isGiven: true, named: new Map() };

type Kind = 'order' | 'read' | 'change' | 'stream';
type Described = {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly kind: Kind;
  readonly operation: JsonObject;
};

const HEAD = (what: string): string =>
  `// ${what}\n// Made by \`npm run gen\` from openapi.json; not edited by hand. Why this long: an entry for every operation.\n\n`;

/** Text of `src/client/schema.ts`: what each operation takes and answers. */
export function clientSchema(document: JsonObject): string {
  const answered: Use = { isGiven: false, named: new Map() };
  const entries = operationsOf(document).map((described) => {
    const { id, kind, operation } = described;
    const parts = [`kind: '${kind}';`, ...requestParts(described), ...answerParts(described, answered)];
    return `${comment(operation['summary'], 1)}  ${id}: {\n${parts.map((part) => `    ${part}\n`).join('')}  };\n`;
  });
  return (
    HEAD('What every operation of the API takes and answers.') +
    'export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };\n' +
    'export type JsonObject = { readonly [key: string]: Json };\n' +
    '/** The outcome of an order whose answer says no more. */\n' +
    'export type OrderDone = JsonObject & { readonly success: true; readonly message?: string };\n\n' +
    namedTypes(answered) +
    `export type Operations = {\n${entries.join('')}};\n`
  );
}

function namedTypes({ named }: Use): string {
  const names = [...named].sort(([a], [b]) => (a < b ? -1 : 1));
  return names.map(([name, { text, about }]) => `${comment(about, 0)}export type ${name} = ${text};\n\n`).join('');
}

/** Text of `src/client/operation-table.ts`: where each operation is. */
export function clientTable(document: JsonObject): string {
  const rows = operationsOf(document).map((described) => {
    const { id, method, path, kind } = described;
    const page = pageOf(described);
    const more = page === null ? '' : `, page: '${page}'`;
    return `  ${id}: { method: '${method}', path: '${path}', kind: '${kind}'${more} },\n`;
  });
  return (
    HEAD('Where every operation of the API is.') +
    "import type { Operations } from './schema.ts';\n\n" +
    'export type OperationPlace = {\n' +
    "  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';\n  readonly path: string;\n" +
    "  readonly kind: 'order' | 'read' | 'change' | 'stream';\n" +
    '  /** Where a page has its rows: the answer itself, with the cursor in a header, or a key beside `next_cursor`. */\n' +
    '  readonly page?: string;\n};\n\n' +
    `export const OPERATIONS: { readonly [Id in keyof Operations]: OperationPlace } = {\n${rows.join('')}};\n`
  );
}

function operationsOf(document: JsonObject): readonly Described[] {
  const found = entriesOf(document['paths']).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = isJsonObject(item) ? item[method] : undefined;
      if (!isJsonObject(operation)) return [];
      const id = String(operation['operationId']);
      return [{ id, method: method.toUpperCase(), path, kind: kindOf(method, operation), operation }];
    }),
  );
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}

function kindOf(method: string, operation: JsonObject): Kind {
  const { 'application/json': json, ...others } = objectOf(objectOf(answerOf(operation))['content']);
  if (json === undefined && Object.keys(others).some((type) => type !== 'text/plain')) return 'stream';
  if (objectOf(objectOf(json)['schema'])['description'] === 'Accepted, which is not done.' && isTenant(operation)) {
    return 'order';
  }
  return method === 'get' || operation['x-permission'] === 'read' ? 'read' : 'change';
}

const isTenant = (operation: JsonObject): boolean =>
  parametersOf(operation).some(({ in: place, name }) => place === 'path' && name === 'logpoint');

/** What a caller gives: path parameters beyond the tenant, the query, and `data` of an order or the body. */
function requestParts({ kind, operation }: Described): readonly string[] {
  const parameters = parametersOf(operation);
  const of = (place: string) => parameters.filter((one) => one['in'] === place && !TENANT.has(String(one['name'])));
  const parts: string[] = [];
  if (of('path').length > 0) parts.push(`path: ${parameterType(of('path'))};`);
  const query = of('query');
  if (query.length > 0) {
    const mark = query.some((one) => one['required'] === true) ? '' : '?';
    parts.push(`query${mark}: ${parameterType(query)};`);
  }
  const body = objectOf(objectOf(objectOf(operation['requestBody'])['content'])['application/json'])['schema'];
  if (!isJsonObject(body)) return parts;
  const data = objectOf(body['properties'])['data'];
  if ((kind === 'order' || kind === 'stream') && isJsonObject(data)) {
    const mark = Array.isArray(data['required']) && data['required'].length > 0 ? '' : '?';
    parts.push(`data${mark}: ${typeOf(data, 2, GIVEN)};`);
  } else {
    parts.push(`body: ${typeOf(body, 2, GIVEN)};`);
  }
  return parts;
}

function parameterType(parameters: readonly JsonObject[]): string {
  const properties = Object.fromEntries(
    parameters.map((one) => [
      String(one['name']),
      { ...objectOf(one['schema']), ...(one['description'] === undefined ? {} : { description: one['description'] }) },
    ]),
  );
  const required = parameters.filter((one) => one['required'] === true).map((one) => String(one['name']));
  return typeOf({ type: 'object', properties, required }, 2, GIVEN);
}

function answerParts({ kind, operation }: Described, use: Use): readonly string[] {
  if (kind === 'order') {
    const told = objectOf(operation['x-order-response'])['schema'];
    return [`result: ${told === undefined ? 'OrderDone' : typeOf(told, 2, use)};`];
  }
  if (kind === 'stream') return [];
  const content = objectOf(objectOf(answerOf(operation))['content']);
  const schema = objectOf(content['application/json'])['schema'];
  if (schema !== undefined) return [`answer: ${typeOf(schema, 2, use)};`];
  return [`answer: ${content['text/plain'] === undefined ? 'null' : 'string'};`];
}

function pageOf({ kind, operation }: Described): string | null {
  if (kind === 'order') {
    const body = objectOf(objectOf(objectOf(operation['requestBody'])['content'])['application/json'])['schema'];
    const data = objectOf(objectOf(objectOf(body)['properties'])['data']);
    return objectOf(data['properties'])['cursor'] === undefined ? null : 'rows';
  }
  if (!parametersOf(operation).some(({ name }) => name === 'cursor')) return null;
  const schema = objectOf(objectOf(objectOf(objectOf(answerOf(operation))['content'])['application/json'])['schema']);
  if (schema['type'] === 'array') return 'header';
  return entriesOf(schema['properties']).find(([, inner]) => objectOf(inner)['type'] === 'array')?.[0] ?? null;
}

/** The type of what a schema takes. In what callers give, `undefined` is as good as absent. */
function typeOf(schema: Json | undefined, depth: number, use: Use): string {
  if (!isJsonObject(schema)) return 'Json';
  const { const: only, enum: values } = schema;
  if (only !== undefined) return JSON.stringify(only);
  if (Array.isArray(values)) return values.map((value: Json) => JSON.stringify(value)).join(' | ');
  const choices = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(choices)) {
    return [...new Set(choices.map((choice: Json) => typeOf(choice, depth, use)))].join(' | ');
  }
  switch (schema['type']) {
    case 'object':
      return namedType(schema, use) ?? objectType(schema, depth, use);
    case 'array': {
      const item = typeOf(schema['items'], depth, use);
      return `readonly ${/^readonly |^[^{]* [|&] |} [|&] /.test(item) ? `(${item})` : item}[]`;
    }
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
    case 'string':
    case 'null':
      return schema['type'];
    default:
      return 'Json';
  }
}

/** Name of an answer's object that has a title. One name is one shape. */
function namedType(schema: JsonObject, use: Use): string | null {
  const { title, description } = schema;
  if (use.isGiven || typeof title !== 'string') return null;
  const text = objectType(schema, 0, use);
  const known = use.named.get(title);
  if (known !== undefined && known.text !== text) throw new Error(`two shapes have the title ${title}`);
  use.named.set(title, { text, about: description });
  return title;
}

function objectType(schema: JsonObject, depth: number, use: Use): string {
  const properties = entriesOf(schema['properties']);
  const more = schema['additionalProperties'];
  // Callers get types that catch a misspelt name; answers may say more than is described.
  const isOpen = isJsonObject(more) || more === true || (properties.length === 0 && more === undefined);
  if (properties.length === 0) {
    const of = isJsonObject(more) ? typeOf(more, depth, use) : 'Json';
    if (!isOpen) return '{ readonly [key: string]: never }';
    return of === 'Json' ? 'JsonObject' : `{ readonly [key: string]: ${of} }`;
  }
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  const pad = '  '.repeat(depth + 1);
  const lines = properties.map(([name, inner]) => {
    const key = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
    const type = typeOf(inner, depth + 1, use);
    const isNeeded = required.includes(name);
    const shown = isNeeded ? `: ${type}` : `?: ${type}${use.isGiven ? ' | undefined' : ''}`;
    return `${comment(objectOf(inner)['description'], depth + 1)}${pad}readonly ${key}${shown};\n`;
  });
  return `${isOpen ? 'JsonObject & ' : ''}{\n${lines.join('')}${'  '.repeat(depth)}}`;
}

function comment(text: Json | undefined, depth: number): string {
  if (typeof text !== 'string') return '';
  return `${'  '.repeat(depth)}/** ${text.replaceAll('*/', '* /').replace(/\s+/g, ' ')} */\n`;
}

const answerOf = (operation: JsonObject): Json | undefined => objectOf(operation['responses'])['200'];

const parametersOf = (operation: JsonObject): readonly JsonObject[] =>
  Array.isArray(operation['parameters']) ? operation['parameters'].filter(isJsonObject) : [];

const objectOf = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});
const entriesOf = (value: Json | undefined): [string, Json][] => Object.entries(objectOf(value));
