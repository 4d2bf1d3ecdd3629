import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import { withLinks } from './openapi-links.ts';
import { sampleOf } from './openapi-sample.ts';
import { type Recorded, recordedCall, recordedHeaders, recordedRefusal } from './recorded-answers.ts';

type Refusal = { readonly name: string; readonly description: string; readonly message: string };

/** Every refusal of the API by status, with a message as the server writes it. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  400: {
    name: 'Invalid',
    description: 'No JSON, or a missing or ill-typed field.',
    message: 'incident_user_id must be present in request.',
  },
  401: {
    name: 'Unauthenticated',
    description: 'No token, or an unknown, expired or revoked one.',
    message: 'token is missing: expected the header Authorization: Bearer <token>',
  },
  403: {
    name: 'Forbidden',
    description: 'The role or the pools of the caller do not allow it.',
    message: 'token ci has the role readonly, which may not write here',
  },
  404: {
    name: 'Unknown',
    description: 'Unknown pool, logpoint, order, object or route; what another tenant has is unknown, too.',
    message: 'logpoint "4a7f2f6a9c3d4e5f8a1b2c3d4e5f6a7b" is unknown in pool 4a7f2f6a9c3d4e5f8a1b2c3d4e5f6a7b',
  },
  413: {
    name: 'TooLarge',
    description: 'The body is larger than the limit.',
    message: 'request body is larger than 2097152 bytes',
  },
  415: {
    name: 'UnsupportedMedia',
    description: 'Another content type.',
    message: 'content type is not supported: expected application/json',
  },
  429: { name: 'Overloaded', description: 'Too much at once.', message: '1000 orders already wait to be carried out' },
  500: {
    name: 'Bug',
    description: 'A bug; the request id finds it in the log.',
    message: 'internal error; request id 0f8fad5b-d9cb-469f-a165-70867728950e',
  },
  503: { name: 'Unavailable', description: 'Starting, stopping, or a full disk.', message: 'server is stopping' },
  default: {
    name: 'Refused',
    description: 'Refused; nothing was changed.',
    message: 'method PATCH is not allowed here: expected GET',
  },
};

const BODY_STATUSES = ['400', '413', '415'];
const ALWAYS = ['429', '500', '503'];
const ORDER_PATH =
  '/monitorapi/4a7f2f6a9c3d4e5f8a1b2c3d4e5f6a7b/4a7f2f6a9c3d4e5f8a1b2c3d4e5f6a7b/orders/0f8fad5b-d9cb-469f-a165-70867728950e';
const METHODS = ['get', 'post', 'put', 'delete'];

const header = (description: string, type: string, example: Json): JsonObject => ({
  description,
  schema: { type },
  example,
});

const HEADERS: JsonObject = {
  RequestId: header('Names the request in the log.', 'string', '0f8fad5b-d9cb-469f-a165-70867728950e'),
  ErrorCode: header('Code of the refusal, for programs; docs/errors.md explains each.', 'string', 'REQUEST_INVALID'),
  RetryAfter: header('Seconds after which to ask again.', 'integer', 2),
  Authenticate: header('How to authenticate.', 'string', 'Bearer'),
  OrderId: header('Request id of the order: what its path ends in.', 'string', '0f8fad5b-d9cb-469f-a165-70867728950e'),
  NextCursor: header('Where the next page begins; absent on the last one.', 'string', '5f0c1a2b3c4d5e6f7a8b9c0d'),
  TotalCount: header('Rows of all pages; with `total=true`.', 'string', '1042'),
  Link: header('The next page, RFC 8288; absent on the last one.', 'string', '</users?cursor=5f0c>; rel="next"'),
  ETag: header('Weak tag of the content, for `If-None-Match`.', 'string', 'W/"4a7f2f6a9c3d4e5f8a1b2c3d4e5f6a7b"'),
};
/** From an order that was accepted to what became of it. */
const ORDER_LINKS: JsonObject = {
  order: {
    operationId: 'PollOrder',
    description: 'The state of the order; done once `response.success` is there.',
    parameters: {
      pool: '$request.path.pool',
      logpoint: '$request.path.logpoint',
      id: '$response.header.x-order-id',
    },
  },
};
const headerRef = (name: string): JsonObject => ({ $ref: `#/components/headers/${name}` });

/** What all operations share, once: refusals and headers by reference, an example of every body and answer, links. */
export function completeAnswers(document: JsonObject): JsonObject {
  const responses = Object.fromEntries(
    Object.entries(REFUSALS).map(([status, refusal]) => [refusal.name, refusalOf(status, refusal)]),
  );
  const paths = objectOf(document['paths']);
  const components = { ...objectOf(document['components']), headers: HEADERS, responses };
  const completed = Object.entries(paths).map(([path, item]) => [path, completePath(objectOf(item))] as const);
  return { ...document, components, paths: withLinks(Object.fromEntries(completed)) };
}

const completePath = (item: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(item).map(([method, operation]) => [
      method,
      METHODS.includes(method) && isJsonObject(operation) ? complete(operation) : operation,
    ]),
  );

