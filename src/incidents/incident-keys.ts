import type { ReadTx, SqlValue } from '../control/control-store.ts';
import { RISKS } from '../rules/alert-rule.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import { INCIDENT_STATUSES } from './incident.ts';
import type { IncidentFilter } from './incident-filter.ts';
import { matchingSources, type SourceChoice } from './matching-sources.ts';

// A page is a merge of branches. Each branch is one stretch of one index, newest first, so it costs what it gives; the
// driver decides which index: a few recently updated incidents, the sources that the filter leaves, the assignees, or
// the logpoint's risks. What no index of the branch decides is checked row by row.

/** SQLite allows 500 terms in a compound select. */
const BRANCHES_PER_STATEMENT = 200;
/** More sources than this are not worth a branch each: the logpoint is read and the sources are looked up. */
export const SOURCE_BRANCHES_MAX = 1_000;
/** From here on it is tried first whether the newest incidents of the logpoint fill the page. */
const SOURCES_PROBED_MIN = BRANCHES_PER_STATEMENT;
const PROBE_ROWS_MAX = 2_000;
/** As many recently updated incidents may be sorted instead of walking an index in the order of the answer. */
export const UPDATED_SORT_MAX = 2_000;
/** Rows that one call looks through when only a look-up can tell which belong to the answer. */
export const SCAN_ROWS_MAX = 200_000;
/** Rows of the first and of any later look at the branches. */
const CHUNK_ROWS_MIN = 250;
const CHUNK_ROWS_MAX = 1_000;

/** Place in the order of the answer: newest first, then by id. */
export type Position = { readonly detectedAtMs: number; readonly id: ObjectId };

export type KeyRequest = {
  readonly logpointId: LogpointId;
  readonly filter: IncidentFilter;
  /** Only incidents behind this place. */
  readonly after: Position | null;
  readonly limit: number;
};

export type KeyPage = {
  readonly ids: readonly ObjectId[];
  /** Where the next page starts; null when there is nothing behind this one. */
  readonly next: Position | null;
  /** True when `SCAN_ROWS_MAX` cut the search and not `limit`. */
  readonly isScanCut: boolean;
};

type Key = { readonly id: string; readonly detected_at: number; readonly source_id?: string };
type Condition = { readonly sql: string; readonly params: readonly SqlValue[] };

const where = (sql: string, ...params: SqlValue[]): Condition => ({ sql, params });

const anyOf = (column: string, values: readonly SqlValue[]): Condition =>
  where(`${column} in (${values.map(() => '?').join(', ')})`, ...values);

const statusesOf = (filter: IncidentFilter): number[] =>
  [...new Set(filter.status ?? INCIDENT_STATUSES)].map((status) => INCIDENT_STATUSES.indexOf(status));
const risksOf = (filter: IncidentFilter): number[] =>
  [...new Set(filter.risk ?? RISKS)].map((risk) => RISKS.indexOf(risk));

/** Conditions on times, which every branch has. */
function timeConditions(filter: IncidentFilter, after: Position | null): Condition[] {
  const conditions: Condition[] = [];
  if (filter.detectedFromMs !== undefined) conditions.push(where('detected_at >= ?', filter.detectedFromMs));
  if (filter.detectedToMs !== undefined) conditions.push(where('detected_at <= ?', filter.detectedToMs));
  if (after !== null) conditions.push(where('(detected_at, id) < (?, ?)', after.detectedAtMs, after.id));
  return conditions;
}

// A plus or an empty text beside a column keeps the planner from choosing that column's index over the branch's own.
const residual = {
  status: (filter: IncidentFilter): Condition[] =>
    filter.status === undefined ? [] : [anyOf('+status', statusesOf(filter))],
  risk: (filter: IncidentFilter): Condition[] => (filter.risk === undefined ? [] : [anyOf('+risk', risksOf(filter))]),
  assignee: (filter: IncidentFilter): Condition[] =>
    filter.assignedTo === undefined ? [] : [anyOf("(assigned_to || '')", filter.assignedTo)],
  updated: (filter: IncidentFilter): Condition[] =>
    filter.updatedFromMs === undefined ? [] : [where('+updated_at >= ?', filter.updatedFromMs)],
};

async function hasFewUpdates(tx: ReadTx, logpointId: LogpointId, filter: IncidentFilter): Promise<boolean> {
  if (filter.updatedFromMs === undefined) return false;
  const rows = await tx.all('select 1 as one from incidents where logpoint_id = ? and updated_at >= ? limit ?', [
    logpointId,
    filter.updatedFromMs,
    UPDATED_SORT_MAX + 1,
  ]);
  return rows.length <= UPDATED_SORT_MAX;
}

type Plan = { readonly branches: readonly (readonly Condition[])[]; readonly lookUp: ReadonlySet<string> | null };

