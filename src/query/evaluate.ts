import type { LogEvent } from '../events/event.ts';
import { eventAccess } from './access.ts';
import { closureOf } from './evaluate-condition.ts';
import { joinStreams } from './join-streams.ts';
import type { Plan, StreamsPlan } from './plan.ts';
import { noProviders, type QueryProviders } from './query-providers.ts';
import type { ResultRow } from './result-row.ts';
import { provide } from './run-provider.ts';
import { newestFirst, type Rows, StepRun, type Written } from './run-steps.ts';
import { tableEvents } from './table-rows.ts';

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

/** As `evaluate`, for every plan, with what it asks to be written. `membersMax`: see `StepRun`. */
export async function evaluateAll(
  plan: Plan,
  events: readonly LogEvent[],
  providers: QueryProviders = noProviders,
  signal?: AbortSignal,
  membersMax = 0,
): Promise<Evaluated> {
  const run = new StepRun(plan.constants, membersMax);
  if (plan.streams === null) return runSteps(run, plan.steps, found(plan, events, run), providers, signal);
  const answers: (readonly ResultRow[])[] = [];
  for (const stream of plan.streams.streams) {
    const answer = await evaluateAll(stream.plan, events, providers, signal);
    answers.push(answer.rows);
    run.written.push(...answer.written);
    if (answer.isCut) run.isCut = true;
  }
  const joined = joinedRows(plan, plan.streams, answers, run);
  return runSteps(run, plan.steps, joined, providers, signal);
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
  if (plan.streams !== null) {
    const answers = plan.streams.streams.map((stream) => evaluate(stream.plan, events));
    return joinedRows(plan, plan.streams, answers, run);
  }
  if (plan.table?.rows.isCut === true) run.isCut = true;
  const holds = closureOf(plan.filter, eventAccess);
  const kept = (plan.table === null ? events : tableEvents(plan.table.rows))
    .filter((event) => holds(run.view.of(event)))
    .sort(newestFirst);
  return { kind: 'events', rows: kept.map((event) => ({ kind: 'event', event })) };
}

/** Streams are joined, and what the whole query asks of the rows is asked. */
export function joinedRows(
  plan: Plan,
  streams: StreamsPlan,
  answers: readonly (readonly ResultRow[])[],
  run: StepRun,
): Rows {
  const joined = joinStreams(streams, answers, plan.constants);
  if (joined.isCut) run.isCut = true;
  return run.over({ kind: 'where', condition: plan.filter }, { kind: 'events', rows: joined.rows });
}