function complete(operation: JsonObject): JsonObject {
  const given = objectOf(operation['responses']);
  const isNode = Object.values(given).every((answer) => !isRefusal(answer));
  const named = new Set(isNode ? [] : ALWAYS);
  if (!isNode && operation['requestBody'] !== undefined) for (const status of BODY_STATUSES) named.add(status);
  const responses: Record<string, Json> = {};
  for (const [status, answer] of Object.entries(given)) {
    responses[status] = isRefusal(answer) ? refusalRef(status) : success(objectOf(answer), operation, '304' in given);
  }
  for (const status of named) responses[status] ??= refusalRef(status);
  const body = operation['requestBody'];
  const parameters = operation['parameters'];
  const recorded = recordedCall(operation['operationId']);
  const outcome = objectOf(objectOf(recorded?.order)['response']);
  const orderResponse = operation['x-order-response'];
  return {
    ...operation,
    ...(isJsonObject(body) ? { requestBody: withContentExamples(body, recorded?.body) } : {}),
    ...(Array.isArray(parameters) ? { parameters: parameters.map((one) => withExample(one, recorded)) } : {}),
    responses: recorded === undefined ? responses : { ...responses, ...answered(responses, recorded) },
    ...(orderResponse === undefined
      ? {}
      : {
          'x-order-response': {
            schema: orderResponse,
            example: recorded?.order === undefined ? sampleOf(orderResponse) : outcome,
          },
        }),
  };
}

/** The envelope of failures; see envelope.ts. */
function isRefusal(answer: Json | undefined): boolean {
  const properties = objectOf(objectOf(contentSchema(answer))['properties']);
  const values = objectOf(properties['status'])['enum'] ?? objectOf(properties['status'])['const'];
  return [values].flat().includes('Error');
}

const isAccepted = (answer: JsonObject): boolean =>
  objectOf(contentSchema(answer))['description'] === 'Accepted, which is not done.';

const contentSchema = (answer: Json | undefined): Json | undefined =>
  objectOf(objectOf(objectOf(answer)['content'])['application/json'])['schema'];

const refusalRef = (status: string): JsonObject => ({
  $ref: `#/components/responses/${(REFUSALS[status] ?? REFUSALS['default'])?.name}`,
});

function refusalOf(status: string, { description, message }: Refusal): JsonObject {
  const told = recordedHeaders(status);
  // What only a bug brings about is never recorded; a test of the server throws one and compares.
  const code = status === '500' ? 'INTERNAL' : (told['x-error-code'] ?? 'REQUEST_INVALID');
  const headers: Record<string, Json> = {
    'x-request-id': headerRef('RequestId'),
    'x-error-code': { ...objectOf(HEADERS['ErrorCode']), example: code },
  };
  if (status === '429' || status === '503') {
    const seconds = Number(told['retry-after'] ?? 1);
    headers['retry-after'] = { ...objectOf(HEADERS['RetryAfter']), example: seconds };
  }
  if (status === '401') headers['www-authenticate'] = headerRef('Authenticate');
  const schema = {
    type: 'object',
    required: ['status', 'message'],
    properties: {
      status: { type: 'string', enum: ['Error'] },
      message: { type: 'string', description: 'What was seen and what was expected.' },
    },
  };
  const example = recordedRefusal(status) ?? { status: 'Error', message };
  return { description, headers, content: { 'application/json': { schema, example } } };
}

function success(answer: JsonObject, operation: JsonObject, isTagged: boolean): JsonObject {
  const headers: Record<string, Json> = { 'x-request-id': headerRef('RequestId'), ...shownHeaders(answer['headers']) };
  if (isTagged) headers['etag'] = headerRef('ETag');
  const names = parametersOf(operation).map((parameter) => parameter['name']);
  if (names.includes('cursor') && objectOf(contentSchema(answer))['type'] === 'array') {
    headers['x-next-cursor'] = headerRef('NextCursor');
    headers['link'] = headerRef('Link');
    if (names.includes('total')) headers['x-total-count'] = headerRef('TotalCount');
  }
  if (!isAccepted(answer)) return { ...withContentExamples(answer), headers };
  const content = objectOf(objectOf(answer['content'])['application/json']);
  const example = { status: 'Success', message: ORDER_PATH };
  if (!names.includes('logpoint'))
    return { ...answer, headers, content: { 'application/json': { ...content, example } } };
  headers['x-order-id'] = headerRef('OrderId');
  return { ...answer, headers, content: { 'application/json': { ...content, example } }, links: ORDER_LINKS };
}

/** Headers that a route describes, with the example of their schema. */
const shownHeaders = (headers: Json | undefined): JsonObject =>
  Object.fromEntries(
    Object.entries(objectOf(headers)).map(([name, header]) => {
      const { example = null, ...schema } = objectOf(objectOf(header)['schema']);
      return [name, { ...objectOf(header), schema, example }];
    }),
  );

/** The answer of success with what a server said. */
function answered(responses: JsonObject, { answer }: Recorded): JsonObject {
  const success = objectOf(responses['200']);
  const content = objectOf(success['content']);
  const media = content['application/json'];
  if (!isJsonObject(media)) return {};
  return { 200: { ...success, content: { ...content, 'application/json': { ...media, example: answer } } } };
}

function withContentExamples(holder: JsonObject, recorded?: Json): JsonObject {
  if (!isJsonObject(holder['content'])) return holder;
  const content = Object.entries(holder['content']).map(([type, media]) => {
    const { schema, example } = objectOf(media);
    const shown = type === 'application/json' ? (recorded ?? example) : example;
    return [type, { ...objectOf(media), example: shown ?? sampleOf(schema) }] as const;
  });
  return { ...holder, content: Object.fromEntries(content) };
}

const parametersOf = (operation: JsonObject): readonly JsonObject[] =>
  Array.isArray(operation['parameters']) ? operation['parameters'].filter(isJsonObject) : [];

function withExample(parameter: Json, recorded: Recorded | undefined): Json {
  if (!isJsonObject(parameter)) return parameter;
  const name = String(parameter['name']);
  const example = recorded?.[parameter['in'] === 'path' ? 'path' : 'query'][name] ?? parameter['example'];
  return { ...parameter, example: example ?? sampleOf(parameter['schema'], name) };
}

const objectOf = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});
