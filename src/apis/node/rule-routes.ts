import type { FastifyInstance } from 'fastify';
import { type TSchema, Type } from 'typebox';
import { accessKeyContext } from '../../accounts/access-keys.ts';
import { accessKeysFind } from '../../accounts/registry.ts';
import { createSecretBox } from '../../notify/secret-box.ts';
import { AppError } from '../../shared/errors.ts';
import { isJsonObject } from '../../shared/json.ts';
import { readForm } from './form-body.ts';
import type { KeyFailures } from './key-failures.ts';
import { importList, listUserLists, searchableLogpoints } from './list-calls.ts';
import { authenticationFailed, findLogpoint } from './node-access.ts';
import { answerFailures, bodyOf, logpointIdOf, send, takeAnyBody } from './node-routes.ts';
import type { NodeAnswer, NodeCall, NodeCaller, NodeServices } from './node-services.ts';
import {
  changeRules,
  createNotification,
  createRuleByUser,
  listRuleRows,
  readNotification,
  readRule,
  updateRuleByUser,
} from './rule-calls.ts';
import { isSignedWith, readSignedToken, type Scope, timeProblem } from './signed-token.ts';

type RuleRoute = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  readonly scope: Scope;
  readonly body?: TSchema;
  readonly call: (call: NodeCall) => Promise<NodeAnswer>;
};

const get = (
  path: string,
  id: string,
  summary: string,
  call: RuleRoute['call'],
  scope: Scope = 'alertrules:read',
): RuleRoute => ({ method: 'GET', path, id, summary, scope, call });
const post = (
  path: string,
  id: string,
  summary: string,
  body: TSchema,
  call: RuleRoute['call'],
  scope: Scope = 'alertrules:write',
): RuleRoute => ({ method: 'POST', path, id, summary, scope, body, call });

const Ids = Type.Object({ ids: Type.Array(Type.String()) });
const Section = Type.Optional(Type.Record(Type.String(), Type.Unknown()));
const Rule = Type.Object({
  name: Type.String({ description: 'At least 5 characters.' }),
  search_params: Section,
  incident_condition: Section,
  taxonomy: Section,
  incident_ownership: Section,
  incident_display_data: Section,
  foureyes: Section,
});
const ListImport = Type.Object({
  package_import_name: Type.String(),
  package_import: Type.String({ description: 'CSV or text, a value a cell or line; may be a file.' }),
});
const EMAIL = '/pluggables/Notification/EmailNotification';
const HTTP = '/pluggables/Notification/HTTPNotification';

/** Source: contract/incident-api.md, C.4 and C.5. */
const ROUTES: readonly RuleRoute[] = [
  get('/AlertRules/lists_api', 'ListRulesSigned', 'Rules that the user sees, by name.', listRuleRows),
  get('/AlertRules/read_api', 'ReadRuleSigned', 'One rule.', readRule),
  post('/AlertRules/create_api', 'CreateRuleSigned', 'Makes a rule of the user.', Rule, createRuleByUser),
  post('/AlertRules/update_api', 'UpdateRuleSigned', 'Changes a rule.', Rule, updateRuleByUser),
  post('/AlertRules/delete_api', 'DeleteRulesSigned', 'Removes rules, all or none.', Ids, changeRules('delete')),
  post('/AlertRules/activate_api', 'ActivateRulesSigned', 'Turns rules on.', Ids, changeRules('activate')),
  post('/AlertRules/deactivate_api', 'DeactivateRulesSigned', 'Turns rules off.', Ids, changeRules('deactivate')),
  post(`${EMAIL}/create_api`, 'CreateEmailSigned', 'Email notification of rules.', Ids, createNotification('email')),
  get(`${EMAIL}/read_api`, 'ReadEmailSigned', 'Email notification of a rule.', readNotification('email')),
  post(`${HTTP}/create_api`, 'CreateHttpSigned', 'HTTP notification of rules.', Ids, createNotification('http')),
  get(`${HTTP}/read_api`, 'ReadHttpSigned', 'HTTP notification of a rule.', readNotification('http')),
  get('/UserDefinedList/lists_api', 'ListListsSigned', 'Lists that queries name.', listUserLists, 'search:read'),
  post(
    '/UserDefinedList/import_api',
    'ImportListSigned',
    'Makes a static list.',
    ListImport,
    importList,
    'search:write',
  ),
  post(
    '/Repo/get_all_searchable_logpoint',
    'ListReposSigned',
    'The logpoint with its repos.',
    Type.Object({}),
    searchableLogpoints,
    'logsource:read',
  ),
];

