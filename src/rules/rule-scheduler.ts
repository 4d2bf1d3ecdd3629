import type { Command, ControlStore } from '../control/control-store.ts';
import type { Clock } from '../shared/clock.ts';
import type { ObjectId } from '../shared/ids.ts';
import type { AlertRule } from './alert-rule.ts';
import type { AppliedWindow, WindowOutcome } from './apply-window.ts';
import { type EvaluationWindow, MINUTE_MS, planRun } from './plan-run.ts';
import { rulesDue, ruleWindowFailed } from './registry.ts';
import type { HealthReport } from './rule-health.ts';
import type { ScheduledRule } from './schedule-store.ts';
import { Slots } from './slots.ts';
import type { WindowRows } from './window-rows.ts';

export type SchedulerSettings = {
  /** How long after its end a window is evaluated, so that late events are in it. */
  readonly settleMs: number;
  /** Due windows that are caught up; older ones become a gap of the rule. */
  readonly catchUpWindowsMax: number;
  /** Searches at a time. */
  readonly searchesMax: number;
  readonly searchTimeoutMs: number;
};

export const SCHEDULER_DEFAULTS: SchedulerSettings = {
  settleMs: 120_000,
  catchUpWindowsMax: 240,
  searchesMax: 4,
  searchTimeoutMs: 60_000,
};

/** Windows of one rule evaluated in one tick, so that a rule that catches up leaves room for the others. */
const WINDOWS_PER_TICK_MAX = 30;

/** The rows of the rule's query over `[fromMs, toMs)`. Rejects when it cannot tell. */
export type WindowSearch = (
  rule: AlertRule,
  window: EvaluationWindow,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
) => Promise<WindowRows>;

export type SchedulerParts = {
  readonly store: ControlStore;
  readonly applyWindow: Command<WindowOutcome, AppliedWindow>;
  readonly search: WindowSearch;
  readonly clock: Clock;
  readonly settings: SchedulerSettings;
  /** A tick as a whole failed, say because the control store was closed; single searches count as failures instead. */
  readonly onError: (error: unknown) => void;
  /** A rule that fails again and again, or passed over windows. */
  readonly onTrouble?: ((report: HealthReport) => Promise<unknown>) | undefined;
};

/** Failed searches of one window, one after the other, from which on an incident tells of them. */
export const FAILURES_TOLD_FROM = 3;

export type SchedulerStatus = {
  /** Since the start of the process. */
  readonly windows: number;
  readonly failures: number;
  readonly windowsSkipped: number;
  /** Age of the oldest window that was due at the last tick, ms; 0 when none was. */
  readonly lagMs: number;
  readonly running: number;
};

/**
 * Evaluates the windows of scheduled rules when they have settled: oldest first within a rule, rules side by side.
 *
 * It holds no state that matters: how far a rule is stands in the control store and moves in the transaction of the
 * incidents. A failed search leaves the window where it is and is tried again later.
 */
