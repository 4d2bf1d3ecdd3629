import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type TSchema, Type } from 'typebox';
import { isJsonObject } from '../../shared/json.ts';
import { answerTo } from '../http/error-answer.ts';
import { allowedData } from './allowed-data.ts';
import { addComment, assign, incidentData, listIncidents, listStates, listUsers, setStatus } from './incident-calls.ts';
import type { KeyFailures } from './key-failures.ts';
import { callerByKey } from './node-access.ts';
import { parseNodeBody, readBody } from './node-body.ts';
import { askedLogpoint } from './node-doors.ts';
import { NODE_ANSWERS, NodeDone } from './node-schemas.ts';
import { JsonText, type NodeAnswer, type NodeCall, type NodeServices } from './node-services.ts';
import { searchLogs } from './search-calls.ts';

type NodeRoute = {
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  readonly methods: readonly ('GET' | 'POST')[];
  readonly requestData: TSchema;
  /** Beside `requestData`. */
  readonly fields?: Readonly<Record<string, TSchema>>;
  readonly call: (call: NodeCall) => Promise<NodeAnswer>;
};

const BOTH = ['GET', 'POST'] as const;
const Ids = Type.Array(Type.String({ description: 'Object id of an incident: `id`, not `incident_id`.' }));
const Window = Type.Object({
  ts_from: Type.Number({ description: 'Epoch seconds, inclusive.' }),
  ts_to: Type.Number({ description: 'Epoch seconds, inclusive.' }),
});
const Incidents = Type.Object({ incident_ids: Ids });

const route = (
  path: string,
  id: string,
  summary: string,
  requestData: TSchema,
  call: NodeRoute['call'],
  more: Partial<NodeRoute> = {},
): NodeRoute => ({ path, id, summary, methods: BOTH, requestData, call, ...more });

/** Source: contract/incident-api.md, A.2 and A.3. */
const ROUTES: readonly NodeRoute[] = [
  route('/incidents', 'NodeIncidents', 'Incidents by detection, oldest first.', Window, listIncidents),
  route(
    '/incident_states',
    'NodeIncidentStates',
    'Incidents that a person changed, by the change.',
    Window,
    listStates,
  ),
  route(
    '/get_data_from_incident',
    'NodeIncidentData',
    "Rows of the incident's query.",
    Type.Object({ incident_obj_id: Type.String() }),
    incidentData,
  ),
  route(
    '/add_incident_comment',
    'NodeAddComment',
    'Adds comments, all or none.',
    Type.Object({
      states: Type.Array(Type.Object({ _id: Type.String(), comments: Type.Array(Type.String()) })),
    }),
    addComment,
  ),
  route(
    '/assign_incident',
    'NodeAssign',
    'Gives incidents to another user, all or none.',
    Type.Object({ incident_ids: Ids, new_assignee: Type.String({ description: 'Id of a user; see /get_users.' }) }),
    assign,
  ),
  route(
    '/resolve_incident',
    'NodeResolve',
    'Resolves incidents, all or none.',
    Incidents,
    setStatus('/resolve_incident'),
  ),
  route('/close_incident', 'NodeClose', 'Closes incidents, all or none.', Incidents, setStatus('/close_incident')),
  route('/reopen_incident', 'NodeReopen', 'Reopens incidents, all or none.', Incidents, setStatus('/reopen_incident')),
  route('/get_users', 'NodeUsers', 'Users that incidents can be assigned to.', Type.Object({}), listUsers),
  route('/getalloweddata', 'NodeAllowedData', 'What the user may search.', Type.Object({}), allowedData, {
    methods: ['POST'],
    fields: {
      type: Type.String({ description: 'user_preference, loginspects, logpoint_repos, devices, livesearches.' }),
    },
  }),
  route(
    '/getsearchlogs',
    'NodeSearchLogs',
    'Starts a search, or asks for its rows.',
    Type.Object({
      query: Type.Optional(Type.String({ description: 'LPQL; starts a search.' })),
      time_range: Type.Optional(Type.Unknown({ description: 'Last 24 hours, two dates, or two epoch seconds.' })),
      limit: Type.Optional(Type.Integer()),
      repos: Type.Optional(Type.Array(Type.String())),
      search_id: Type.Optional(Type.String({ description: 'Asks for the rows of the search.' })),
    }),
    searchLogs,
    { methods: ['POST'] },
  ),
];

