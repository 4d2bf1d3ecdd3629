import type { ReadTx, SqlValue } from '../control/control-store.ts';
import { ENTITY_KINDS } from '../events/entity.ts';
import { RISKS } from '../rules/alert-rule.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import { DISPOSITIONS, INCIDENT_STATUSES } from './incident.ts';
import { type IncidentFilter, SLA_SOON_MS } from './incident-filter.ts';
import { matchingSources, type SourceChoice } from './matching-sources.ts';

// A page is a merge of branches. Each branch is one stretch of one index, newest first, so it costs what it gives; the
// driver decides which index: a few recently updated incidents, the sources that the filter leaves, the assignees, or
// the logpoint's risks. What no index of the branch decides is checked row by row.

/** SQLite allows 500 terms in a compound select. */
const BRANCHES_PER_STATEMENT = 200;
/** Rows of one look at the branches. */
const CHUNK_ROWS_MAX = 1_000;
/** So few sources are a stretch each, whatever else is asked; with more of them other indexes come first. */
const FEW_SOURCES = 20;

export type KeyLimits = {
  /** More sources than this are not worth a branch each: the logpoint is read and each row's source is looked up. */
  readonly sourceBranchesMax: number;
  /** With more sources than this it is tried first whether the newest incidents of the logpoint fill the page … */
  readonly sourcesProbedMin: number;
  /** … looking at so many of them. */
  readonly probeRowsMax: number;
  /** As many recently updated incidents may be sorted instead of walking an index in the order of the answer. */
  readonly updatedSortMax: number;
  /** Rows that one call looks at when no index decides which belong to the answer. */
  readonly scanRowsMax: number;
  /** Of these so many at first, then twice as many each time. */
  readonly chunkRowsMin: number;
};

export const DEFAULT_KEY_LIMITS: KeyLimits = {
  sourceBranchesMax: 1_000,
  sourcesProbedMin: BRANCHES_PER_STATEMENT,
  probeRowsMax: 2_000,
  updatedSortMax: 20_000,
  scanRowsMax: 200_000,
  chunkRowsMin: 250,
};

/** Place in the order of the answer: newest first, then by id. */
export type Position = { readonly detectedAtMs: number; readonly id: ObjectId };

export type KeyRequest = {
  readonly logpointId: LogpointId;
  readonly filter: IncidentFilter;
  /** Only incidents behind this place. */
  readonly after: Position | null;
  readonly limit: number;
  readonly limits?: KeyLimits | undefined;
};

export type KeyPage = {
  readonly ids: readonly ObjectId[];
  /** Where the next page starts; null when there is nothing behind this one. */
  readonly next: Position | null;
  /** True when `scanRowsMax` cut the search and not `limit`. */
  readonly isScanCut: boolean;
};

type Key = {
  readonly id: string;
  readonly detected_at: number;
  /** Only for plans that look at each key. */
  readonly source_id?: string;
  readonly updated_at?: number;
};
export type Condition = { readonly sql: string; readonly params: readonly SqlValue[] };
/** One stretch of one index. */
export type Branch = {
  readonly conditions: readonly Condition[];
  /** Incidents of an entity, newest first, are a stretch of the entities' index. */
  readonly isByEntity?: true;
};

const where = (sql: string, ...params: SqlValue[]): Condition => ({ sql, params });

const anyOf = (column: string, values: readonly SqlValue[]): Condition =>
  where(`${column} in (${values.map(() => '?').join(', ')})`, ...values);

const statusesOf = (filter: IncidentFilter): number[] =>
  [...new Set(filter.status ?? INCIDENT_STATUSES)].map((status) => INCIDENT_STATUSES.indexOf(status));
const risksOf = (filter: IncidentFilter): number[] =>
  [...new Set(filter.risk ?? RISKS)].map((risk) => RISKS.indexOf(risk));

/** Conditions on times, which every branch has. */
function timeConditions(branch: Branch, filter: IncidentFilter, after: Position | null): Condition[] {
  const [at, id] = keyColumns(branch);
  const conditions: Condition[] = [];
  if (filter.detectedFromMs !== undefined) conditions.push(where(`${at} >= ?`, filter.detectedFromMs));
  if (filter.detectedToMs !== undefined) conditions.push(where(`${at} <= ?`, filter.detectedToMs));
  if (after !== null) conditions.push(where(`(${at}, ${id}) < (?, ?)`, after.detectedAtMs, after.id));
  return conditions;
}

const keyColumns = ({ isByEntity }: Branch): readonly [string, string] =>
  isByEntity === true ? ['at_ms', 'incident_id'] : ['detected_at', 'id'];

