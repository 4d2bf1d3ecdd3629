import type { ReadTx, SqlValue } from '../control/control-store.ts';
import { RISKS } from '../rules/alert-rule.ts';
import { present } from '../shared/assert.ts';
import type { LogpointId } from '../shared/ids.ts';
import { INCIDENT_STATUSES, INCIDENT_TYPES } from './incident.ts';
import type { IncidentFilter } from './incident-filter.ts';
import { DEFAULT_KEY_LIMITS, type Plan, planBranches } from './incident-keys.ts';
import { loadPlainSources } from './list-incidents.ts';
import { matchingSources, type SourceChoice } from './matching-sources.ts';

/** Incidents of each risk and status (or source, or assignee) that facets and bars count; newer ones first. */
export const COUNTED_PER_BRANCH_MAX = 25_000;
const BRANCHES_PER_STATEMENT = 200;
/** Sources that get a stretch of an index each; with more of them the logpoint is read. */
const SOURCE_BRANCHES_MAX = 200;
/** Values of one facet, most frequent first. */
export const FACET_VALUES_MAX = 50;

type Group = {
  readonly source_id: string;
  readonly status: number;
  readonly assigned_to: string;
  readonly n: number;
};

type Counted<R> = { readonly rows: readonly R[]; readonly choice: SourceChoice; readonly isCut: boolean };

/** Groups of the incidents that the filter leaves. What no index decides is decided here, by source. */
async function grouped<R extends { readonly n: number; readonly source_id: string }>(
  tx: ReadTx,
  logpointId: LogpointId,
  filter: IncidentFilter,
  columns: string,
  perBranchMax: number | null,
  extra: readonly SqlValue[] = [],
): Promise<Counted<R>> {
  const choice = await matchingSources(tx, logpointId, filter);
  const request = { logpointId, filter, after: null, limit: 1 };
  // Named ones would be counted twice when their source is in, too.
  const onlyBySource = { ...choice, named: new Set<string>() };
  const limits = { ...DEFAULT_KEY_LIMITS, sourceBranchesMax: SOURCE_BRANCHES_MAX, updatedSortMax: 0 };
  const plan = await planBranches(tx, request, onlyBySource, limits);
  const rows: R[] = [];
  for (let start = 0; start < plan.branches.length; start += BRANCHES_PER_STATEMENT) {
    const part = { ...plan, branches: plan.branches.slice(start, start + BRANCHES_PER_STATEMENT) };
    rows.push(...(await runGroups<R>(tx, part, filter, columns, perBranchMax, extra)));
  }
  const { look } = plan;
  const sources = look?.sources ?? null;
  const left = sources === null ? rows : rows.filter((row) => sources.has(row.source_id));
  return { rows: left, choice, isCut: perBranchMax !== null && hasFullBranch(rows, perBranchMax) };
}

function hasFullBranch(rows: readonly { readonly n: number; readonly branch_no?: number }[], max: number): boolean {
  const sums = new Map<number, number>();
  for (const { branch_no: branch = 0, n } of rows) sums.set(branch, (sums.get(branch) ?? 0) + n);
  return [...sums.values()].some((sum) => sum >= max);
}

async function runGroups<R extends object>(
  tx: ReadTx,
  plan: Plan,
  filter: IncidentFilter,
  columns: string,
  perBranchMax: number | null,
  extra: readonly SqlValue[],
): Promise<R[]> {
  if (plan.branches.length === 0) return [];
  const params: SqlValue[] = [...extra];
  const selects = plan.branches.map((branch, place) => {
    const isByEntity = branch.isByEntity === true;
    const at = isByEntity ? 'at_ms' : 'detected_at';
    const times = timesOf(isByEntity, filter);
    const conditions = [...branch.conditions, ...times];
    params.push(...conditions.flatMap((condition) => condition.params));
    if (perBranchMax !== null) params.push(perBranchMax);
    const tables = isByEntity ? ENTITY_TABLES : 'incidents';
    const order = perBranchMax === null ? '' : `order by ${at} desc limit ?`;
    return `select * from (select ${isByEntity ? 'distinct ' : ''}incidents.id, ${place} as branch_no, source_id, status, risk, assigned_to, detected_at
      from ${tables} where ${conditions.map(({ sql }) => sql).join(' and ')} ${order}) as branch`;
  });
  const names = columns.split(', ').map((column) => column.split(' as ').at(-1));
  return tx.all<R>(
    `select ${columns}, branch_no, count(*) as n from (${selects.join(' union all ')}) as found
      group by ${names.join(', ')}, branch_no`,
    params,
  );
}

