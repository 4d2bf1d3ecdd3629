import type { EventStore } from '../events/event-store.ts';
import type { Plan } from './plan.ts';
import type { ResultRow } from './result-row.ts';
import { type QueryRun, runPlan } from './run-plan.ts';
import type { Written } from './run-steps.ts';
import { splitPlan } from './split-plan.ts';

/** Rows as they are found. `searchedFromMs`: from there to the end of the range everything has been looked at. */
export type RowSlice = {
  readonly rows: readonly ResultRow[];
  readonly searchedFromMs: number;
  /** What `toList` and `toTable` ask to be kept. */
  readonly written: readonly Written[];
  /** As of `runPlan`. */
  readonly isCut: boolean;
};

/** The first slice is so small a part of the range; each next is twice as long. */
const FIRST_PART = 64;
const SLICE_MS_MIN = 60_000;

/**
 * A plan's rows, the first ones early: plain searches go back in time slice by slice, newest first, until `limit`.
 * What needs all events before its first row (charts, other orders, steps after the store) comes as one slice.
 * `timeoutMs` is for all slices together. @throws as `runPlan`
 */
export async function* runInSlices(events: EventStore, plan: Plan, run: QueryRun): AsyncGenerator<RowSlice> {
  const untilMs = performance.now() + run.timeoutMs;
  if (!comesNewestFirst(plan)) {
    const { rows, written, isCut } = await runPlan(events, plan, run);
    yield { rows, written, isCut, searchedFromMs: run.fromMs };
    return;
  }
  let sliceMs = Math.max(SLICE_MS_MIN, Math.ceil((run.toMs - run.fromMs) / FIRST_PART));
  let left = run.limit;
  for (let toMs = run.toMs; toMs > run.fromMs && left > 0; sliceMs *= 2) {
    run.signal?.throwIfAborted();
    const fromMs = Math.max(run.fromMs, toMs - sliceMs);
    const timeoutMs = Math.max(1, Math.ceil(untilMs - performance.now()));
    const { rows, isCut } = await runPlan(events, plan, {
      ...run,
      fromMs,
      toMs,
      limit: left,
      rowsMax: left,
      timeoutMs,
    });
    left -= rows.length;
    toMs = fromMs;
    yield { rows, written: [], isCut, searchedFromMs: fromMs };
  }
}

/** Rows are events in the order of time, each decided by itself. */
const comesNewestFirst = (plan: Plan): boolean =>
  plan.type === 'simple' &&
  plan.streams === null &&
  plan.table === null &&
  splitPlan(plan).rest.length === 0 &&
  plan.steps.every(({ kind }) => kind === 'where');
