import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';

// Where a client goes on after an answer, as OpenAPI links: from an order to what became of it, from what makes or changes
// an object to the list it is in, from a list and from what is made at once to every call on one of its objects.

type Call = { readonly id: string; readonly path: string; readonly method: string; readonly operation: JsonObject };

const METHODS = ['get', 'post', 'put', 'delete'];
const FIRST_OF_LIST = '$response.body#/0/id';
const MADE_AT_ONCE = '$response.body#/id';

const objectOf = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});

/** The paths with links in the answers of success. */
export function withLinks(paths: JsonObject): JsonObject {
  const calls = callsOf(paths);
  const linked = Object.entries(paths).map(([path, item]) => [
    path,
    Object.fromEntries(
      Object.entries(objectOf(item)).map(([method, operation]) => {
        const call = calls.find((one) => one.path === path && one.method === method);
        return [method, call === undefined ? operation : linkedCall(call, calls)];
      }),
    ),
  ]);
  return Object.fromEntries(linked);
}

const callsOf = (paths: JsonObject): readonly Call[] =>
  Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(objectOf(item))
      .filter(([method]) => METHODS.includes(method))
      .map(([method, operation]) => {
        const described = objectOf(operation);
        return { id: String(described['operationId']), path, method, operation: described };
      }),
  );

function linkedCall(call: Call, calls: readonly Call[]): JsonObject {
  const responses = objectOf(call.operation['responses']);
  const success = responses['200'];
  if (!isJsonObject(success)) return call.operation;
  const links = { ...objectOf(success['links']), ...linksOf(call, calls) };
  if (Object.keys(links).length === 0) return call.operation;
  return { ...call.operation, responses: { ...responses, 200: { ...success, links } } };
}

function linksOf(call: Call, calls: readonly Call[]): JsonObject {
  const { path, method } = call;
  const schema = objectOf(objectOf(objectOf(answerOf(call)['content'])['application/json'])['schema']);
  if (method === 'get') {
    const hasIds = objectOf(objectOf(schema['items'])['properties'])['id'] !== undefined;
    return schema['type'] === 'array' && hasIds ? toObjects(path, FIRST_OF_LIST, calls) : {};
  }
  const isOrder = call.operation['x-order-response'] !== undefined;
  if (!isOrder) {
    const isMade = method === 'post' && objectOf(schema['properties'])['id'] !== undefined && !path.endsWith('}');
    return isMade ? toObjects(path, MADE_AT_ONCE, calls) : {};
  }
  // An order makes and changes later: the list, or the object by the id that it was asked with, shows it then.
  const own = calls.find((one) => one.method === 'get' && one.path === path);
  if (own !== undefined) return linkTo(own, path.includes('{id}') ? '$request.path.id' : null);
  return {};
}

const answerOf = ({ operation }: Call): JsonObject => objectOf(objectOf(operation['responses'])['200']);

/** To every call on one object of the list: with its id, and nothing else that a path needs. */
function toObjects(list: string, id: string, calls: readonly Call[]): JsonObject {
  const one = `${list}/{id}`;
  const isOfOne = ({ path }: Call): boolean =>
    path === one || (path.startsWith(`${one}/`) && !path.slice(one.length).includes('{'));
  return Object.assign({}, ...calls.filter(isOfOne).map((call) => linkTo(call, id)));
}

function linkTo(to: Call, id: string | null): JsonObject {
  const parameters = {
    ...(to.path.includes('{logpoint}') ? { pool: '$request.path.pool', logpoint: '$request.path.logpoint' } : {}),
    ...(id === null ? {} : { id }),
  };
  return { [to.id]: { operationId: to.id, parameters } };
}