/** How many incidents the filter leaves, exactly. */
export async function countIncidents(tx: ReadTx, logpointId: LogpointId, filter: IncidentFilter): Promise<number> {
  const hasSources = (await matchingSources(tx, logpointId, filter)).sources !== null;
  if (!hasSources) return countStretches(tx, logpointId, filter);
  const { rows, choice } = await grouped<{ n: number; source_id: string }>(tx, logpointId, filter, 'source_id', null);
  const counted = rows.reduce((sum, row) => sum + row.n, 0);
  return counted + (await namedBeside(tx, logpointId, filter, choice));
}

/** Where no source decides, each stretch is counted in its index. */
async function countStretches(tx: ReadTx, logpointId: LogpointId, filter: IncidentFilter): Promise<number> {
  const request = { logpointId, filter, after: null, limit: 1 };
  const limits = { ...DEFAULT_KEY_LIMITS, updatedSortMax: 0 };
  const plan = await planBranches(tx, request, { sources: null, named: new Set() }, limits);
  let total = 0;
  for (const branch of plan.branches) {
    const conditions = [...branch.conditions, ...timesOf(branch.isByEntity === true, filter)];
    const all = conditions.map(({ sql }) => sql).join(' and ');
    const params = conditions.flatMap((condition) => condition.params);
    const tables = branch.isByEntity === true ? ENTITY_TABLES : 'incidents';
    const what = branch.isByEntity === true ? 'distinct incidents.id' : '*';
    const row = await tx.get<{ n: number }>(`select count(${what}) as n from ${tables} where ${all}`, params);
    total += row?.n ?? 0;
  }
  return total;
}

const ENTITY_TABLES = 'incident_entities cross join incidents on incidents.id = incident_id';

function timesOf(isByEntity: boolean, filter: IncidentFilter) {
  const at = isByEntity ? 'at_ms' : 'detected_at';
  return [
    ...(filter.detectedFromMs === undefined ? [] : [{ sql: `${at} >= ?`, params: [filter.detectedFromMs] }]),
    ...(filter.detectedToMs === undefined ? [] : [{ sql: `${at} <= ?`, params: [filter.detectedToMs] }]),
    ...(filter.updatedFromMs === undefined ? [] : [{ sql: '+updated_at >= ?', params: [filter.updatedFromMs] }]),
  ];
}

/** Incidents that the filter names and whose source it does not leave. */
async function namedBeside(
  tx: ReadTx,
  logpointId: LogpointId,
  filter: IncidentFilter,
  choice: SourceChoice,
): Promise<number> {
  if (choice.named.size === 0) return 0;
  const beside = { ...filter, text: undefined, name: undefined };
  const plan = await planBranches(
    tx,
    { logpointId, filter: beside, after: null, limit: 1 },
    { sources: new Set(), named: choice.named },
    { ...DEFAULT_KEY_LIMITS, updatedSortMax: 0 },
  );
  const rows = await runGroups<Group>(tx, plan, filter, 'source_id, status, assigned_to', null, []);
  const sources = choice.sources ?? new Set<string>();
  return rows.filter((row) => !sources.has(row.source_id)).reduce((sum, row) => sum + row.n, 0);
}

export type FacetValue = { readonly value: string; readonly count: number };
export type Facets = {
  readonly status: Readonly<Record<string, number>>;
  readonly risk: Readonly<Record<string, number>>;
  readonly type: Readonly<Record<string, number>>;
  readonly assigned_to: readonly FacetValue[];
  /** `value` is the rule's object id. */
  readonly rule: readonly (FacetValue & { readonly name: string })[];
  readonly attack_tag: readonly FacetValue[];
  readonly log_source: readonly FacetValue[];
  readonly total: number;
  /** True when only the newest incidents of each stretch were counted. */
  readonly isCut: boolean;
};