async function planBranches(
  tx: ReadTx,
  request: KeyRequest,
  choice: SourceChoice,
  sourceBranchesMax: number,
): Promise<Plan> {
  const { logpointId, filter } = request;
  const { status, risk, assignee, updated } = residual;
  const inLogpoint = where('logpoint_id = ?', logpointId);
  const each = (column: string, values: readonly SqlValue[], shared: readonly Condition[]) =>
    values.flatMap((value) =>
      statusesOf(filter).map((s) => [...shared, where(`${column} = ?`, value), where('status = ?', s)]),
    );
  const named =
    choice.named === null
      ? []
      : [[where('id = ?', choice.named), ...status(filter), ...risk(filter), ...assignee(filter), ...updated(filter)]];
  if (await hasFewUpdates(tx, logpointId, filter)) {
    const since = where('updated_at >= ?', filter.updatedFromMs ?? 0);
    const branch = [inLogpoint, since, ...status(filter), ...risk(filter), ...assignee(filter)];
    return { branches: [branch, ...named], lookUp: choice.sources };
  }
  if (choice.sources !== null && choice.sources.size <= sourceBranchesMax) {
    const shared = [...status(filter), ...assignee(filter), ...updated(filter)];
    const branches = [...choice.sources].map((source) => [where('source_id = ?', source), ...shared]);
    return { branches: [...branches, ...named], lookUp: null };
  }
  if (filter.assignedTo !== undefined) {
    const shared = [inLogpoint, ...risk(filter), ...updated(filter)];
    const users = [...new Set(filter.assignedTo)];
    return { branches: [...each('assigned_to', users, shared), ...named], lookUp: choice.sources };
  }
  const shared = [inLogpoint, ...updated(filter)];
  return { branches: [...each('risk', risksOf(filter), shared), ...named], lookUp: choice.sources };
}

async function runBranches(
  tx: ReadTx,
  plan: Plan,
  times: readonly Condition[],
  limit: number,
): Promise<readonly Key[]> {
  const order = 'order by detected_at desc, id desc limit ?';
  // The index of a branch holds these columns, so that what is thrown away is never read from the table.
  const columns = plan.lookUp === null ? 'id, detected_at' : 'id, detected_at, source_id';
  const found: Key[] = [];
  for (let start = 0; start < plan.branches.length; start += BRANCHES_PER_STATEMENT) {
    const params: SqlValue[] = [];
    const selects = plan.branches.slice(start, start + BRANCHES_PER_STATEMENT).map((branch) => {
      const conditions = [...branch, ...times];
      params.push(...conditions.flatMap((condition) => condition.params), limit);
      const all = conditions.map((condition) => condition.sql).join(' and ');
      return `select * from (select ${columns} from incidents where ${all} ${order}) as branch`;
    });
    found.push(...(await tx.all<Key>(`${selects.join(' union all ')} ${order}`, [...params, limit])));
  }
  if (plan.branches.length <= BRANCHES_PER_STATEMENT) return found;
  found.sort((a, b) => b.detected_at - a.detected_at || (a.id < b.id ? 1 : -1));
  return found.slice(0, limit);
}

/**
 * Ids of the incidents that the filter leaves, newest first, at most `limit`. Incidents that arrive meanwhile neither
 * shift nor repeat what later pages show.
 *
 * @throws AppError as `matchingSources`
 */
export async function incidentKeys(tx: ReadTx, request: KeyRequest): Promise<KeyPage> {
  const choice = await matchingSources(tx, request.logpointId, request.filter);
  const sources = choice.sources?.size ?? 0;
  if (sources > SOURCES_PROBED_MIN && sources <= SOURCE_BRANCHES_MAX) {
    const probe = await planBranches(tx, request, choice, 0);
    const page = await walk(tx, request, choice, probe, PROBE_ROWS_MAX);
    if (!page.isScanCut) return page;
  }
  const plan = await planBranches(tx, request, choice, SOURCE_BRANCHES_MAX);
  return walk(tx, request, choice, plan, SCAN_ROWS_MAX);
}

async function walk(
  tx: ReadTx,
  request: KeyRequest,
  choice: SourceChoice,
  plan: Plan,
  scanRowsMax: number,
): Promise<KeyPage> {
  const ids: ObjectId[] = [];
  let after = request.after;
  let last = request.after;
  let chunkMax = plan.lookUp === null ? CHUNK_ROWS_MAX : CHUNK_ROWS_MIN;
  for (let scanned = 0; plan.branches.length > 0; chunkMax = Math.min(2 * chunkMax, CHUNK_ROWS_MAX)) {
    if (scanned >= scanRowsMax) return { ids, next: after, isScanCut: true };
    const wanted = request.limit - ids.length + 1;
    const chunk = plan.lookUp === null ? Math.min(wanted, chunkMax) : chunkMax;
    const keys = await runBranches(tx, plan, timeConditions(request.filter, after), chunk);
    for (const key of keys) {
      const position = { detectedAtMs: key.detected_at, id: key.id };
      const isKnown = key.id === after?.id;
      after = position;
      if (isKnown) continue;
      const passes = plan.lookUp === null || plan.lookUp.has(key.source_id ?? '') || key.id === choice.named;
      if (!passes) continue;
      if (ids.length === request.limit) return { ids, next: last, isScanCut: false };
      ids.push(key.id);
      last = position;
    }
    if (keys.length < chunk) break;
    scanned += plan.lookUp === null ? 0 : keys.length;
  }
  return { ids, next: null, isScanCut: false };
}
