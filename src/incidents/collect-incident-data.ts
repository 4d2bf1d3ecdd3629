import { type RowContext as EventRowContext, rowFromStore, toRow } from '../events/event-row.ts';
import type { EventStore } from '../events/event-store.ts';
import { compileGroupEvents } from '../query/compile-search.ts';
import type { QueryDefinitions } from '../query/definitions.ts';
import type { Plan } from '../query/plan.ts';
import { reposWithin, restrictPlan, type SearchScope } from '../query/restrict-plan.ts';
import { type ResultRow, showRow } from '../query/result-row.ts';
import { type QueryRun, runPlan } from '../query/run-plan.ts';
import { mapInSlices } from '../shared/in-slices.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Incident } from './incident.ts';
import { participantsOf } from './participants.ts';
import { planText } from './run-query.ts';

/** Groups of a chart that are shown, and of those the first that show their events; events of one group. */
export const DATA_GROUPS_MAX = 10_000;
export const DATA_GROUPS_WITH_EVENTS_MAX = 200;
export const DATA_GROUP_EVENTS_MAX = 100;
/** Searches for groups' events at one time. */
const SEARCHES_AT_ONCE = 4;

export type CollectOptions = {
  readonly context: EventRowContext;
  /** Lists and labels as they are now: what a list held when the rule fired is not kept. */
  readonly definitions: QueryDefinitions;
  readonly timeoutMs: number;
  /** `wrapped`: each row holds its events, as the Director shows them. `plain`: an event is the row, as on the node. */
  readonly shape: 'wrapped' | 'plain';
  /** Bytes of the copy, as UTF-8. */
  readonly bytesMax: number;
  readonly signal: AbortSignal;
  /** What the reader may search: of other events nothing is read. Everything when left out. */
  readonly scope?: SearchScope | undefined;
};

export type IncidentData = {
  /** A JSON array: the rows of FetchIncidentData. */
  readonly rowsJson: string;
  /** What was left out and why; null when nothing was. */
  readonly cut: string | null;
};

type GroupRow = Extract<ResultRow, { kind: 'group' }>;

const seconds = (ms: number): number => Math.floor(ms / 1000);

/**
 * Runs the rule's query, as it was when the incident was raised, over the incident's repos and range. A simple query
 * gives a row for each event (the rule's `limit` of them at most, newest first), of the firings that extended the
 * incident too; a chart a row for each group with its newest events, over the range that raised it, because over a
 * longer one its conditions would mean something else. Source: contract/query-language.md, section 4.
 *
 * @throws AppError `QUERY_INVALID`, and as `EventStore.search`
 */
export async function collectIncidentData(
  events: EventStore,
  incident: Incident,
  options: CollectOptions,
): Promise<IncidentData> {
  const { source } = incident;
  const scope = options.scope ?? null;
  const unrestricted = planText(source.query, options.context, options.definitions, {
    nowMs: incident.windowToMs,
    rangeMs: incident.windowToMs - incident.windowFromMs,
  });
  const plan = restrictPlan(participantsOf(unrestricted, incident, options.context, options.definitions), scope);
  const run: QueryRun = {
    logpointId: incident.logpointId,
    repos: reposWithin(scope, source.repos),
    fromMs: plan.type === 'simple' ? incident.eventsFromMs : incident.windowFromMs,
    toMs: plan.type === 'simple' ? incident.eventsToMs : incident.windowToMs,
    // One more than is shown, so that a cut is seen.
    limit: source.limit + 1,
    rowsMax: plan.type === 'simple' ? source.limit : DATA_GROUPS_MAX,
    timeoutMs: options.timeoutMs,
    signal: options.signal,
  };
  const answer = await runPlan(events, plan, run);
  const groups = answer.rows.filter((row) => row.kind === 'group');
  const behind = await groupEvents(events, plan, groups, run, options.context);
  const writer = new RowsWriter(options.bytesMax);
  await mapInSlices(answer.rows, (row, place) => {
    if (!writer.isFull) writer.add(shown(plan, row, behind[place] ?? [], options));
  });
  const notes: string[] = [];
  if (writer.isFull)
    notes.push(`rows after the first ${writer.count} of ${answer.rows.length} exceed ${options.bytesMax} bytes`);
  if (answer.isCut) {
    notes.push(
      plan.type === 'chart' ? `groups after the first ${DATA_GROUPS_MAX}` : `events before the newest ${source.limit}`,
    );
  }
  if (groups.length > DATA_GROUPS_WITH_EVENTS_MAX)
    notes.push(`events of groups after the first ${DATA_GROUPS_WITH_EVENTS_MAX}`);
  if (
    groups.some(
      (group, place) => (behind[place]?.length ?? 0) < group.eventCount && place < DATA_GROUPS_WITH_EVENTS_MAX,
    )
  ) {
    notes.push(`events after the newest ${DATA_GROUP_EVENTS_MAX} of a group`);
  }
  return { rowsJson: writer.finish(), cut: notes.length === 0 ? null : `Left out: ${notes.join('; ')}` };
}

