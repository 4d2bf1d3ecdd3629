import type { RowContext as EventRowContext } from '../events/event-row.ts';
import type { EventStore } from '../events/event-store.ts';
import { definitionsWithin, type QueryDefinitions } from '../query/definitions.ts';
import type { Plan } from '../query/plan.ts';
import { reposWithin, restrictPlan, type SearchScope } from '../query/restrict-plan.ts';
import { type ResultRow, showRow } from '../query/result-row.ts';
import { type QueryRun, runPlan } from '../query/run-plan.ts';
import { isOwnRow, OWN_ROWS_MAX, type OwnRows } from '../rules/own-rows.ts';
import { rowGroups } from '../rules/window-rows.ts';
import { mapInSlices } from '../shared/in-slices.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Incident } from './incident.ts';
import { narrowToOwn } from './incident-rows.ts';
import { participantsOf } from './participants.ts';
import { DATA_GROUP_EVENTS_MAX, DATA_GROUPS_WITH_EVENTS_MAX, participatingEvents } from './participating-events.ts';
import { planText } from './run-query.ts';

/** Groups of a chart that are shown. */
export const DATA_GROUPS_MAX = 10_000;

export type CollectOptions = {
  readonly context: EventRowContext;
  /** Lists and labels as they are now: what a list held when the rule fired is not kept. */
  readonly definitions: QueryDefinitions;
  /** Rows that the incident is about; all when null. */
  readonly ownRows: OwnRows | null;
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
  /** False when events that the server had received could not be found in time: asked again, there may be more. */
  readonly isFresh: boolean;
};

/** What an answer adds to the rows when they may not be all there is; empty when they are. */
export type DataNotes = { readonly is_fresh?: false; readonly message?: string };

const STALE = 'Events that were received and cannot be searched yet may be missing; ask again';

export function notesOf({ cut, isFresh }: IncidentData): DataNotes {
  const message = [...(cut === null ? [] : [cut]), ...(isFresh ? [] : [STALE])].join('. ');
  return { ...(isFresh ? {} : { is_fresh: false }), ...(message === '' ? {} : { message }) };
}

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
  const unrestricted = planText(source.query, options.context, definitionsWithin(scope, options.definitions), {
    nowMs: incident.windowToMs,
    rangeMs: incident.windowToMs - incident.windowFromMs,
  });
  const { ownRows } = options;
  const ofGroup = participantsOf(unrestricted, incident, options.context, options.definitions);
  const plan = restrictPlan(ownRows === null ? ofGroup : narrowToOwn(ofGroup, ownRows), scope);
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
  // Rules see an event some moments before a search does: who follows an incident at once is to find what raised it.
  const isFresh = (await events.caughtUp?.(options.signal)) ?? true;
  const answer = await runPlan(events, plan, run);
  const groupOf = rowGroups(plan, ownRows?.field ?? null);
  const rows = ownRows === null ? answer.rows : answer.rows.filter((row) => isOwnRow(ownRows, groupOf(row)));
  const isWrapped = options.shape === 'wrapped' || plan.type === 'chart';
  const behind = isWrapped ? await participatingEvents({ events, plan, run, context: options.context }, rows) : [];
  const writer = new RowsWriter(options.bytesMax);
  await mapInSlices(rows, (row, place) => {
    if (!writer.isFull) writer.add(shown(plan, row, behind[place]?.events ?? [], options));
  });
  const notes: string[] = [];
  if (writer.isFull)
    notes.push(`rows after the first ${writer.count} of ${rows.length} exceed ${options.bytesMax} bytes`);
  if (ownRows?.isCut === true) notes.push(`groups after the first ${OWN_ROWS_MAX} that raised it`);
  if (answer.isCut) {
    notes.push(
      plan.type === 'chart' ? `groups after the first ${DATA_GROUPS_MAX}` : `events before the newest ${source.limit}`,
    );
  }
  if (behind.slice(DATA_GROUPS_WITH_EVENTS_MAX).some(({ isWhole }) => !isWhole))
    notes.push(`events of groups after the first ${DATA_GROUPS_WITH_EVENTS_MAX}`);
  if (behind.slice(0, DATA_GROUPS_WITH_EVENTS_MAX).some(({ isWhole }) => !isWhole))
    notes.push(`events after the newest ${DATA_GROUP_EVENTS_MAX} of a group`);
  return { rowsJson: writer.finish(), cut: notes.length === 0 ? null : `Left out: ${notes.join('; ')}`, isFresh };
}

function shown(
  plan: Plan,
  row: ResultRow,
  behind: readonly JsonObject[],
  { context, shape }: CollectOptions,
): JsonObject {
  if (row.kind === 'event') {
    if (shape === 'plain') return showRow(plan, row, context);
    return { log_ts: seconds(row.event.eventAtMs), _participating_events: behind };
  }
  return { log_ts: seconds(row.newestAtMs), ...showRow(plan, row, context), _participating_events: behind };
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