// A plus or an empty text beside a column keeps the planner from choosing that column's index over the branch's own.
const residual = {
  status: (filter: IncidentFilter): Condition[] =>
    filter.status === undefined ? [] : [anyOf('+status', statusesOf(filter))],
  risk: (filter: IncidentFilter): Condition[] => (filter.risk === undefined ? [] : [anyOf('+risk', risksOf(filter))]),
  assignee: (filter: IncidentFilter): Condition[] =>
    filter.assignedTo === undefined ? [] : [anyOf("(assigned_to || '')", filter.assignedTo)],
  entities: (filter: IncidentFilter, logpointId: LogpointId): Condition[] =>
    (filter.entities ?? []).map((entity) => {
      const { sql, params } = entityCondition(logpointId, entity);
      return where(
        `exists (select 1 from incident_entities other where other.incident_id = incidents.id and ${sql})`,
        ...params,
      );
    }),
  disposition: ({ disposition }: IncidentFilter): Condition[] => {
    if (disposition === undefined) return [];
    const values = disposition.filter((value) => value !== null).map((value) => DISPOSITIONS.indexOf(value));
    const set = anyOf('+disposition', values);
    if (!disposition.includes(null)) return [set];
    return [where(`(+disposition is null or ${values.length === 0 ? '0 = 1' : set.sql})`, ...set.params)];
  },
  sla: ({ sla }: IncidentFilter, nowMs: number): Condition[] => {
    if (sla === undefined) return [];
    return [sla === 'breached' ? where('+breaches > 0') : where('+sla_at <= ?', nowMs + SLA_SOON_MS)];
  },
  merged: ({ isMerged }: IncidentFilter): Condition[] =>
    isMerged === undefined ? [] : [where(`+merged_into is ${isMerged ? 'not ' : ''}null`)],
};

function entityCondition(
  logpointId: LogpointId,
  { kind, value }: { readonly kind?: (typeof ENTITY_KINDS)[number] | undefined; readonly value: string },
): Condition {
  const ofValue = where('scope_id = ? and value = ?', logpointId, value);
  if (kind === undefined) return ofValue;
  return where(`${ofValue.sql} and kind = ?`, ...ofValue.params, ENTITY_KINDS.indexOf(kind));
}

async function hasFewUpdates(tx: ReadTx, { logpointId, filter }: KeyRequest, countMax: number): Promise<boolean> {
  if (filter.updatedFromMs === undefined) return false;
  const rows = await tx.all('select 1 as one from incidents where logpoint_id = ? and updated_at >= ? limit ?', [
    logpointId,
    filter.updatedFromMs,
    countMax + 1,
  ]);
  return rows.length <= countMax;
}

export type Plan = {
  readonly branches: readonly Branch[];
  /** What no branch decides and is looked at key by key, in chunks, so that a rare answer cannot make one statement long. */
  readonly look: { readonly sources: ReadonlySet<string> | null; readonly updatedFromMs: number } | null;
};

/** A stretch of an index that few incidents are in, by the filter that asks for them; null when none does. */
function rareStretch({ logpointId, filter }: KeyRequest, nowMs: number): Branch[] | null {
  const inLogpoint = where('logpoint_id = ?', logpointId);
  const entity = filter.entities?.[0];
  if (entity !== undefined) return [{ isByEntity: true, conditions: [entityCondition(logpointId, entity)] }];
  if (filter.disposition !== undefined && !filter.disposition.includes(null)) {
    return [...new Set(filter.disposition)].map((value) => ({
      conditions: [inLogpoint, where('disposition = ?', value === null ? null : DISPOSITIONS.indexOf(value))],
    }));
  }
  if (filter.sla === 'breached') return [{ conditions: [inLogpoint, where('breaches > 0')] }];
  if (filter.sla === 'soon') return [{ conditions: [inLogpoint, where('sla_at <= ?', nowMs + SLA_SOON_MS)] }];
  if (filter.isMerged === true)
    return [{ conditions: [where('+logpoint_id = ?', logpointId), where('merged_into > ?', '')] }];
  return null;
}

export async function planBranches(
  tx: ReadTx,
  request: KeyRequest,
  choice: SourceChoice,
  limits: KeyLimits,
): Promise<Plan> {
  const { logpointId, filter } = request;
  const { status, risk, assignee } = residual;
  const { updatedFromMs } = filter;
  const lookAt = (sources: ReadonlySet<string> | null, fromMs = updatedFromMs): Plan['look'] =>
    sources === null && fromMs === undefined ? null : { sources, updatedFromMs: fromMs ?? 0 };
  const inLogpoint = where('logpoint_id = ?', logpointId);
  const others = [
    ...residual.entities(filter, logpointId),
    ...residual.disposition(filter),
    ...residual.sla(filter, tx.nowMs),
    ...residual.merged(filter),
  ];
  const branch = (...conditions: Condition[]): Branch => ({ conditions: [...conditions, ...others] });
  const each = (column: string, values: readonly SqlValue[], shared: readonly Condition[]) =>
    values.flatMap((value) =>
      statusesOf(filter).map((s) => branch(...shared, where(`${column} = ?`, value), where('status = ?', s))),
    );
  const named =
    choice.named.size === 0
      ? []
      : [branch(anyOf('id', [...choice.named]), ...status(filter), ...risk(filter), ...assignee(filter))];
  const rare = rareStretch(request, tx.nowMs);
  if (rare !== null) {
    const more = [...status(filter), ...risk(filter), ...assignee(filter), ...others];
    const branches = rare.map(({ conditions, ...kind }) => ({ ...kind, conditions: [...conditions, ...more] }));
    return { branches, look: lookAt(choice.sources) };
  }
  const hasFewSources = choice.sources !== null && choice.sources.size <= FEW_SOURCES;
  if (!hasFewSources && (await hasFewUpdates(tx, request, limits.updatedSortMax))) {
    const since = where('updated_at >= ?', updatedFromMs ?? 0);
    const updated = branch(inLogpoint, since, ...status(filter), ...risk(filter), ...assignee(filter));
    return { branches: [updated, ...named], look: choice.sources === null ? null : lookAt(choice.sources) };
  }
  const isByAssignee = filter.assignedTo !== undefined && !hasFewSources;
  if (choice.sources !== null && choice.sources.size <= limits.sourceBranchesMax && !isByAssignee) {
    const shared = [...status(filter), ...assignee(filter)];
    const branches = [...choice.sources].map((source) => branch(where('source_id = ?', source), ...shared));
    return { branches: [...branches, ...named], look: lookAt(null) };
  }
  if (filter.assignedTo !== undefined) {
    const shared = [inLogpoint, ...risk(filter)];
    const users = [...new Set(filter.assignedTo)];
    return { branches: [...each('assigned_to', users, shared), ...named], look: lookAt(choice.sources) };
  }
  return { branches: [...each('risk', risksOf(filter), [inLogpoint]), ...named], look: lookAt(choice.sources) };
}

