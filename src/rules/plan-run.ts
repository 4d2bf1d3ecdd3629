import { assert } from '../shared/assert.ts';

export type EvaluationWindow = { readonly fromMs: number; readonly toMs: number };

export type RunInput = {
  /** End of the last window evaluated, or where the rule began: a multiple of the interval. */
  readonly lastToMs: number;
  readonly nowMs: number;
  readonly rangeMs: number;
  readonly intervalMs: number;
  /** How long after its end a window is looked at: the settling lag and the rule's own delay together. */
  readonly lagMs: number;
  /** How many due windows are caught up; those before them are given up and become the gap. */
  readonly windowsMax: number;
};

export type Run = {
  /** Oldest first, each `[fromMs, toMs)` and as long as the range; their ends are multiples of the interval. */
  readonly windows: readonly EvaluationWindow[];
  /** The windows given up, as the time that they would have added: one interval each. */
  readonly gap: EvaluationWindow | null;
};

/** Splits what is due into windows to evaluate now and the gap that is too old. Pure; times are Unix ms. */
export function planRun(input: RunInput): Run {
  const { lastToMs, intervalMs, rangeMs, windowsMax } = input;
  assert(intervalMs > 0 && rangeMs >= intervalMs && windowsMax > 0, 'a rule has an interval, a range and a cap');
  const settledMs = input.nowMs - input.lagMs;
  const due = Math.max(0, Math.floor((settledMs - lastToMs) / intervalMs));
  const skipped = Math.max(0, due - windowsMax);
  const startMs = lastToMs + skipped * intervalMs;
  const windows = Array.from({ length: due - skipped }, (_, i) => {
    const toMs = startMs + (i + 1) * intervalMs;
    return { fromMs: toMs - rangeMs, toMs };
  });
  return { windows, gap: skipped > 0 ? { fromMs: lastToMs, toMs: startMs } : null };
}

export const MINUTE_MS = 60_000;

/** The last multiple of the interval: where the windows of a rule begin that starts to run now. */
export const alignDown = (atMs: number, intervalMs: number): number => Math.floor(atMs / intervalMs) * intervalMs;
