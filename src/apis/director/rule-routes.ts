import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { incidentVerdicts } from '../../incidents/registry.ts';
import type { CostlyRule } from '../../ingest/ingest-handle.ts';
import { rulesFull, rulesLight } from '../../rules/registry.ts';
import { AppError } from '../../shared/errors.ts';
import { isObjectId } from '../../shared/ids.ts';
import { isJsonObject, type JsonObject } from '../../shared/json.ts';
import { ErrorEnvelope } from '../http/envelope.ts';
import { NotModified, sendTagged } from '../http/etag.ts';
import { logpointOf } from '../http/route-guard.ts';
import type { DirectorServices } from './director-services.ts';
import { type PageAsked, PageQuery, pageHeaders, pageRequest } from './list-page.ts';
import { FullRule, LightRule } from './rule-schemas.ts';
import { CONFIG_PATHS, TENANT_PARAMS } from './tenant-paths.ts';

const RuleQuery = Type.Object({
  ...PageQuery.properties,
  q: Type.Optional(Type.String({ maxLength: 250, description: 'In name, id, Sigma id, author or technique.' })),
  active: Type.Optional(Type.Boolean({ description: 'Only active or only inactive rules.' })),
  fields: Type.Optional(Type.Boolean({ description: 'Each row has the fields that would make its rule, too.' })),
});
type RuleRequest = PageAsked & { readonly q?: string; readonly active?: boolean; readonly fields?: boolean };

const REFUSALS = { 401: ErrorEnvelope, 403: ErrorEnvelope, 404: ErrorEnvelope, default: ErrorEnvelope };

/** What the rules are, did and cost. */
export function addRuleRoutes(app: FastifyInstance, services: DirectorServices): void {
  for (const { prefix, isDocumented } of CONFIG_PATHS) {
    const hide = isDocumented ? {} : { hide: true };
    app.get<{ Querystring: RuleRequest }>(`${prefix}/AlertRules`, {
      config: { permission: 'read' },
      schema: {
        ...hide,
        operationId: 'ListAlertRules',
        tags: ['AlertRules'],
        summary: 'Rules with what each did, left out and costs; `cost_us` is microseconds for each event.',
        params: Type.Object(TENANT_PARAMS),
        querystring: RuleQuery,
        response: { 200: Type.Array(LightRule), 304: NotModified, ...REFUSALS },
      },
      handler: async (request, reply) => {
        const { q, active, fields, ...page } = request.query;
        const logpointId = logpointOf(request).id;
        const filter = { logpointId, q, active, withFields: fields };
        const found = await services.control.read(rulesLight, { ...filter, ...pageRequest(page) });
        const known = await knownOf(services, logpointId);
        return sendTagged(request, reply.headers(pageHeaders(request.url, found)), found.rows.map(known));
      },
    });
    app.get(`${prefix}/AlertRules/:id`, {
      config: { permission: 'read' },
      schema: {
        ...hide,
        operationId: 'GetAlertRule',
        tags: ['AlertRules'],
        summary: 'One rule whole, with the YAML of a Sigma rule.',
        params: Type.Object({ ...TENANT_PARAMS, id: Type.String({ description: 'Object id.' }) }),
        response: { 200: FullRule, ...REFUSALS },
      },
      handler: async (request) => ruleOf(services, request),
    });
  }
}

async function ruleOf(services: DirectorServices, request: FastifyRequest): Promise<JsonObject> {
  const given = isJsonObject(request.params) ? request.params['id'] : undefined;
  const ruleId = typeof given === 'string' ? given : '';
  const { id: logpointId, poolId } = logpointOf(request);
  const row = isObjectId(ruleId) ? await services.control.read(rulesFull, { poolId, logpointId, ruleId }) : null;
  if (row === null) {
    throw new AppError('not-found', 'OBJECT_UNKNOWN', `alert rule ${JSON.stringify(ruleId.slice(0, 64))} is unknown`);
  }
  return (await knownOf(services, logpointId))(row);
}

/** Fills in what the matcher and the people who work incidents know of a rule. */
async function knownOf(services: DirectorServices, logpointId: string): Promise<(row: JsonObject) => JsonObject> {
  const costs = await costsOf(services, logpointId);
  const ratios = await services.control.read(incidentVerdicts, logpointId);
  return (row) => {
    const id = String(row['id']);
    return { ...row, cost_us: costs.get(id) ?? null, false_positive_ratio: ratios.get(id) ?? null };
  };
}

/** Microseconds for each event, by rule, estimated from a sample since the rule looks for what it looks for. */
async function costsOf(services: DirectorServices, logpointId: string): Promise<ReadonlyMap<string, number>> {
  const costs = (await services.ruleCosts?.()) ?? [];
  const perEvent = ({ events, estimatedUs }: CostlyRule): number =>
    events === 0 ? 0 : Number((estimatedUs / events).toFixed(4));
  return new Map(costs.filter((cost) => cost.logpointId === logpointId).map((cost) => [cost.ruleId, perEvent(cost)]));
}
