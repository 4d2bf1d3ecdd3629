import { setTimeout as wait } from 'node:timers/promises';
import { planText, type SearchContext } from '../../incidents/run-query.ts';
import { queryDefinitions } from '../../lists/registry.ts';
import { cutMessage, SEARCH_LIMIT_DEFAULT, searchedRepos } from '../../orders/search-orders.ts';
import { definitionsWithin } from '../../query/definitions.ts';
import type { Plan } from '../../query/plan.ts';
import { noProviders } from '../../query/query-providers.ts';
import { reposWithin, restrictPlan, type SearchScope } from '../../query/restrict-plan.ts';
import { showRow } from '../../query/result-row.ts';
import { runPlan } from '../../query/run-plan.ts';
import { rulesVisible } from '../../rules/registry.ts';
import { mapInSlices } from '../../shared/in-slices.ts';
import { isJsonObject, type JsonObject } from '../../shared/json.ts';
import { filterText, LIFE_PREFIX, lifeId } from './live-searches.ts';
import { JsonText, type NodeAnswer, type NodeCall, rowContextOf } from './node-services.ts';
import { invalid, shown, texts } from './request-fields.ts';
import { scopeOf } from './search-scope.ts';
import type { SearchSession } from './search-sessions.ts';
import { timeRangeOf } from './time-range.ts';

// `/getsearchlogs`. Source: contract/incident-api.md, A.3.

/** A poll waits so long for the end: one known client polls once, and all give up after ten seconds or more. */
const HOLD_MS = 4_000;
/** A live search is run again when its last answer is older. */
const LIVE_FRESH_MS = 10_000;
/** Client that is assumed when none is named. */
const CLIENT_DEFAULT = 'UI';
const FORGOTTEN: JsonObject = { success: false, message: 'Forgotten search' };

/** Starts a search, or asks for its rows: the request says which by `query` or `search_id`. */
export async function searchLogs(call: NodeCall): Promise<NodeAnswer> {
  const { requestData } = call.request;
  const id = requestData['search_id'] ?? requestData['searchId'];
  if (id !== undefined && id !== null) {
    if (typeof id !== 'string') throw invalid('search_id must be a text');
    return id.startsWith(LIFE_PREFIX) ? pollLive(call, id) : poll(call, id);
  }
  return start(call);
}

const ownerOf = ({ caller }: NodeCall): string => `${caller.logpoint.id} ${caller.user.id}`;

async function planFor(call: NodeCall, text: string, times: SearchContext, scope: SearchScope): Promise<Plan> {
  const asked = { logpointId: call.caller.logpoint.id, texts: [text] };
  const definitions = definitionsWithin(scope, await call.services.control.read(queryDefinitions, asked));
  return restrictPlan(planText(text, rowContextOf(call), definitions, times), scope);
}

async function start(call: NodeCall): Promise<NodeAnswer> {
  const { services, caller, request } = call;
  const data = request.requestData;
  if (typeof data['query'] !== 'string') throw invalid('query must be present in request.');
  const text = data['query'];
  const nowMs = services.clock();
  const range = timeRangeOf(data['time_range'], nowMs, caller.user.timezone);
  const scope = await scopeOf(call);
  const { providers = noProviders } = services.settings;
  const plan = await planFor(
    call,
    text,
    {
      nowMs,
      rangeMs: (range[1] - range[0]) * 1000,
      providerColumns: providers.columns,
      providerTable: providers.table,
    },
    scope,
  );
  const repos = data['repos'] === undefined || data['repos'] === null ? [] : texts(data, 'repos');
  const names = await searchedRepos(services.control, caller.logpoint.id, repos, scope);
  const session = begin(call, {
    plan,
    text,
    range,
    repos: names,
    limit: limitOf(data),
    skip: skipOf(call, data),
    timeoutMs: timeoutOf(call, data),
  });
  const client = typeof data['client_name'] === 'string' ? data['client_name'].slice(0, 100) : CLIENT_DEFAULT;
  return {
    search_id: session.id,
    searchId: session.id,
    client_type: client,
    clientType: client,
    query_filter: filterText(text),
    latest: false,
    lookup: false,
    query_type: session.queryType,
    time_range: [...range],
    success: true,
  };
}

