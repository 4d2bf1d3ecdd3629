import type { ReadTx, Tx } from '../control/control-store.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { AlertRule } from './alert-rule.ts';
import { alignDown, type EvaluationWindow, MINUTE_MS } from './plan-run.ts';
import { CounterTally } from './rule-stats.ts';
import { getRule, listRunningRules } from './rule-store.ts';

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

export async function getSchedule(tx: ReadTx, ruleId: ObjectId): Promise<Schedule | null> {
  const row = await tx.get<ScheduleRow>(
    'select to_ms, flushed_to_ms, failures, retry_at_ms, last_error from rule_schedule where rule_id = ?',
    [ruleId],
  );
  if (row === undefined) return null;
  return {
    toMs: row.to_ms,
    flushedToMs: row.flushed_to_ms,
    failures: row.failures,
    retryAtMs: row.retry_at_ms,
    lastError: row.last_error,
  };
}

export async function saveSchedule(tx: Tx, ruleId: ObjectId, schedule: Schedule): Promise<void> {
  const { toMs, flushedToMs, failures, retryAtMs, lastError } = schedule;
  await tx.run(
    `insert into rule_schedule (rule_id, to_ms, flushed_to_ms, failures, retry_at_ms, last_error)
     values (?, ?, ?, ?, ?, ?)
     on conflict (rule_id) do update
       set to_ms = excluded.to_ms, flushed_to_ms = excluded.flushed_to_ms, failures = excluded.failures,
           retry_at_ms = excluded.retry_at_ms, last_error = excluded.last_error`,
    [ruleId, toMs, flushedToMs, failures, retryAtMs, lastError],
  );
}

/**
 * Lets the rule's windows begin now: the first ends with the interval that runs. Time before it, and time in which
 * the rule was switched off, is not a gap.
 */
export async function beginSchedule(tx: Tx, rule: AlertRule): Promise<void> {
  const toMs = alignDown(tx.nowMs, rule.intervalMinutes * MINUTE_MS);
  await saveSchedule(tx, rule.id, { toMs, flushedToMs: 0, failures: 0, retryAtMs: 0, lastError: null });
}

export async function endSchedule(tx: Tx, ruleId: ObjectId): Promise<void> {
  await tx.run('delete from rule_schedule where rule_id = ?', [ruleId]);
}

export async function recordGap(tx: Tx, ruleId: ObjectId, gap: EvaluationWindow, reason: string): Promise<void> {
  await tx.run(
    `insert into rule_gaps (rule_id, from_ms, to_ms, reason, recorded_at_ms) values (?, ?, ?, ?, ?)
     on conflict (rule_id, from_ms) do update set to_ms = excluded.to_ms, reason = excluded.reason`,
    [ruleId, gap.fromMs, gap.toMs, reason, tx.nowMs],
  );
}

export type ScheduledRule = { readonly rule: AlertRule; readonly schedule: Schedule };

/** Every active scheduled rule with how far it is. */
export async function listScheduledRules(tx: ReadTx): Promise<ScheduledRule[]> {
  const found: ScheduledRule[] = [];
  for (const rule of await listRunningRules(tx, 'schedule')) {
    const schedule = await getSchedule(tx, rule.id);
    if (schedule !== null) found.push({ rule, schedule });
  }
  return found;
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
  await saveSchedule(tx, rule.id, {
    ...schedule,
    failures: schedule.failures + 1,
    retryAtMs: tx.nowMs + waitMs,
    lastError: failure.message.slice(0, ERROR_CHARS_MAX),
  });
}