export const RULE_PATHS: readonly string[] = ROUTES.map(({ path }) => path);

/** The newer form of the node's API: a token that the access key has signed, with scopes. */
export async function addRuleRoutes(
  app: FastifyInstance,
  services: NodeServices,
  failures: KeyFailures,
): Promise<void> {
  await app.register(async (scope) => {
    const { bodyBytesMax, jsonDepthMax } = services.settings;
    takeAnyBody(scope, bodyBytesMax);
    answerFailures(scope);
    for (const route of ROUTES) {
      for (const url of [route.path, `/node/:logpoint${route.path}`]) {
        scope.route({
          method: route.method,
          url,
          exposeHeadRoute: false,
          bodyLimit: bodyBytesMax,
          config: { permission: 'signed' },
          schema: url === route.path ? schemaOf(route) : { hide: true },
          handler: async (request, reply) => {
            const caller = await callerBySignature(services, failures, {
              authorization: request.headers.authorization,
              logpointId: logpointIdOf(request, services),
              scope: route.scope,
            });
            const body = await bodyOf(request, bodyBytesMax);
            const { fields, files } = readForm(body, request.headers['content-type'] ?? '', jsonDepthMax);
            const query = isJsonObject(request.query) ? request.query : {};
            const parsed = { username: caller.user.username, secretKey: '', requestData: {}, fields, files };
            return send(reply, await route.call({ services, caller, request: parsed, query, requestId: request.id }));
          },
        });
      }
    }
  });
}

const schemaOf = ({ id, summary, scope, body }: RuleRoute) => ({
  operationId: id,
  tags: ['Node rules'],
  summary,
  description: `Scope \`${scope}\`. Failures are HTTP 200 with \`success: false\` and \`message\`.`,
  ...(body === undefined ? {} : { body }),
  response: { 200: Type.Object({ success: Type.Boolean() }, { additionalProperties: true }) },
});

/** The user who signed. @throws AppError `ACCESS_KEY_WRONG`, `SIGNED_TOKEN_INVALID`, `SIGNED_TOKEN_SCOPE` */
async function callerBySignature(
  services: NodeServices,
  failures: KeyFailures,
  asked: { readonly authorization: string | undefined; readonly logpointId: string | undefined; readonly scope: Scope },
): Promise<NodeCaller> {
  const token = readSignedToken(asked.authorization);
  const logpoint = await findLogpoint(services.control, asked.logpointId);
  if (token === null || logpoint === null) {
    failures.count(null);
    throw authenticationFailed();
  }
  const { username } = token;
  const holder = await services.control.read(accessKeysFind, { logpointId: logpoint.id, username });
  // Without a key the check is made all the same, with one that nobody has.
  const { hash, sealed } = holder ?? { hash: null, sealed: null };
  const key =
    hash === null || sealed === null
      ? null
      : createSecretBox(services.settings.secretKey).open(sealed, accessKeyContext(hash));
  const isRight = isSignedWith(token, key ?? 'no key');
  if (holder === null || key === null || !isRight || !holder.user.active || holder.user.locked) {
    failures.count(holder?.user.id ?? null);
    throw authenticationFailed();
  }
  const problem = timeProblem(token, services.clock());
  if (problem !== null) throw new AppError('unauthenticated', 'SIGNED_TOKEN_INVALID', problem);
  if (!token.scopes.includes(asked.scope)) {
    throw new AppError('forbidden', 'SIGNED_TOKEN_SCOPE', `token has not the scope ${asked.scope}`);
  }
  return { user: holder.user, logpoint };
}
