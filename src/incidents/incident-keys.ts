import type { ReadTx, SqlValue } from '../control/control-store.ts';
import { ENTITY_KINDS } from '../events/entity.ts';
import { RISKS } from '../rules/alert-rule.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import { DISPOSITIONS, INCIDENT_STATUSES } from './incident.ts';
import { type IncidentFilter, SLA_SOON_MS } from './incident-filter.ts';
import type { SourceChoice } from './matching-sources.ts';

// A page is a merge of branches. Each branch is one stretch of one index, newest first, so it costs what it gives; the
// driver decides which index: a few recently updated incidents, the sources that the filter leaves, the assignees, or
// the logpoint's risks. What no index of the branch decides is checked row by row.

/** So few sources are a stretch each, whatever else is asked; with more of them other indexes come first. */
const FEW_SOURCES = 20;
/** So many of the newest incidents are looked at before that many sources become a stretch each. */
const SOURCES_PROBED = 64;

export type KeyLimits = {
  /** More sources than this are not worth a branch each: the logpoint is read and each row's source is looked up. */
  readonly sourceBranchesMax: number;
  /** With more sources than this it is tried first whether the newest incidents of the logpoint fill the page … */
  readonly sourcesProbedMin: number;
  /** … looking at so many of them. */
  readonly probeRowsMax: number;
  /** As many recently updated incidents may be sorted instead of walking an index in the order of the answer. */
  readonly updatedSortMax: number;
  /** So many incidents of a disposition, breached, merged, … are looked at first; 0: none. */
  readonly rareRowsMax: number;
  /** Rows that one call looks at when no index decides which belong to the answer. */
  readonly scanRowsMax: number;
  /** As many incidents of one entity are a set in which the incidents of as many sources are looked up. */
  readonly entitySetMax: number;
  /** As many incidents of an entity, or of the sources beside it, are looked at one by one. */
  readonly entityRowsMin: number;
  /** As many clocks that run out soon are looked at first, whatever else is asked. */
  readonly soonRowsMax: number;
  /** So many incidents are tried against a name before all names are. */
  readonly namesTriedMax: number;
  /** Of these so many at first, then twice as many each time. */
  readonly chunkRowsMin: number;
};