function limitOf(data: JsonObject): number {
  const limit = data['limit'];
  if (limit === undefined || limit === null || limit === '') return SEARCH_LIMIT_DEFAULT;
  const count = Number(limit);
  if (!Number.isInteger(count) || count < 1) throw invalid(`limit is ${shown(limit)}, expected a whole number from 1`);
  return count;
}

/**
 * `starts`: what the answer before gave as `next_starts`, rows of each logpoint that the client has already. There is
 * one logpoint here, so of others it says nothing.
 */
function skipOf({ services, caller }: NodeCall, data: JsonObject): number {
  const starts = data['starts'];
  if (starts === undefined || starts === null || starts === '') return 0;
  if (!isJsonObject(starts)) throw invalid(`starts is ${shown(starts)}, expected what an answer gave as next_starts`);
  const { rowsMax } = services.settings;
  const rows = Number(starts[caller.logpoint.ip] ?? 0);
  if (Number.isInteger(rows) && rows >= 0 && rows < rowsMax) return rows;
  throw invalid(`starts has ${shown(starts[caller.logpoint.ip] ?? null)}, expected 0 to ${rowsMax - 1} rows`);
}

/** `timeout` in seconds can only shorten what the server allows. */
function timeoutOf({ services }: NodeCall, data: JsonObject): number {
  const seconds = Number(data['timeout'] ?? 0);
  const allowedMs = services.settings.searchTimeoutMs;
  return seconds > 0 ? Math.max(100, Math.min(allowedMs, seconds * 1000)) : allowedMs;
}

type Wanted = {
  readonly plan: Plan;
  readonly text: string;
  readonly range: readonly [number, number];
  readonly repos: readonly string[];
  readonly limit: number;
  /** Rows of an earlier answer that are left out. */
  readonly skip: number;
  readonly timeoutMs: number;
  readonly id?: string;
};

function begin(call: NodeCall, wanted: Wanted): SearchSession {
  const { services, caller } = call;
  const { plan, range, id } = wanted;
  const context = rowContextOf(call);
  const { rowsMax } = services.settings;
  // A simple search has no more rows than this, however many answers they come in.
  const limit = Math.min(wanted.limit + wanted.skip, rowsMax);
  const isSimple = plan.type === 'simple';
  const queryType = queryTypeOf(wanted);
  const session: SearchSession = services.searches.start({
    owner: ownerOf(call),
    timeRange: range,
    queryType,
    id,
    work: async (signal) => {
      const startedAtMs = services.clock();
      const answer = await runPlan(services.events, plan, {
        logpointId: caller.logpoint.id,
        repos: wanted.repos,
        fromMs: Math.round(range[0] * 1000),
        toMs: Math.round(range[1] * 1000),
        // One row more than wanted says that there are more.
        limit: isSimple ? limit + 1 : limit,
        rowsMax: isSimple ? limit + 1 : rowsMax,
        timeoutMs: wanted.timeoutMs,
        providers: services.settings.providers,
        signal,
      });
      const wantedRows = isSimple ? answer.rows.slice(wanted.skip, limit) : answer.rows;
      const rows = await mapInSlices(wantedRows, (row) => JSON.stringify(showRow(plan, row, context)));
      const hasMore = answer.rows.length > limit && limit < rowsMax;
      // Of a simple search the client asks for the rest with next_starts, up to the rows that one search may have.
      const isCut = isSimple ? (answer.rows.length > limit || answer.isCut) && !hasMore : answer.isCut;
      const counted = wantedRows.reduce((sum, row) => sum + (row.kind === 'group' ? row.eventCount : 1), 0);
      const rest = {
        ...endOf(session, { isFinal: true, version: 1 }),
        ...(isSimple
          ? {
              estim_count: counted,
              fields: fieldsOf(plan),
              next_starts: hasMore ? { [caller.logpoint.ip]: limit } : {},
              elapsed_seconds: (services.clock() - startedAtMs) / 1000,
            }
          : { num_aggregated: counted, ...chartParts(plan) }),
        ...(isCut ? { message: cutMessage(isSimple ? limit : rows.length, rowsMax) } : {}),
      };
      return `{"rows":[${rows.join(',')}],${JSON.stringify(rest).slice(1)}`;
    },
  });
  return session;
}