function shown(
  plan: Plan,
  row: ResultRow,
  behind: readonly JsonObject[],
  { context, shape }: CollectOptions,
): JsonObject {
  if (row.kind === 'event') {
    if (shape === 'plain') return showRow(plan, row, context);
    const events = participants(row).map(({ event, stream }) => ({ ...toRow(event, context), _streamID: stream }));
    return { log_ts: seconds(row.event.eventAtMs), _participating_events: events };
  }
  return { log_ts: seconds(row.newestAtMs), ...showRow(plan, row, context), _participating_events: behind };
}

/** The events of a row: one, or of a join those of each stream with the stream's number. */
const participants = ({ event, parts }: Extract<ResultRow, { kind: 'event' }>) =>
  (parts ?? [event]).flatMap((part, stream) => (part === null ? [] : [{ event: part, stream }]));

/** For each of the first groups its newest events; an empty list where a row no longer says which they were. */
async function groupEvents(
  events: EventStore,
  plan: Plan,
  groups: readonly GroupRow[],
  run: QueryRun,
  context: EventRowContext,
): Promise<readonly (readonly JsonObject[])[]> {
  const asked = groups.slice(0, DATA_GROUPS_WITH_EVENTS_MAX);
  const found: (readonly JsonObject[])[] = asked.map(() => []);
  const { logpointId, timeoutMs, signal } = run;
  const next = asked.entries();
  const work = async (): Promise<void> => {
    // The workers share one iterator: each takes the next group that nobody has taken.
    for (const [place, group] of next) {
      const search = compileGroupEvents(plan, group, { ...run, limit: DATA_GROUP_EVENTS_MAX });
      if (search === null) continue;
      const options = { timeoutMs, rowsMax: DATA_GROUP_EVENTS_MAX, signal };
      const answer = await events.search(logpointId, search, options);
      found[place] = answer.rows.map((row) => rowFromStore(row, context));
    }
  };
  await Promise.all(Array.from({ length: SEARCHES_AT_ONCE }, work));
  return found;
}

/** Puts rows together as one JSON array of bounded size. */
class RowsWriter {
  readonly #rows: string[] = [];
  readonly #bytesMax: number;
  #bytes = 2;
  isFull = false;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get count(): number {
    return this.#rows.length;
  }

  /** Sets `isFull`, with nothing added, when the row no longer fits. */
  add(row: JsonObject): void {
    const text = JSON.stringify(row);
    const bytes = Buffer.byteLength(text) + 1;
    if (this.#bytes + bytes > this.#bytesMax) {
      this.isFull = true;
      return;
    }
    this.#bytes += bytes;
    this.#rows.push(text);
  }

  finish(): string {
    return `[${this.#rows.join(',')}]`;
  }
}