export const DEFAULT_KEY_LIMITS: KeyLimits = {
  sourceBranchesMax: 1_000,
  sourcesProbedMin: SOURCES_PROBED,
  probeRowsMax: 20_000,
  updatedSortMax: 20_000,
  rareRowsMax: 5_000,
  scanRowsMax: 200_000,
  entitySetMax: 20_000,
  entityRowsMin: 500,
  soonRowsMax: 2_000,
  namesTriedMax: 500,
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

export type Condition = { readonly sql: string; readonly params: readonly SqlValue[] };
/** One stretch of one index. */
export type Branch = {
  /** What the index decides. */
  readonly stretch: readonly Condition[];
  /** The same and what is checked row by row. */
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

/** Conditions on times, which every branch has. `until` = the last place that is asked for. */
export function timeConditions(
  branch: Branch,
  filter: IncidentFilter,
  after: Position | null,
  until: Position | null,
): Condition[] {
  const [at, id] = keyColumns(branch);
  const conditions: Condition[] = [];
  if (filter.detectedFromMs !== undefined) conditions.push(where(`${at} >= ?`, filter.detectedFromMs));
  if (filter.detectedToMs !== undefined) conditions.push(where(`${at} <= ?`, filter.detectedToMs));
  if (after !== null) conditions.push(where(`(${at}, ${id}) < (?, ?)`, after.detectedAtMs, after.id));
  if (until !== null) conditions.push(where(`(${at}, ${id}) >= (?, ?)`, until.detectedAtMs, until.id));
  return conditions;
}

export const keyColumns = ({ isByEntity }: Branch): readonly [string, string] =>
  isByEntity === true ? ['at_ms', 'incident_id'] : ['detected_at', 'id'];

// A plus or an empty text beside a column keeps the planner from choosing that column's index over the branch's own.
const residual = {
  status: (filter: IncidentFilter): Condition[] =>
    filter.status === undefined ? [] : [anyOf('+status', statusesOf(filter))],
  risk: (filter: IncidentFilter): Condition[] => (filter.risk === undefined ? [] : [anyOf('+risk', risksOf(filter))]),
  assignee: (filter: IncidentFilter): Condition[] =>
    filter.assignedTo === undefined ? [] : [anyOf("(assigned_to || '')", filter.assignedTo)],
  entities: (filter: IncidentFilter, logpointId: LogpointId, isSet: boolean): Condition[] =>
    (filter.entities ?? []).map((entity, place) => {
      const { sql, params } = entityCondition(logpointId, entity);
      if (isSet && place === 0)
        return where(`+id in (select incident_id from incident_entities where ${sql})`, ...params);
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

/** How many rows the condition leaves, counted no further than `max + 1`. */
async function countUpTo(tx: ReadTx, table: string, { sql, params }: Condition, max: number): Promise<number> {
  const found = await tx.get<{ n: number }>(
    `select count(*) as n from (select 1 from ${table} where ${sql} limit ?) as counted`,
    [...params, max + 1],
  );
  return found?.n ?? 0;
}

async function hasFewUpdates(tx: ReadTx, { logpointId, filter }: KeyRequest, countMax: number): Promise<boolean> {
  if (filter.updatedFromMs === undefined) return false;
  const updated = where('logpoint_id = ? and updated_at >= ?', logpointId, filter.updatedFromMs);
  return (await countUpTo(tx, 'incidents', updated, countMax)) <= countMax;
}

const soonStretch = (logpointId: LogpointId, nowMs: number): Condition =>
  where('logpoint_id = ? and sla_at <= ?', logpointId, nowMs + SLA_SOON_MS);

async function hasFewSoon(tx: ReadTx, { logpointId, filter }: KeyRequest, countMax: number): Promise<boolean> {
  if (filter.sla !== 'soon' || countMax === 0) return false;
  return (await countUpTo(tx, 'incidents', soonStretch(logpointId, tx.nowMs), countMax)) <= countMax;
}

/** What the first entity of a filter does beside few sources; its incidents joined one by one are what costs. */
type EntityPart = 'drives' | 'is looked up' | 'is a set';

/**
 * An entity of many incidents beside few sources: a source's incidents are entries of one index, and are looked up among
 * the entity's. When both are too many to be counted the entity drives.
 */
async function entityPart(
  tx: ReadTx,
  { logpointId, filter }: KeyRequest,
  sources: ReadonlySet<string>,
  { entitySetMax, entityRowsMin }: KeyLimits,
): Promise<EntityPart> {
  const [entity] = filter.entities ?? [];
  if (entity === undefined || sources.size === 0) return 'drives';
  const ofEntity = await countUpTo(tx, 'incident_entities', entityCondition(logpointId, entity), entitySetMax);
  if (ofEntity <= entityRowsMin) return 'drives';
  const ofSources = await countUpTo(tx, 'incidents', anyOf('source_id', [...sources]), entitySetMax);
  if (ofSources <= entityRowsMin) return 'is looked up';
  return ofSources <= entitySetMax && ofEntity <= entitySetMax ? 'is a set' : 'drives';
}

export type Plan = {
  readonly branches: readonly Branch[];
  /** What no branch decides and is looked at key by key, in chunks, so that a rare answer cannot make one statement long. */
  readonly look: { readonly sources: ReadonlySet<string> | null; readonly updatedFromMs: number } | null;
  /** The branches together are short: one statement tests all of their rows. */
  readonly isShort?: true;
  /** The branches are those of `rareRowsTried`. */
  readonly isTrial?: true;
};

type Stretch = Pick<Branch, 'stretch' | 'isByEntity'>;

/** Stretches of the index that most likely holds fewest incidents, by the filters that ask for it; null when none does. */
function rareStretches({ logpointId, filter }: KeyRequest, nowMs: number): Stretch[] | null {
  const inLogpoint = where('logpoint_id = ?', logpointId);
  const entity = filter.entities?.[0];
  if (entity !== undefined) return [{ isByEntity: true, stretch: [entityCondition(logpointId, entity)] }];
  if (filter.sla === 'soon') return [{ stretch: [soonStretch(logpointId, nowMs)] }];
  if (filter.isMerged === true) return [{ stretch: [inLogpoint, where('merged_into is not null')] }];
  if (filter.sla === 'breached') return [{ stretch: [inLogpoint, where('breaches > 0')] }];
  if (filter.disposition !== undefined && !filter.disposition.includes(null)) {
    const values = [...new Set(filter.disposition)].filter((value) => value !== null);
    return values.map((value) => ({ stretch: [inLogpoint, where('disposition = ?', DISPOSITIONS.indexOf(value))] }));
  }
  return null;
}

/**
 * How many rows of such a stretch, of which nobody knows how many it holds, are worth a look before the other filters;
 * 0: it drives in any case, or never. Those of an entity are rows of another table and cost more.
 */
export function rareRowsTried({ filter }: KeyRequest, { sources }: SourceChoice, { rareRowsMax }: KeyLimits): number {
  const hasFewSources = sources !== null && sources.size <= FEW_SOURCES;
  if (filter.entities !== undefined) return hasFewSources ? Math.ceil(rareRowsMax / 5) : 0;
  const asks = filter.sla !== undefined || filter.isMerged === true || filter.disposition?.includes(null) === false;
  return asks && !hasFewSources ? rareRowsMax : 0;
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
  const hasFewSources = choice.sources !== null && choice.sources.size <= FEW_SOURCES;
  const isByClock = await hasFewSoon(tx, request, limits.soonRowsMax);
  const entity = hasFewSources && !isByClock ? await entityPart(tx, request, choice.sources, limits) : 'drives';
  const others = [
    ...residual.entities(filter, logpointId, entity === 'is a set'),
    ...residual.disposition(filter),
    ...residual.sla(filter, tx.nowMs),
    ...residual.merged(filter),
  ];
  const branch = (stretch: readonly Condition[], ...checked: Condition[]): Branch => ({
    stretch,
    conditions: [...stretch, ...checked, ...others],
  });
  const each = (column: string, values: readonly SqlValue[], checked: readonly Condition[]) =>
    values.flatMap((value) =>
      statusesOf(filter).map((s) =>
        branch([inLogpoint, where(`${column} = ?`, value), where('status = ?', s)], ...checked),
      ),
    );
  const rest = [...status(filter), ...risk(filter), ...assignee(filter)];
  const named = choice.named.size === 0 ? [] : [branch([anyOf('id', [...choice.named])], ...rest)];
  if (isByClock) {
    const soon = branch([soonStretch(logpointId, tx.nowMs)], ...rest);
    return { branches: [soon], look: lookAt(choice.sources), isShort: true };
  }
  if (entity !== 'drives') {
    const ofSources = branch([anyOf('source_id', [...(choice.sources ?? [])])], ...status(filter), ...assignee(filter));
    return { branches: [ofSources, ...named], look: lookAt(null), isShort: true };
  }
  const isByEntity = filter.entities !== undefined;
  const rare = rareStretches(request, tx.nowMs);
  if (rare !== null && (hasFewSources ? isByEntity && limits.rareRowsMax > 0 : isByEntity || limits.rareRowsMax > 0)) {
    const branches = rare.map(({ stretch, ...kind }) => ({ ...kind, ...branch(stretch, ...rest) }));
    return { branches, look: lookAt(choice.sources), isTrial: true };
  }
  if (!hasFewSources && (await hasFewUpdates(tx, request, limits.updatedSortMax))) {
    const since = where('updated_at >= ?', updatedFromMs ?? 0);
    const updated = branch([inLogpoint, since], ...rest);
    const look = choice.sources === null ? null : lookAt(choice.sources);
    return { branches: [updated, ...named], look, isShort: true };
  }
  const isByAssignee = filter.assignedTo !== undefined && !hasFewSources;
  if (choice.sources !== null && choice.sources.size <= limits.sourceBranchesMax && !isByAssignee) {
    const shared = [...status(filter), ...assignee(filter)];
    const branches = [...choice.sources].map((source) => branch([where('source_id = ?', source)], ...shared));
    return { branches: [...branches, ...named], look: lookAt(null) };
  }
  if (filter.assignedTo !== undefined) {
    const users = [...new Set(filter.assignedTo)];
    return { branches: [...each('assigned_to', users, risk(filter)), ...named], look: lookAt(choice.sources) };
  }
  return { branches: [...each('risk', risksOf(filter), []), ...named], look: lookAt(choice.sources) };
}
