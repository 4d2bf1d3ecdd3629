import { searchScopeFind } from '../accounts/registry.ts';
import type { IncidentDeps } from '../incidents/change-incident.ts';
import { raiseByHand, riskOfScore } from '../incidents/raise-by-hand.ts';
import { planText } from '../incidents/run-query.ts';
import { queryDefinitions } from '../lists/registry.ts';
import { restrictPlan } from '../query/restrict-plan.ts';
import { runPlan } from '../query/run-plan.ts';
import { type MetadataEntry, RISKS, type Risk } from '../rules/alert-rule.ts';
import { refuse } from '../shared/errors.ts';
import type { ObjectId } from '../shared/ids.ts';
import { logpointOf } from './incident-orders.ts';
import { authorOf, type OrderContext, type OrderKind, type OrderServices, type WorkKind } from './order-kind.ts';
import { SEARCH_LIMIT_DEFAULT, type SearchOrderSettings, searchedRepos } from './search-orders.ts';

/** Range of an anomaly that names none. */
const ANOMALY_RANGE_MS = 3_600_000;
const LIMIT_MAX = 100_000;

/** As the API's `data` has it, shapes already checked. */
type Common = {
  readonly incident_user_id: ObjectId;
  readonly description?: string;
  readonly assigned_to?: ObjectId;
  readonly manageable_by?: readonly ObjectId[];
  readonly log_source?: readonly string[];
  readonly metadata?: readonly MetadataEntry[];
  readonly repos?: readonly string[];
  readonly limit?: number;
};
/** A hand-made incident. Times are epoch seconds, `[from, to)`. */
export type SearchIncidentInput = Common & {
  readonly name: string;
  readonly query: string;
  readonly time_range: readonly [number, number];
  readonly risk: string;
};
/** An anomaly of behaviour analytics. */
export type AnomalyInput = Common & {
  readonly entity: string;
  readonly score: number;
  readonly name?: string;
  readonly query?: string;
  readonly time_range?: readonly [number, number];
};

type Prepared = {
  readonly repos: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly rowsCount: number;
};

type Search = {
  readonly query: string;
  readonly range: readonly [number, number];
  readonly repos: readonly string[] | undefined;
  readonly limit: number;
  readonly userId: ObjectId;
};

/** How many rows the incident's query finds now; the incident shows them when its data are asked for. */
async function prepare(
  settings: SearchOrderSettings,
  services: OrderServices,
  ctx: OrderContext,
  { query, range, repos: repoNames, limit, userId }: Search,
  signal: AbortSignal,
): Promise<Prepared> {
  const [from, to] = range;
  if (to < from) throw refuse('SEARCH_RANGE_INVALID', `time_range ends at ${to}, before it begins at ${from}`);
  const logpoint = await logpointOf(services, ctx);
  const [fromMs, toMs] = [Math.round(from * 1000), Math.round(to * 1000)];
  const context = { logpointName: logpoint.name, logpointIp: logpoint.ip };
  const asked = { logpointId: ctx.logpointId, texts: [query] };
  const definitions = await services.store.read(queryDefinitions, asked);
  const times = { nowMs: ctx.acceptedAtMs, rangeMs: toMs - fromMs };
  const scope = await services.store.read(searchScopeFind, { logpointId: ctx.logpointId, userId });
  const plan = restrictPlan(planText(query, context, definitions, times), scope);
  const repos = await searchedRepos(services.store, ctx.logpointId, repoNames ?? [], scope);
  const answer = await runPlan(services.events, plan, {
    logpointId: ctx.logpointId,
    repos,
    fromMs,
    toMs,
    limit,
    rowsMax: plan.type === 'simple' ? limit : settings.rowsMax,
    timeoutMs: settings.searchTimeoutMs,
    signal,
  });
  return { repos, fromMs, toMs, rowsCount: answer.rows.length };
}

const limitOf = (input: Common): number => Math.max(1, Math.min(input.limit ?? SEARCH_LIMIT_DEFAULT, LIMIT_MAX));

const sharedOf = (input: Common) => ({
  userId: input.incident_user_id,
  assignedTo: input.assigned_to,
  manageableBy: input.manageable_by ?? [],
  logSource: input.log_source ?? [],
  limit: limitOf(input),
});

function riskOf(text: string): Risk {
  const risk = RISKS.find((known) => known === text.toLowerCase());
  if (risk !== undefined) return risk;
  throw refuse('INCIDENT_INVALID', `risk is ${text.slice(0, 40)}, expected one of: ${RISKS.join(', ')}`);
}

const searchIncidentKind = (
  deps: Pick<IncidentDeps, 'listeners'>,
  settings: SearchOrderSettings,
): WorkKind<SearchIncidentInput, Prepared> => ({
  mode: 'work',
  action: '/Incidents/create',
  prepare: (services, ctx, input, signal) => {
    const { query, time_range: range, repos } = input;
    return prepare(
      settings,
      services,
      ctx,
      { query, range, repos, limit: limitOf(input), userId: input.incident_user_id },
      signal,
    );
  },
  async finish(tx, ctx, input, prepared) {
    const incident = await raiseByHand(
      tx,
      {
        ...sharedOf(input),
        ...prepared,
        logpointId: ctx.logpointId,
        type: 'Search',
        name: input.name,
        description: input.description ?? '',
        risk: riskOf(input.risk),
        metadata: input.metadata ?? [],
        query: input.query,
        by: authorOf(ctx),
      },
      deps.listeners,
    );
    return { message: 'Incident is created', id: incident.id, incident_id: incident.source.incidentId };
  },
});

/** The entity as free text: found in whichever field it stands. */
const entityQuery = (entity: string): string => `"${entity.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

const rangeOf = (input: AnomalyInput, ctx: OrderContext): readonly [number, number] =>
  input.time_range ?? [(ctx.acceptedAtMs - ANOMALY_RANGE_MS) / 1000, ctx.acceptedAtMs / 1000];

const anomalyKind = (
  deps: Pick<IncidentDeps, 'listeners'>,
  settings: SearchOrderSettings,
): WorkKind<AnomalyInput, Prepared> => ({
  mode: 'work',
  action: '/Incidents/anomaly',
  prepare: (services, ctx, input, signal) => {
    const search = {
      query: input.query ?? entityQuery(input.entity),
      range: rangeOf(input, ctx),
      repos: input.repos,
      limit: limitOf(input),
      userId: input.incident_user_id,
    };
    return prepare(settings, services, ctx, search, signal);
  },
  async finish(tx, ctx, input, prepared) {
    const incident = await raiseByHand(
      tx,
      {
        ...sharedOf(input),
        ...prepared,
        logpointId: ctx.logpointId,
        type: 'UEBA',
        name: input.name ?? `Unusual behaviour of ${input.entity}`,
        description: input.description ?? '',
        risk: riskOfScore(input.score),
        metadata: [
          { field: 'entity', value: input.entity },
          { field: 'score', value: String(input.score) },
          ...(input.metadata ?? []),
        ],
        query: input.query ?? entityQuery(input.entity),
        by: authorOf(ctx),
      },
      deps.listeners,
    );
    const { id, source } = incident;
    return { message: 'Incident is created', id, incident_id: source.incidentId, risk: source.risk };
  },
});

/** Incidents that no rule raises. */
export const handMadeOrderKinds = (
  deps: Pick<IncidentDeps, 'listeners'>,
  settings: SearchOrderSettings,
): readonly OrderKind[] => [searchIncidentKind(deps, settings), anomalyKind(deps, settings)];
