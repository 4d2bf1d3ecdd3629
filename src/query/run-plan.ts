import type { EventStore, StoreRow } from '../events/event-store.ts';
import type { LogpointId } from '../shared/ids.ts';
import { mapInSlices } from '../shared/in-slices.ts';
import { compileSearch, type SearchRange } from './compile-search.ts';
import { type Evaluated, evaluateAll, joinedRows, runSteps } from './evaluate.ts';
import { streamEventsMax } from './join-streams.ts';
import type { Plan, StreamsPlan } from './plan.ts';
import { noProviders, type QueryProviders } from './query-providers.ts';
import { readStoreRow } from './read-store-row.ts';
import type { EventRow, GroupRow, ResultRow } from './result-row.ts';
import { type Rows, rowsAfterStoreMax, StepRun } from './run-steps.ts';
import { splitPlan } from './split-plan.ts';

export type QueryRun = SearchRange & {
  readonly logpointId: LogpointId;
  readonly timeoutMs: number;
  /** Rows of any kind; groups are not limited by `limit`. */
  readonly rowsMax: number;
  readonly signal?: AbortSignal | undefined;
  readonly providers?: QueryProviders | undefined;
};

/** Rows that a group keeps which was counted after the store, to say what it was made of. */
export const groupMembersMax = 100;

/**
 * Runs a plan: in the event store as far as that can, then in memory. `isCut` is true when a limit has left out rows, or
 * rows that would have counted. @throws AppError as `EventStore.search`
 */
export async function runPlan(events: EventStore, plan: Plan, run: QueryRun): Promise<Evaluated> {
  const { logpointId, timeoutMs, signal } = run;
  if (plan.streams !== null) return runStreams(events, plan, plan.streams, run);
  if (plan.table !== null) return runTable(plan, run);
  const { store, rest } = splitPlan(plan);
  const isWhole = rest.length === 0;
  // One row more than may come says that there are more.
  const limit = isWhole ? run.limit : rowsAfterStoreMax + 1;
  const rowsMax = isWhole ? run.rowsMax : rowsAfterStoreMax;
  const answer = await events.search(logpointId, compileSearch(store, { ...run, limit }), {
    timeoutMs,
    rowsMax,
    signal,
  });
  const read = (row: StoreRow) => readStoreRow(store, row);
  const rows = await mapInSlices(answer.rows, read);
  if (isWhole) return { rows, written: [], isCut: answer.isCut };
  const steps = new StepRun(plan.constants, groupMembersMax);
  const finished = await runSteps(steps, rest, rowsOf(store, rows), run.providers ?? noProviders, signal);
  const most = Math.min(run.rowsMax, plan.type === 'simple' ? run.limit : run.rowsMax);
  return {
    rows: finished.rows.slice(0, most),
    written: finished.written,
    isCut: answer.isCut || finished.isCut || finished.rows.length > most,
  };
}

/** A table stands in the plan: neither the repos nor the range of the run bear on it. */
async function runTable(plan: Plan, run: QueryRun): Promise<Evaluated> {
  const answer = await evaluateAll(plan, [], run.providers ?? noProviders, run.signal, groupMembersMax);
  const most = plan.type === 'simple' ? Math.min(run.rowsMax, run.limit) : run.rowsMax;
  return { ...answer, rows: answer.rows.slice(0, most), isCut: answer.isCut || answer.rows.length > most };
}

/** Each stream is a search of its own, all within `timeoutMs`; they are joined, and what follows is done, in memory. */
async function runStreams(events: EventStore, plan: Plan, streams: StreamsPlan, run: QueryRun): Promise<Evaluated> {
  const each = { ...run, limit: streamEventsMax, rowsMax: streamEventsMax };
  const steps = new StepRun(plan.constants, groupMembersMax);
  const answers: (readonly ResultRow[])[] = [];
  const untilMs = performance.now() + run.timeoutMs;
  for (const stream of streams.streams) {
    const timeoutMs = Math.max(1, Math.ceil(untilMs - performance.now()));
    const answer = await runPlan(events, stream.plan, { ...each, timeoutMs });
    answers.push(answer.rows);
    steps.written.push(...answer.written);
    if (answer.isCut) steps.isCut = true;
  }
  const start = joinedRows(plan, streams, answers, steps);
  const finished = await runSteps(steps, plan.steps, start, run.providers ?? noProviders, run.signal);
  const most = plan.type === 'simple' ? Math.min(run.rowsMax, run.limit) : run.rowsMax;
  return {
    rows: finished.rows.slice(0, most),
    written: finished.written,
    isCut: finished.isCut || finished.rows.length > most,
  };
}

function rowsOf(store: Plan, rows: Evaluated['rows']): Rows {
  if (store.type === 'simple')
    return { kind: 'events', rows: rows.filter((row): row is EventRow => row.kind === 'event') };
  return { kind: 'groups', rows: rows.filter((row): row is GroupRow => row.kind === 'group') };
}
