import type { ReadTx, Tx } from '../control/control-store.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { AlertRule } from './alert-rule.ts';
import { alignDown, type EvaluationWindow, MINUTE_MS } from './plan-run.ts';
import { CounterTally } from './rule-stats.ts';
import { getRule, RULE_COLUMNS, type RuleRow, toRule } from './rule-store.ts';

/** How far the windows of a rule are evaluated. */
export type Schedule = {
  readonly toMs: number;
  /** Events before it have fired already and count no more (flush_on_trigger); 0 = none. */
  readonly flushedToMs: number;
  /** Failed searches of the pending window, one after the other. */
  readonly failures: number;
  /** Not tried again before. */
  readonly retryAtMs: number;
  readonly lastError: string | null;
};

export const ERROR_CHARS_MAX = 1_000;
const RETRY_MS_MIN = 10_000;
const RETRY_MS_MAX = 600_000;

type ScheduleRow = {
  to_ms: number;
  flushed_to_ms: number;
  failures: number;
  retry_at_ms: number;
  last_error: string | null;
};

const toSchedule = (row: ScheduleRow): Schedule => ({
  toMs: row.to_ms,
  flushedToMs: row.flushed_to_ms,
  failures: row.failures,
  retryAtMs: row.retry_at_ms,
  lastError: row.last_error,
});

export async function getSchedule(tx: ReadTx, ruleId: ObjectId): Promise<Schedule | null> {
  const row = await tx.get<ScheduleRow>(
    'select to_ms, flushed_to_ms, failures, retry_at_ms, last_error from rule_schedule where rule_id = ?',
    [ruleId],
  );
  return row === undefined ? null : toSchedule(row);
}

/** When the next window of the rule may be looked at, without the time for which all rules let events settle. */
const dueMs = (rule: Paced, toMs: number): number => toMs + (rule.intervalMinutes + rule.delayMinutes) * MINUTE_MS;

type Paced = Pick<AlertRule, 'id' | 'intervalMinutes' | 'delayMinutes'>;

export async function saveSchedule(tx: Tx, rule: Paced, schedule: Schedule): Promise<void> {
  const { toMs, flushedToMs, failures, retryAtMs, lastError } = schedule;
  await tx.run(
    `insert into rule_schedule (rule_id, to_ms, flushed_to_ms, failures, retry_at_ms, last_error, due_ms)
     values (?, ?, ?, ?, ?, ?, ?)
     on conflict (rule_id) do update
       set to_ms = excluded.to_ms, flushed_to_ms = excluded.flushed_to_ms, failures = excluded.failures,
           retry_at_ms = excluded.retry_at_ms, last_error = excluded.last_error, due_ms = excluded.due_ms`,
    [rule.id, toMs, flushedToMs, failures, retryAtMs, lastError, dueMs(rule, toMs)],
  );
}

/**
 * Lets the rule's windows begin now: the first ends with the interval that runs. Time before it, and time in which
 * the rule was switched off, is not a gap.
 */
export async function beginSchedule(tx: Tx, rule: AlertRule): Promise<void> {
  const toMs = alignDown(tx.nowMs, rule.intervalMinutes * MINUTE_MS);
  await saveSchedule(tx, rule, { toMs, flushedToMs: 0, failures: 0, retryAtMs: 0, lastError: null });
}

/**
 * Goes on after an edit: from the last evaluated window, so that windows that still settle are not passed over, with
 * ends that are multiples of the interval as it is now.
 */
export async function continueSchedule(tx: Tx, rule: AlertRule, isOtherQuery: boolean): Promise<void> {
  const before = await getSchedule(tx, rule.id);
  if (before === null) return beginSchedule(tx, rule);
  const toMs = alignDown(Math.min(before.toMs, tx.nowMs), rule.intervalMinutes * MINUTE_MS);
  const flushedToMs = isOtherQuery ? 0 : before.flushedToMs;
  await saveSchedule(tx, rule, { toMs, flushedToMs, failures: 0, retryAtMs: 0, lastError: null });
}