function passes(look: Plan['look'], key: Key, named: ReadonlySet<ObjectId>): boolean {
  if (look === null) return true;
  if (look.updatedFromMs > 0 && (key.updated_at ?? 0) < look.updatedFromMs) return false;
  return look.sources === null || look.sources.has(key.source_id ?? '') || named.has(key.id);
}

const ENTITY_TABLES = 'incident_entities cross join incidents on incidents.id = incident_id';

async function runBranches(
  tx: ReadTx,
  plan: Plan,
  request: KeyRequest,
  after: Position | null,
  limit: number,
): Promise<readonly Key[]> {
  const order = 'order by detected_at desc, id desc limit ?';
  // The index of a branch holds these columns, so that what is thrown away is never read from the table.
  const since = plan.look !== null && plan.look.updatedFromMs > 0 ? ', updated_at' : '';
  const columns = `id, detected_at${plan.look === null || plan.look.sources === null ? '' : ', source_id'}${since}`;
  const found: Key[] = [];
  for (let start = 0; start < plan.branches.length; start += BRANCHES_PER_STATEMENT) {
    const params: SqlValue[] = [];
    const selects = plan.branches.slice(start, start + BRANCHES_PER_STATEMENT).map((branch) => {
      const conditions = [...branch.conditions, ...timeConditions(branch, request.filter, after)];
      params.push(...conditions.flatMap((condition) => condition.params), limit);
      const all = conditions.map((condition) => condition.sql).join(' and ');
      const tables = branch.isByEntity === true ? ENTITY_TABLES : 'incidents';
      const [at, id] = keyColumns(branch);
      return `select * from (select ${columns} from ${tables} where ${all} order by ${at} desc, ${id} desc limit ?) as branch`;
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
  const limits = request.limits ?? DEFAULT_KEY_LIMITS;
  const sources = choice.sources?.size ?? 0;
  if (sources > limits.sourcesProbedMin && sources <= limits.sourceBranchesMax) {
    const probe = await planBranches(tx, request, choice, { ...limits, sourceBranchesMax: 0 });
    const page = await walk(tx, request, choice, probe, { ...limits, scanRowsMax: limits.probeRowsMax });
    if (!page.isScanCut) return page;
  }
  const plan = await planBranches(tx, request, choice, limits);
  return walk(tx, request, choice, plan, limits);
}

async function walk(
  tx: ReadTx,
  request: KeyRequest,
  choice: SourceChoice,
  plan: Plan,
  limits: KeyLimits,
): Promise<KeyPage> {
  const ids: ObjectId[] = [];
  let after = request.after;
  let last = request.after;
  let chunkMax = plan.look === null ? CHUNK_ROWS_MAX : limits.chunkRowsMin;
  for (let scanned = 0; plan.branches.length > 0; chunkMax = Math.min(2 * chunkMax, CHUNK_ROWS_MAX)) {
    if (scanned >= limits.scanRowsMax) return { ids, next: after, isScanCut: true };
    const wanted = request.limit - ids.length + 1;
    const chunk = plan.look === null ? Math.min(wanted, chunkMax) : chunkMax;
    const keys = await runBranches(tx, plan, request, after, chunk);
    for (const key of keys) {
      const position = { detectedAtMs: key.detected_at, id: key.id };
      const isKnown = key.id === after?.id;
      after = position;
      if (isKnown) continue;
      if (!passes(plan.look, key, choice.named)) continue;
      if (ids.length === request.limit) return { ids, next: last, isScanCut: false };
      ids.push(key.id);
      last = position;
    }
    if (keys.length < chunk) break;
    scanned += plan.look === null ? 0 : keys.length;
  }
  return { ids, next: null, isScanCut: false };
}