const queryTypeOf = ({ plan, text }: Pick<Wanted, 'plan' | 'text'>): string => {
  if (plan.type === 'simple') return 'simple';
  return /\|\s*timechart\b/i.test(text) ? 'timechart' : 'chart';
};

const fieldsOf = (plan: Plan): string[] => (plan.shown ?? []).map(({ name }) => name);

const chartParts = (plan: Plan): JsonObject => ({
  columns: plan.columns.map(({ name }) => name).filter((name) => !plan.grouping.includes(name)),
  grouping: [...plan.grouping],
  interesting_fields: [],
  aliases: [],
  extra_fields: [],
});

/** What every answer to a poll holds. A page count of 0 would end one known client before its rows are there. */
const endOf = (
  session: Pick<SearchSession, 'id' | 'queryType' | 'timeRange'>,
  { isFinal, version }: { readonly isFinal: boolean; readonly version: number },
): JsonObject => ({
  final: isFinal,
  success: true,
  version,
  query_type: session.queryType,
  time_range: [...session.timeRange],
  // A live search is held for one user and rule version, and known to clients by its first part.
  orig_search_id: session.id.split(' ', 1)[0] ?? session.id,
  totalPages: 1,
  complete: isFinal,
  showAdditionalPanels: session.queryType !== 'simple',
  status: {},
});

async function poll(call: NodeCall, id: string): Promise<NodeAnswer> {
  const session = call.services.searches.find(ownerOf(call), id);
  return session === null ? FORGOTTEN : answerOf(call, session);
}

/** Rows only when all of them are there: some clients put the answers together, others keep the last one (D-9). */
async function answerOf({ services }: NodeCall, session: SearchSession): Promise<NodeAnswer> {
  const isOver = new AbortController();
  const pause = wait(HOLD_MS, null, { signal: AbortSignal.any([isOver.signal, services.stopping]), ref: false });
  const outcome = await Promise.race([session.ended, pause.catch(() => null)]);
  isOver.abort();
  if (outcome === null) return { rows: [], ...endOf(session, { isFinal: false, version: 0 }) };
  services.searches.read(session);
  return outcome.ok ? new JsonText(outcome.text) : { success: false, message: outcome.message };
}

/** The query of a rule over its range up to now: started when it is asked for, and again when the answer is old. */
async function pollLive(call: NodeCall, id: string): Promise<NodeAnswer> {
  const { services, caller } = call;
  const rules = await services.control.read(rulesVisible, caller.user);
  const rule = rules.find((known) => known.active && `${LIFE_PREFIX}${lifeId(known)}` === id);
  if (rule === undefined) return FORGOTTEN;
  const own = `${id} ${ownerOf(call)} ${rule.version}`;
  const known = services.searches.find(ownerOf(call), own);
  const nowMs = services.clock();
  const isFresh = known !== null && (known.endedAtMs === null || nowMs - known.endedAtMs < LIVE_FRESH_MS);
  if (isFresh) return answerOf(call, known);
  const to = Math.floor(nowMs / 1000);
  const scope = await scopeOf(call);
  const session = begin(call, {
    id: own,
    text: rule.query,
    plan: await planFor(call, rule.query, { nowMs, rangeMs: rule.rangeMinutes * 60_000 }, scope),
    range: [to - rule.rangeMinutes * 60, to],
    repos: reposWithin(scope, rule.repos),
    limit: rule.limit,
    skip: 0,
    timeoutMs: services.settings.searchTimeoutMs,
  });
  return answerOf(call, session);
}
