import type { ReadTx, Tx } from '../control/control-store.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import { countOnDay } from './rule-days.ts';

/** What a rule has done since it was made. Nothing that a rule leaves out is missing here. */
export type RuleCounters = {
  /** Matches applied (stream); events that satisfied the search. */
  readonly matches: number;
  /** Times the condition held: matches (stream) or windows (schedule). Each is raised, extended or throttled. */
  readonly hits: number;
  /** Incidents raised. */
  readonly raised: number;
  /** Hits that were added to an incident that was still unresolved. */
  readonly extended: number;
  /** Hits that raised nothing because their throttling value had raised an incident a short while ago. */
  readonly throttled: number;
  /** Matches that arrived while the rule was inactive or no longer a stream rule. */
  readonly ignored: number;
  /** Matches of an older query, repos or throttling field of the rule. */
  readonly outdated: number;
  /** Windows evaluated, and searches that failed and were tried again (schedule). */
  readonly windows: number;
  readonly failures: number;
  /** Windows with more rows than are told apart: the groups beyond are in no incident. */
  readonly cut: number;
  /** Events that satisfied the rule and that an exception took out. */
  readonly suppressed: number;
  /** Firings beyond `RULE_INCIDENTS_PER_MINUTE_MAX`, each one more hit of the last incident instead of one of its own. */
  readonly overflowed: number;
  /** Matches of a stateful rule that came later than is waited for. */
  readonly late: number;
};

export type CounterName = keyof RuleCounters;

const COUNTERS: readonly CounterName[] = [
  'matches',
  'hits',
  'raised',
  'extended',
  'throttled',
  'ignored',
  'outdated',
  'windows',
  'failures',
  'cut',
  'suppressed',
  'overflowed',
  'late',
];

/** Counts what happens to one rule within a transaction; one write at the end. */
export class CounterTally {
  readonly #counts = new Map<CounterName, number>();
  #lastHitAtMs: number | null = null;

  add(name: CounterName, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }

  hitAt(atMs: number): void {
    this.#lastHitAtMs = Math.max(this.#lastHitAtMs ?? atMs, atMs);
  }

  async save(tx: Tx, ruleId: ObjectId): Promise<void> {
    const changed = COUNTERS.filter((name) => (this.#counts.get(name) ?? 0) !== 0);
    if (changed.length === 0) return;
    const sets = changed.map((name) => `${name} = ${name} + ?`);
    const params: (string | number)[] = changed.map((name) => this.#counts.get(name) ?? 0);
    if (this.#lastHitAtMs !== null) {
      sets.push('last_hit_at_ms = case when coalesce(last_hit_at_ms, 0) > ? then last_hit_at_ms else ? end');
      params.push(this.#lastHitAtMs, this.#lastHitAtMs);
    }
    await tx.run(`update rule_stats set ${sets.join(', ')} where rule_id = ?`, [...params, ruleId]);
    const counted = (name: CounterName): number => this.#counts.get(name) ?? 0;
    await countOnDay(tx, ruleId, { hits: counted('hits'), raised: counted('raised') });
  }
}

/** Time that no window of the rule covered, `[fromMs, toMs)`, and why. */
export type RuleGap = { readonly fromMs: number; readonly toMs: number; readonly reason: string };

export type RuleStats = RuleCounters & {
  readonly ruleId: ObjectId;
  readonly lastHitAtMs: number | null;
  /** End of the last window evaluated; null for stream rules and before the first window. */
  readonly evaluatedToMs: number | null;
  /** What the search of the pending window failed with; null when the last one succeeded. */
  readonly lastError: string | null;
  /** The newest gaps, newest first, at most `GAPS_SHOWN_MAX`. */
  readonly gaps: readonly RuleGap[];
};

export const GAPS_SHOWN_MAX = 100;

type StatsRow = Record<CounterName, number> & {
  rule_id: string;
  last_hit_at_ms: number | null;
  to_ms: number | null;
  last_error: string | null;
};

/** Of the logpoint, or of some of its rules: as many as fit a statement. */
export type StatsFilter = { readonly logpointId: LogpointId; readonly ruleIds?: readonly ObjectId[] | undefined };

const chosen = ({ logpointId, ruleIds }: StatsFilter) => ({
  some: ruleIds === undefined ? '' : `and r.id in (${ruleIds.map(() => '?').join(', ')})`,
  params: [logpointId, ...(ruleIds ?? [])],
});

/** Counters, schedule and gaps of the logpoint's rules, or of some of them, by rule id. */
export async function listRuleStats(tx: ReadTx, filter: StatsFilter): Promise<RuleStats[]> {
  const { some, params } = chosen(filter);
  const rows = await tx.all<StatsRow>(
    `select s.rule_id, ${COUNTERS.map((name) => `s.${name}`).join(', ')}, s.last_hit_at_ms, w.to_ms, w.last_error
       from alert_rules r
       join rule_stats s on s.rule_id = r.id
       left join rule_schedule w on w.rule_id = r.id
      where r.logpoint_id = ? ${some}
      order by r.id`,
    params,
  );
  const gaps = await listGaps(tx, filter);
  return rows.map((row) => ({
    ruleId: row.rule_id,
    matches: row.matches,
    hits: row.hits,
    raised: row.raised,
    extended: row.extended,
    throttled: row.throttled,
    ignored: row.ignored,
    outdated: row.outdated,
    windows: row.windows,
    failures: row.failures,
    cut: row.cut,
    suppressed: row.suppressed,
    overflowed: row.overflowed,
    late: row.late,
    lastHitAtMs: row.last_hit_at_ms,
    evaluatedToMs: row.to_ms,
    lastError: row.last_error,
    gaps: gaps.get(row.rule_id) ?? [],
  }));
}

async function listGaps(tx: ReadTx, filter: StatsFilter): Promise<ReadonlyMap<ObjectId, readonly RuleGap[]>> {
  const { some, params } = chosen(filter);
  const rows = await tx.all<{ rule_id: string; from_ms: number; to_ms: number; reason: string }>(
    `select g.rule_id, g.from_ms, g.to_ms, g.reason
       from rule_gaps g join alert_rules r on r.id = g.rule_id
      where r.logpoint_id = ? ${some}
      order by g.rule_id, g.from_ms desc`,
    params,
  );
  const byRule = new Map<ObjectId, RuleGap[]>();
  for (const row of rows) {
    const list = byRule.get(row.rule_id) ?? [];
    if (list.length < GAPS_SHOWN_MAX) list.push({ fromMs: row.from_ms, toMs: row.to_ms, reason: row.reason });
    byRule.set(row.rule_id, list);
  }
  return byRule;
}
