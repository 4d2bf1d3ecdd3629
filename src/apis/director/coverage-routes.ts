import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { incidentsMetrics } from '../../incidents/registry.ts';
import { rulesActivity, rulesCoverage, rulesNavigator } from '../../rules/registry.ts';
import { RULE_DAYS_MAX } from '../../rules/rule-days.ts';
import { isJsonObject } from '../../shared/json.ts';
import { ErrorEnvelope } from '../http/envelope.ts';
import { NotModified, sendTagged } from '../http/etag.ts';
import { logpointOf } from '../http/route-guard.ts';
import type { DirectorServices } from './director-services.ts';
import { EPOCH_SECONDS_MAX } from './list-page.ts';
import { Coverage, NavigatorLayer, RuleActivity } from './rule-schemas.ts';
import { CONFIG_PATHS, TENANT_PARAMS } from './tenant-paths.ts';

const ActivityQuery = Type.Object({
  days: Type.Optional(
    Type.Integer({ minimum: 1, maximum: RULE_DAYS_MAX, description: 'Days back, today among them; 14 when left out.' }),
  ),
});
const ACTIVITY_DAYS = 14;

const RangeQuery = Type.Object({
  from: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: EPOCH_SECONDS_MAX,
      description: 'Incidents since then, epoch seconds; every one when neither is given.',
    }),
  ),
  to: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: EPOCH_SECONDS_MAX,
      description: 'Epoch seconds, exclusive; now when left out.',
    }),
  ),
});
type RangeRequest = { readonly from?: number; readonly to?: number };

const REFUSALS = { 401: ErrorEnvelope, 403: ErrorEnvelope, 404: ErrorEnvelope, default: ErrorEnvelope };

/** What the rules did day by day, and what they cover of ATT&CK. */
export function addCoverageRoutes(app: FastifyInstance, services: DirectorServices): void {
  for (const { prefix, isDocumented } of CONFIG_PATHS) {
    const hide = isDocumented ? {} : { hide: true };
    app.get<{ Querystring: { readonly days?: number } }>(`${prefix}/AlertRules/activity`, {
      config: { permission: 'read' },
      schema: {
        ...hide,
        operationId: 'ListAlertRuleActivity',
        tags: ['AlertRules'],
        summary: 'Hits and incidents of each rule, day by day (UTC); rules that did nothing are left out.',
        params: Type.Object(TENANT_PARAMS),
        querystring: ActivityQuery,
        response: { 200: RuleActivity, 304: NotModified, ...REFUSALS },
      },
      handler: async (request, reply) => {
        const asked = { logpointId: logpointOf(request).id, days: request.query.days ?? ACTIVITY_DAYS };
        return sendTagged(request, reply, await services.control.read(rulesActivity, asked));
      },
    });
    app.get<{ Querystring: RangeRequest }>(`${prefix}/MitreAttacks/coverage`, {
      config: { permission: 'read' },
      schema: {
        ...hide,
        operationId: 'MitreAttacksCoverage',
        tags: ['MitreAttacks'],
        summary: 'Rules and incidents for each technique and tactic.',
        params: Type.Object(TENANT_PARAMS),
        querystring: RangeQuery,
        response: { 200: Coverage, 304: NotModified, ...REFUSALS },
      },
      handler: async (request, reply) => {
        const asked = await coverageRequest(services, logpointOf(request).id, request.query);
        return sendTagged(request, reply, await services.control.read(rulesCoverage, asked));
      },
    });
    app.get<{ Querystring: RangeRequest }>(`${prefix}/MitreAttacks/navigator`, {
      config: { permission: 'read' },
      schema: {
        ...hide,
        operationId: 'MitreAttacksNavigator',
        tags: ['MitreAttacks'],
        summary: 'The coverage as a layer file (4.5) of the ATT&CK Navigator.',
        params: Type.Object(TENANT_PARAMS),
        querystring: RangeQuery,
        response: { 200: NavigatorLayer, 304: NotModified, ...REFUSALS },
      },
      handler: async (request, reply) => {
        const { id, name } = logpointOf(request);
        const asked = await coverageRequest(services, id, request.query);
        return sendTagged(request, reply, await services.control.read(rulesNavigator, { ...asked, name }));
      },
    });
  }
}

/** Incidents of the range by rule, where a range is asked for. */
async function coverageRequest({ control }: DirectorServices, logpointId: string, { from, to }: RangeRequest) {
  if (from === undefined && to === undefined) return { logpointId };
  const range = { fromMs: (from ?? 0) * 1000, ...(to === undefined ? {} : { toMs: to * 1000 }) };
  const { rows } = await control.read(incidentsMetrics, { logpointId, by: 'rule', ...range });
  const counted = Array.isArray(rows) ? rows.filter(isJsonObject) : [];
  return {
    logpointId,
    incidents: Object.fromEntries(counted.map((row) => [String(row['key']), Number(row['incidents'])])),
  };
}
