import type { ReadTx } from '../control/control-store.ts';
import type { LogpointId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';

export const METRICS_BY = ['rule', 'assignee', 'logpoint'] as const;
export type MetricsBy = (typeof METRICS_BY)[number];

/** Newest incidents of the range that one answer counts. */
export const METRICS_INCIDENTS_MAX = 200_000;
/** Rules or assignees of one answer, those with most incidents. */
export const METRICS_GROUPS_MAX = 1_000;
const MONTH_MS = 30 * 86_400_000;

export type MetricsRequest = {
  readonly logpointId: LogpointId;
  /** Of the detection, Unix ms, `[fromMs, toMs)`; the last 30 days when left out. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly by: MetricsBy;
};

type GroupRow = {
  readonly key: string;
  readonly name: string;
  readonly incidents: number;
  readonly open: number;
  readonly acknowledged: number;
  readonly acknowledge_ms: number | null;
  readonly resolved: number;
  readonly resolve_ms: number | null;
  readonly breached: number;
  readonly true_positive: number;
  readonly false_positive: number;
  readonly benign: number;
};

/** Of what is gone the name is empty. */
const named = (table: string, column: string, id: string): string =>
  `coalesce((select n.${column} from ${table} n where n.id = ${id}), '')`;

const GROUP: Record<MetricsBy, { readonly key: string; readonly name: string }> = {
  // What people raised by hand has no rule, and many names.
  rule: { key: 's.rule_id', name: "case when s.rule_id = '' then '' else max(s.name) end" },
  assignee: { key: 'i.assigned_to', name: named('users', 'username', 'i.assigned_to') },
  logpoint: { key: 'i.logpoint_id', name: named('logpoints', 'name', 'i.logpoint_id') },
};

/** Every risk and status by name: the page index then leads to the range of each. */
const EVERY_STRETCH = 'risk in (0, 1, 2, 3) and status in (0, 1, 2)';

const seconds = (ms: number | null): number | null => (ms === null ? null : Math.round(ms) / 1000);

/** How fast incidents were acknowledged and resolved, and how many were false, of each rule, assignee or the logpoint. */
export async function incidentMetrics(tx: ReadTx, request: MetricsRequest): Promise<JsonObject> {
  const toMs = request.toMs ?? tx.nowMs + 1;
  const fromMs = request.fromMs ?? toMs - MONTH_MS;
  const { key, name } = GROUP[request.by];
  // One stretch of the page index for each risk and status, newest first, so that a cut is a cut in time.
  const rows = await tx.all<GroupRow>(
    `select ${key} as key, ${name} as name, count(*) as incidents,
       sum(case when i.status = 0 then 1 else 0 end) as open,
       count(i.acknowledged_at) as acknowledged, avg(i.acknowledged_at - i.detected_at) as acknowledge_ms,
       count(i.resolved_at) as resolved, avg(i.resolved_at - i.detected_at) as resolve_ms,
       sum(case when i.breaches > 0 then 1 else 0 end) as breached,
       sum(case when i.disposition = 0 then 1 else 0 end) as true_positive,
       sum(case when i.disposition = 1 then 1 else 0 end) as false_positive,
       sum(case when i.disposition = 2 then 1 else 0 end) as benign
     from (select * from incidents where logpoint_id = ? and ${EVERY_STRETCH} and detected_at >= ? and detected_at < ?
            order by detected_at desc limit ?) i
     join incident_sources s on s.id = i.source_id
     group by ${key} order by incidents desc limit ?`,
    [request.logpointId, fromMs, toMs, METRICS_INCIDENTS_MAX, METRICS_GROUPS_MAX],
  );
  const counted = rows.reduce((sum, row) => sum + row.incidents, 0);
  return {
    from: fromMs / 1000,
    to: toMs / 1000,
    by: request.by,
    rows: rows.map(metricsRow),
    isCut: counted >= METRICS_INCIDENTS_MAX || rows.length >= METRICS_GROUPS_MAX,
  };
}

function metricsRow(row: GroupRow): JsonObject {
  const judged = row.true_positive + row.false_positive + row.benign;
  return {
    key: row.key,
    name: row.name,
    incidents: row.incidents,
    unresolved: row.open,
    acknowledged: row.acknowledged,
    mtta_s: seconds(row.acknowledge_ms),
    resolved: row.resolved,
    mttr_s: seconds(row.resolve_ms),
    breached: row.breached,
    dispositions: {
      true_positive: row.true_positive,
      false_positive: row.false_positive,
      benign: row.benign,
    },
    false_positive_ratio: judged === 0 ? null : row.false_positive / judged,
  };
}

const DAY_MS = 86_400_000;

/** For the metrics of the server: clocks that run, incidents with one that ran out, and the times of the last day's incidents. */
export async function incidentCounts(tx: ReadTx) {
  const clocks = await tx.get<{ n: number }>('select count(*) as n from incidents where sla_at is not null');
  const breached = await tx.get<{ n: number }>('select count(*) as n from incidents where breaches > 0');
  const day = await tx.get<{ n: number; acknowledge_ms: number | null; resolve_ms: number | null }>(
    `select count(*) as n, avg(acknowledged_at - detected_at) as acknowledge_ms, avg(resolved_at - detected_at) as resolve_ms
       from logpoints l cross join incidents i on i.logpoint_id = l.id and ${EVERY_STRETCH} and detected_at >= ?`,
    [tx.nowMs - DAY_MS],
  );
  return {
    clocksRunning: clocks?.n ?? 0,
    breached: breached?.n ?? 0,
    lastDay: {
      raised: day?.n ?? 0,
      acknowledgeSeconds: seconds(day?.acknowledge_ms ?? null),
      resolveSeconds: seconds(day?.resolve_ms ?? null),
    },
  };
}
