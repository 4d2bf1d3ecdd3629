import type { LogEvent } from '../events/event.ts';
import { eventAccess } from './access.ts';
import type { EventRow } from './evaluate-chart.ts';
import { closureOf } from './evaluate-condition.ts';
import { joinStreams } from './join-streams.ts';
import type { Plan, StreamsPlan } from './plan.ts';
import { noProviders, type QueryProviders } from './query-providers.ts';
import type { ResultRow } from './result-row.ts';
import { provide } from './run-provider.ts';
import { newestFirst, type Rows, StepRun, type Written } from './run-steps.ts';

/** The whole answer to a plan in memory. */
export type Evaluated = {
  readonly rows: readonly ResultRow[];
  /** What `toList` and `toTable` ask to be kept. */
  readonly written: readonly Written[];
  /** A limit of a step after the store has left something out. */
  readonly isCut: boolean;
};

/**
 * The answer to a plan over events in memory: the definition of what a query means, against which every store is
 * tested. Events come newest first, groups as the plan orders them. For plans that ask no provider.
 */
export function evaluate(plan: Plan, events: readonly LogEvent[]): ResultRow[] {
  const run = new StepRun(plan.constants);
  let rows = found(plan, events, run);
  for (const step of plan.steps) rows = run.over(step, rows);
  return [...rows.rows];
}

/** As `evaluate`, for every plan, with what it asks to be written. */
export function evaluateAll(
  plan: Plan,
  events: readonly LogEvent[],
  providers: QueryProviders = noProviders,
  signal?: AbortSignal,
): Promise<Evaluated> {
  const run = new StepRun(plan.constants);
  return runSteps(run, plan.steps, found(plan, events, run), providers, signal);
}

/** Runs steps over the rows so far. @throws the signal's reason between two steps */
export async function runSteps(
  run: StepRun,
  steps: Plan['steps'],
  start: Rows,
  providers: QueryProviders,
  signal?: AbortSignal,
): Promise<Evaluated> {
  let rows = start;
  for (const step of steps) {
    signal?.throwIfAborted();
    rows = step.kind === 'provide' ? await provide(run, step, rows, providers, signal) : run.over(step, rows);
  }
  return { rows: rows.rows, written: run.written, isCut: run.isCut };
}

function found(plan: Plan, events: readonly LogEvent[], run: StepRun): Rows {
  if (plan.streams !== null) return foundInStreams(plan, plan.streams, events, run);
  const holds = closureOf(plan.filter, eventAccess);
  const kept = events.filter((event) => holds(run.view.of(event))).sort(newestFirst);
  return { kind: 'events', rows: kept.map((event) => ({ kind: 'event', event })) };
}

function foundInStreams(plan: Plan, streams: StreamsPlan, events: readonly LogEvent[], run: StepRun): Rows {
  const rowsOf = (stream: Plan): EventRow[] =>
    evaluate(stream, events).filter((row): row is EventRow => row.kind === 'event');
  const joined = joinStreams(streams, rowsOf(streams.left.plan), rowsOf(streams.right.plan), plan.constants);
  if (joined.isCut) run.isCut = true;
  return run.over({ kind: 'where', condition: plan.filter }, { kind: 'events', rows: joined.rows });
}