/** How the incidents that the filter leaves are spread. @throws AppError as `matchingSources` */
export async function incidentFacets(tx: ReadTx, logpointId: LogpointId, filter: IncidentFilter): Promise<Facets> {
  const columns = 'source_id, status, assigned_to';
  const { rows, isCut } = await grouped<Group>(tx, logpointId, filter, columns, COUNTED_PER_BRANCH_MAX);
  const sources = await loadPlainSources(tx, rows);
  const tally = new Tally();
  let total = 0;
  for (const row of rows) {
    const source = present(sources.get(row.source_id), 'incident source');
    total += row.n;
    tally.add('status', present(INCIDENT_STATUSES[row.status], 'incident status'), row.n);
    tally.add('risk', source.risk, row.n);
    tally.add('type', source.type, row.n);
    tally.add('assigned_to', row.assigned_to, row.n);
    tally.add('rule', source.ruleId, row.n);
    tally.names.set(source.ruleId, source.name);
    for (const tag of source.attackTags) tally.add('attack_tag', tag, row.n);
    for (const name of source.logSource) tally.add('log_source', name, row.n);
  }
  return {
    status: tally.all('status', INCIDENT_STATUSES),
    risk: tally.all('risk', RISKS),
    type: tally.all('type', INCIDENT_TYPES),
    assigned_to: tally.top('assigned_to'),
    rule: tally.top('rule').map((entry) => ({ ...entry, name: tally.names.get(entry.value) ?? '' })),
    attack_tag: tally.top('attack_tag'),
    log_source: tally.top('log_source'),
    total,
    isCut,
  };
}

class Tally {
  readonly #counts = new Map<string, Map<string, number>>();
  readonly names = new Map<string, string>();

  add(facet: string, value: string, n: number): void {
    const counts = this.#counts.get(facet) ?? new Map<string, number>();
    this.#counts.set(facet, counts);
    counts.set(value, (counts.get(value) ?? 0) + n);
  }

  all(facet: string, known: readonly string[]): Record<string, number> {
    return Object.fromEntries(known.map((value) => [value, this.#counts.get(facet)?.get(value) ?? 0]));
  }

  top(facet: string): FacetValue[] {
    return [...(this.#counts.get(facet) ?? [])]
      .map(([value, count]) => ({ value, count }))
      .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
      .slice(0, FACET_VALUES_MAX);
  }
}

export type Histogram = {
  /** Epoch seconds, `[from, to)`. */
  readonly from: number;
  readonly to: number;
  readonly step_s: number;
  /** `at` = beginning; counts by risk. Buckets without an incident are there, too. */
  readonly buckets: readonly ({ readonly at: number } & Readonly<Record<string, number>>)[];
  readonly isCut: boolean;
};

const DAY_SECONDS = 86_400;
const STEPS_SECONDS = [1, 5, 10, 30, 60, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, DAY_SECONDS, 7 * DAY_SECONDS];

/** Incidents over the time of their detection, the range of the filter or else the last 24 hours. */
export async function incidentHistogram(
  tx: ReadTx,
  logpointId: LogpointId,
  filter: IncidentFilter,
  bucketsMax: number,
): Promise<Histogram> {
  const askedTo = Math.floor((filter.detectedToMs ?? tx.nowMs) / 1000) + 1;
  const askedFrom =
    filter.detectedFromMs === undefined ? askedTo - DAY_SECONDS : Math.floor(filter.detectedFromMs / 1000);
  const span = Math.max(1, askedTo - askedFrom);
  const step =
    STEPS_SECONDS.find((s) => span / s <= bucketsMax) ?? Math.ceil(span / bucketsMax / DAY_SECONDS) * DAY_SECONDS;
  const from = Math.floor(askedFrom / step) * step;
  const within = { ...filter, detectedFromMs: askedFrom * 1000, detectedToMs: askedTo * 1000 - 1 };
  const { rows, isCut } = await grouped<{ source_id: string; risk: number; bucket: number; n: number }>(
    tx,
    logpointId,
    within,
    'source_id, risk, (detected_at - ?) / ? as bucket',
    COUNTED_PER_BRANCH_MAX,
    [from * 1000, step * 1000],
  );
  const count = Math.ceil((askedTo - from) / step);
  const buckets = Array.from({ length: count }, (_, place) => ({
    at: from + place * step,
    ...Object.fromEntries(RISKS.map((risk) => [risk, 0])),
  })) as { at: number; [risk: string]: number }[];
  for (const { risk, bucket, n } of rows) {
    const slot = buckets[bucket];
    const name = RISKS[risk];
    if (slot !== undefined && name !== undefined) slot[name] = (slot[name] ?? 0) + n;
  }
  return { from, to: from + count * step, step_s: step, buckets, isCut };
}
