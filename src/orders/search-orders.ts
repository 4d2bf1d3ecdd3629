import { searchScopeFind, usersGet } from '../accounts/registry.ts';
import type { ControlStore } from '../control/control-store.ts';
import type { RowContext } from '../events/event-row.ts';
import { planText } from '../incidents/run-query.ts';
import { queryDefinitions } from '../lists/registry.ts';
import { keepWritten } from '../lists/table-edits.ts';
import { definitionsWithin } from '../query/definitions.ts';
import type { Plan } from '../query/plan.ts';
import { noProviders, type QueryProviders } from '../query/query-providers.ts';
import { reposWithin, restrictPlan, type SearchScope } from '../query/restrict-plan.ts';
import { showRow } from '../query/result-row.ts';
import { type QueryRun, runPlan } from '../query/run-plan.ts';
import { rowsAfterStoreMax, type Written } from '../query/run-steps.ts';
import { refuse } from '../shared/errors.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import { mapInSlices } from '../shared/in-slices.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Logpoint } from '../tenancy/logpoint.ts';
import { reposFind, reposList } from '../tenancy/registry.ts';
import { logpointOf } from './incident-orders.ts';
import { keptWrites } from './kept-writes.ts';
import { authorOf, type OrderKind, type WorkKind } from './order-kind.ts';
import { ResponseText } from './response-text.ts';

export const SEARCH_LIMIT_DEFAULT = 100;

export type SearchOrderSettings = {
  /** Most rows of one answer: the setting `fetch.rowsMax`. */
  readonly rowsMax: number;
  /** Setting `search.timeoutMs`. */
  readonly searchTimeoutMs: number;
  /** What searches may ask outside of the events; nothing when left out. */
  readonly providers?: QueryProviders | undefined;
};

/** As the API's `data` has it. Source: contract/director-api.md, section 5. */
export type SearchInput = {
  readonly query: string;
  /** Epoch seconds, `[from, to)`. */
  readonly time_range: readonly [number, number];
  readonly user_id: ObjectId;
  /** Names or addresses; none = every repo of the logpoint. `ip:5504` = every repo of that node. */
  readonly repos?: readonly string[] | undefined;
  readonly limit?: number | undefined;
};

/**
 * Names of the repos that are asked for by name, address or node, as far as `scope` reaches.
 * @throws AppError `REPO_NOT_FOUND`
 */
export async function searchedRepos(
  store: ControlStore,
  logpointId: LogpointId,
  asked: readonly string[],
  scope: SearchScope = null,
): Promise<string[]> {
  const all = await store.read(reposList, logpointId);
  if (asked.length === 0)
    return reposWithin(
      scope,
      all.map((repo) => repo.name),
    );
  const names = new Set<string>();
  for (const nameOrAddress of asked) {
    const ofNode = all.filter((repo) => repo.address.startsWith(`${nameOrAddress}/`));
    for (const repo of ofNode) names.add(repo.name);
    if (ofNode.length > 0) continue;
    const repo = await store.read(reposFind, { logpointId, nameOrAddress });
    // A repo that the user may not search is as unknown as one that is not there.
    if (repo === null || reposWithin(scope, [repo.name]).length === 0)
      throw refuse('REPO_NOT_FOUND', `Repo not found: ${nameOrAddress.slice(0, 200)}`);
    names.add(repo.name);
  }
  return reposWithin(scope, [...names]);
}

type FoundRows = { readonly rowsJson: string; readonly rest: JsonObject; readonly written: readonly Written[] };

export type PreparedSearch = {
  readonly plan: Plan;
  /** `limit` is one more than is shown, so that a cut is seen. */
  readonly run: Omit<QueryRun, 'signal'>;
  readonly context: RowContext;
  /** Most rows that are shown. */
  readonly shownMax: number;
};

/**
 * What a search in the name of a user asks the store, with the user's rights in the plan.
 * @throws AppError `SEARCH_USER_INVALID`, `SEARCH_RANGE_INVALID`, `REPO_NOT_FOUND`, `QUERY_INVALID`
 */
export async function prepareSearch(
  store: ControlStore,
  settings: SearchOrderSettings,
  logpoint: Logpoint,
  input: SearchInput,
  nowMs: number,
): Promise<PreparedSearch> {
  const logpointId = logpoint.id;
  const user = await store.read(usersGet, { logpointId, id: input.user_id });
  if (user === null || !user.active) throw refuse('SEARCH_USER_INVALID', 'Invalid user id');
  const [from, to] = input.time_range;
  if (to < from) throw refuse('SEARCH_RANGE_INVALID', `time_range ends at ${to}, before it begins at ${from}`);
  const context = { logpointName: logpoint.name, logpointIp: logpoint.ip };
  const { providers = noProviders } = settings;
  const times = {
    nowMs,
    rangeMs: (to - from) * 1000,
    providerColumns: providers.columns,
    providerTable: providers.table,
  };
  const scope = await store.read(searchScopeFind, { logpointId, userId: user.id });
  const definitions = definitionsWithin(
    scope,
    await store.read(queryDefinitions, { logpointId, texts: [input.query] }),
  );
  const plan = restrictPlan(planText(input.query, context, definitions, times), scope);
  const limit = Math.min(input.limit ?? SEARCH_LIMIT_DEFAULT, settings.rowsMax);
  const shownMax = plan.type === 'simple' ? limit : settings.rowsMax;
  const run = {
    logpointId,
    repos: await searchedRepos(store, logpointId, input.repos ?? [], scope),
    fromMs: from * 1000,
    toMs: to * 1000,
    limit: limit + 1,
    rowsMax: shownMax,
    timeoutMs: settings.searchTimeoutMs,
    providers,
  };
  return { plan, run, context, shownMax };
}

/** What is said of an answer that a limit has cut. */
export const cutMessage = (shown: number, shownMax: number): string =>
  shown < shownMax
    ? `Only the newest ${rowsAfterStoreMax} rows were looked at after the store, or a provider did not answer in time; the rest was left out`
    : `More than ${shownMax} rows; the rest was left out`;

const searchKind = (settings: SearchOrderSettings): WorkKind<SearchInput, FoundRows> => ({
  mode: 'work',
  action: '/Search/logs/fetch',
  async prepare(services, ctx, input, signal) {
    const logpoint = await logpointOf(services, ctx);
    const prepared = await prepareSearch(services.store, settings, logpoint, input, ctx.acceptedAtMs);
    const { plan, run, context, shownMax } = prepared;
    const answer = await runPlan(services.events, plan, { ...run, signal });
    const shown = await mapInSlices(answer.rows, (row) => JSON.stringify(showRow(plan, row, context)));
    const message = cutMessage(shown.length, shownMax);
    return {
      rowsJson: `[${shown.join(',')}]`,
      rest: {
        query_type: plan.type,
        is_cut: answer.isCut,
        ...(answer.isCut ? { message } : {}),
      },
      written: answer.written,
    };
  },
  finish: async (tx, ctx, _input, { rowsJson, rest, written }) => {
    const told = await keptWrites(ctx, written, (one) => keepWritten(tx, ctx.logpointId, one, authorOf(ctx)));
    return new ResponseText(rowsJson, told.length === 0 ? rest : { ...rest, written: told });
  },
});

export const searchOrderKinds = (settings: SearchOrderSettings): readonly OrderKind[] => [searchKind(settings)];