export class RuleScheduler {
  readonly #parts: SchedulerParts;
  readonly #slots: Slots;
  /** Rules that are evaluated or wait for a slot. */
  readonly #running = new Set<ObjectId>();
  readonly #stop = new AbortController();
  readonly #counts = { windows: 0, failures: 0, windowsSkipped: 0, lagMs: 0 };
  #timer: NodeJS.Timeout | null = null;
  #ticks = new Set<Promise<void>>();

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
    this.#slots = new Slots(parts.settings.searchesMax);
  }

  status(): SchedulerStatus {
    return { ...this.#counts, running: this.#running.size };
  }

  /** Ticks every `everyMs`. A tick that still runs does not hold up the next; a rule is never evaluated twice at once. */
  start(everyMs: number): void {
    this.#timer ??= setInterval(() => {
      const tick = this.tick().catch(this.#parts.onError);
      this.#ticks.add(tick);
      tick.finally(() => this.#ticks.delete(tick));
    }, everyMs);
  }

  /** Cancels searches and waits until nothing of this scheduler runs. */
  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#stop.abort();
    await Promise.all(this.#ticks);
  }

  /** Evaluates what is due now; resolves when that is done. */
  async tick(): Promise<void> {
    const due = await this.#dueRules();
    for (const { rule } of due) this.#running.add(rule.id);
    await Promise.all(due.map((entry) => this.#slots.run(() => this.#runRule(entry))));
  }

  async #dueRules(): Promise<readonly ScheduledRule[]> {
    const { store, clock, settings } = this.#parts;
    const nowMs = clock();
    const settledMs = nowMs - settings.settleMs;
    const { rules, sinceMs } = await store.read(rulesDue, settledMs);
    this.#counts.lagMs = sinceMs === null ? 0 : settledMs - sinceMs;
    return rules.filter(({ rule }) => !this.#running.has(rule.id));
  }

  #lagOf(rule: AlertRule): number {
    return this.#parts.settings.settleMs + rule.delayMinutes * MINUTE_MS;
  }

  #plan({ rule, schedule }: ScheduledRule, nowMs: number) {
    return planRun({
      lastToMs: schedule.toMs,
      nowMs,
      rangeMs: rule.rangeMinutes * MINUTE_MS,
      intervalMs: rule.intervalMinutes * MINUTE_MS,
      lagMs: this.#lagOf(rule),
      windowsMax: this.#parts.settings.catchUpWindowsMax,
    });
  }

  async #runRule(entry: ScheduledRule): Promise<void> {
    const { rule } = entry;
    try {
      const { windows, gap } = this.#plan(entry, this.#parts.clock());
      let { flushedToMs } = entry.schedule;
      for (const [i, window] of windows.slice(0, WINDOWS_PER_TICK_MAX).entries()) {
        if (this.#stop.signal.aborted) return;
        const applied = await this.#runWindow(rule, window, i === 0 ? gap : null, flushedToMs, entry.schedule.failures);
        if (applied === null) return;
        flushedToMs = applied.flushedToMs;
      }
    } finally {
      this.#running.delete(rule.id);
    }
  }

  /** Null when the rule's later windows have to wait: the search failed, or the rule has changed. */
  async #runWindow(
    rule: AlertRule,
    window: EvaluationWindow,
    gap: EvaluationWindow | null,
    flushedToMs: number,
    failuresBefore: number,
  ): Promise<{ readonly flushedToMs: number } | null> {
    const { store, applyWindow, settings } = this.#parts;
    const { id: ruleId, logpointId, version: ruleVersion } = rule;
    let found: WindowRows;
    try {
      found = await this.#search(rule, { fromMs: Math.max(window.fromMs, flushedToMs), toMs: window.toMs }, settings);
    } catch (error) {
      // Stopping is not the search's fault: the window simply stays due.
      if (this.#stop.signal.aborted) return null;
      this.#counts.failures += 1;
      const message = error instanceof Error ? error.message : String(error);
      await store.write(ruleWindowFailed, { logpointId, ruleId, ruleVersion, message });
      if (failuresBefore + 1 === FAILURES_TOLD_FROM) {
        const told = `the search of its window failed ${FAILURES_TOLD_FROM} times: ${message.slice(0, 500)}`;
        await this.#parts.onTrouble?.({ logpointId, ruleId, kind: 'failing', message: told });
      }
      return null;
    }
    const outcome: WindowOutcome = { logpointId, ruleId, ruleVersion, window, gap, ...found };
    const applied = await store.write(applyWindow, outcome);
    if (!applied.isApplied) return null;
    this.#counts.windows += 1;
    if (gap !== null) {
      const skipped = (gap.toMs - gap.fromMs) / (rule.intervalMinutes * MINUTE_MS);
      this.#counts.windowsSkipped += skipped;
      const message = `${skipped} windows were too old to be caught up, from ${new Date(gap.fromMs).toISOString()} on`;
      await this.#parts.onTrouble?.({ logpointId, ruleId, kind: 'gap', message });
    }
    return { flushedToMs: applied.flushedToMs };
  }

  async #search(rule: AlertRule, window: EvaluationWindow, settings: SchedulerSettings): Promise<WindowRows> {
    // Everything in the window has fired already.
    if (window.fromMs >= window.toMs) return { rowsCount: 0, isCut: false, groups: [] };
    const timeout = AbortSignal.timeout(settings.searchTimeoutMs);
    const signal = AbortSignal.any([this.#stop.signal, timeout]);
    return this.#parts.search(rule, window, { timeoutMs: settings.searchTimeoutMs, signal });
  }
}