/** Stops the windows of a rule. Those that ended while it ran and were not evaluated yet become a gap. */
export async function endSchedule(tx: Tx, rule: AlertRule): Promise<void> {
  const before = await getSchedule(tx, rule.id);
  if (before === null) return;
  const endMs = alignDown(tx.nowMs, rule.intervalMinutes * MINUTE_MS);
  if (endMs > before.toMs) await recordGap(tx, rule.id, { fromMs: before.toMs, toMs: endMs }, GAP_SWITCHED_OFF);
  await tx.run('delete from rule_schedule where rule_id = ?', [rule.id]);
}

export const GAP_TOO_OLD = 'more windows were due than are caught up';
export const GAP_SWITCHED_OFF = 'the rule was switched off or changed before these windows were evaluated';

/** Of a rule over several events. */
export const GAP_UNDECIDED = 'the rule was switched off before the events of this time were decided about';
export const GAP_EDITED = 'the rule was edited: what it had counted until then satisfied another rule';

export async function recordGap(tx: Tx, ruleId: ObjectId, gap: EvaluationWindow, reason: string): Promise<void> {
  await tx.run(
    `insert into rule_gaps (rule_id, from_ms, to_ms, reason, recorded_at_ms) values (?, ?, ?, ?, ?)
     on conflict (rule_id, from_ms) do update set to_ms = excluded.to_ms, reason = excluded.reason`,
    [ruleId, gap.fromMs, gap.toMs, reason, tx.nowMs],
  );
}

export type ScheduledRule = { readonly rule: AlertRule; readonly schedule: Schedule };

/** Rules that are read at a time: those that have waited longest. */
export const DUE_RULES_MAX = 500;

export type DueRules = {
  /** Longest waiting first. */
  readonly rules: readonly ScheduledRule[];
  /** Since when the oldest window is due, also when it waits for its next try; null when none is. */
  readonly sinceMs: number | null;
};

/**
 * Active scheduled rules with a window that ended, delay included, at `settledMs` or before. Read once a second: rules
 * that are not due cost nothing, however many they are.
 */
export async function listDueRules(tx: ReadTx, settledMs: number): Promise<DueRules> {
  const columns = RULE_COLUMNS.split(', ').map((name) => `r.${name}`);
  const rows = await tx.all<RuleRow & ScheduleRow>(
    `select ${columns.join(', ')}, w.to_ms, w.flushed_to_ms, w.failures, w.retry_at_ms, w.last_error
       from rule_schedule w join alert_rules r on r.id = w.rule_id
      where w.due_ms <= ? and w.retry_at_ms <= ? and r.mode || '' = 'schedule' and r.active = 1
      order by w.due_ms, w.rule_id limit ?`,
    [settledMs, tx.nowMs, DUE_RULES_MAX],
  );
  const oldest = await tx.get<{ due_ms: number }>(
    'select due_ms from rule_schedule where due_ms <= ? order by due_ms limit 1',
    [settledMs],
  );
  return {
    rules: rows.map((row) => ({ rule: toRule(row), schedule: toSchedule(row) })),
    sinceMs: oldest?.due_ms ?? null,
  };
}

export type WindowFailure = {
  readonly logpointId: LogpointId;
  readonly ruleId: ObjectId;
  readonly ruleVersion: number;
  readonly message: string;
};

/** Counts a failed search and says when the window is tried again: after 10 s, doubling up to 10 minutes. */
export async function recordWindowFailure(tx: Tx, failure: WindowFailure): Promise<void> {
  const rule = await getRule(tx, failure.logpointId, failure.ruleId);
  const schedule = rule === null ? null : await getSchedule(tx, rule.id);
  if (rule === null || schedule === null || rule.version !== failure.ruleVersion) return;
  const waitMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(schedule.failures, 16));
  const tally = new CounterTally();
  tally.add('failures');
  await tally.save(tx, rule.id);
  await saveSchedule(tx, rule, {
    ...schedule,
    failures: schedule.failures + 1,
    retryAtMs: tx.nowMs + waitMs,
    lastError: failure.message.slice(0, ERROR_CHARS_MAX),
  });
}