export const NODE_PATHS: readonly string[] = ROUTES.map(({ path }) => path);

/**
 * The node's own APIs: credentials in the body, every failure HTTP 200 with `success:false`. Each route has the plain
 * path, for a server with one logpoint, and one below `/node/{logpoint_identifier}`.
 */
export async function addNodeRoutes(
  app: FastifyInstance,
  services: NodeServices,
  failures: KeyFailures,
): Promise<void> {
  await app.register(async (scope) => {
    takeAnyBody(scope, services.settings.bodyBytesMax);
    answerFailures(scope);
    for (const node of ROUTES) {
      addRoute(scope, services, failures, node, node.path, false);
      addRoute(scope, services, failures, node, `/node/:logpoint${node.path}`, true);
    }
  });
}

/** Bodies as bytes, whatever their type is said to be; of a GET the framework reads none. */
export function takeAnyBody(scope: FastifyInstance, bytesMax: number): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: bytesMax }, (_request, body, done) =>
    done(null, body),
  );
  // The schemas describe; what a request holds is checked where it is read, after its sender is known.
  scope.setValidatorCompiler(() => () => true);
}

/** HTTP 200 for every failure: clients read `message` there and nowhere else. Source: contract, A.1. */
export function answerFailures(scope: FastifyInstance): void {
  scope.setErrorHandler(async (error: FastifyError, request, reply) => {
    const answer = answerTo(error, request.id);
    if (answer.isBug) request.log.error({ err: error }, 'request failed by a bug');
    reply.removeHeader('connection');
    return reply.code(200).send({ success: false, message: answer.body.message });
  });
}

function addRoute(
  scope: FastifyInstance,
  services: NodeServices,
  failures: KeyFailures,
  node: NodeRoute,
  url: string,
  hide: boolean,
): void {
  for (const method of node.methods) {
    const isDocumented = !hide && method === 'POST';
    scope.route({
      method,
      url,
      exposeHeadRoute: false,
      bodyLimit: services.settings.bodyBytesMax,
      config: { permission: 'access-key' },
      schema: isDocumented ? schemaOf(node) : { hide: true },
      handler: async (request, reply) => {
        const body = await bodyOf(request, services.settings.bodyBytesMax);
        const parsed = parseNodeBody(body, services.settings.jsonDepthMax);
        const caller = await callerByKey(services.control, failures, logpointIdOf(request, services), parsed);
        const query = isJsonObject(request.query) ? request.query : {};
        return send(reply, await node.call({ services, caller, request: parsed, query, requestId: request.id }));
      },
    });
  }
}

function schemaOf({ id, summary, requestData, methods, fields }: NodeRoute) {
  const isGet = methods.includes('GET');
  return {
    operationId: id,
    tags: ['Node'],
    summary,
    description:
      `${isGet ? 'The same as GET, with the same body. ' : ''}A form with the text of \`requestData\` as JSON is taken, ` +
      'too. Also below `/node/{logpoint_identifier}`, which servers with several logpoints need. Failures are HTTP 200 ' +
      'with `success: false` and `message`.',
    body: Type.Object({
      username: Type.String(),
      secret_key: Type.String({ description: "The user's access key." }),
      ...fields,
      requestData: Type.Optional(requestData),
    }),
    response: { 200: NODE_ANSWERS[id] ?? NodeDone },
  };
}

export async function bodyOf(request: FastifyRequest, bytesMax: number): Promise<Buffer> {
  if (request.method === 'GET') return readBody(request.raw, bytesMax);
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

export function logpointIdOf(request: FastifyRequest, { settings }: NodeServices): string | undefined {
  const id = isJsonObject(request.params) ? request.params['logpoint'] : undefined;
  const named = typeof id === 'string' ? id : undefined;
  return askedLogpoint(settings.doors, { named, host: request.hostname, port: request.socket.localPort });
}

export function send(reply: FastifyReply, answer: NodeAnswer): FastifyReply {
  reply.type('application/json; charset=utf-8');
  return reply.send(answer instanceof JsonText ? answer.text : JSON.stringify(answer));
}
