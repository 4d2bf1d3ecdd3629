import type { LogEvent } from '../events/event.ts';
import { type RowContext, rowFromStore, toRow } from '../events/event-row.ts';
import type { EventStore } from '../events/event-store.ts';
import { compileGroupEvents } from '../query/compile-search.ts';
import type { Plan } from '../query/plan.ts';
import type { EventRow, GroupRow, ResultRow } from '../query/result-row.ts';
import type { QueryRun } from '../query/run-plan.ts';
import type { JsonObject } from '../shared/json.ts';

/** Rows with groups in them that show their events, the first ones; events of one group. */
export const DATA_GROUPS_WITH_EVENTS_MAX = 200;
export const DATA_GROUP_EVENTS_MAX = 100;
/** Rows whose events are looked for at one time. */
const ROWS_AT_ONCE = 4;

/** `isWhole` is false when the row was made of more events than are shown. */
export type Participants = { readonly events: readonly JsonObject[]; readonly isWhole: boolean };

type Source = {
  readonly events: EventStore;
  readonly plan: Plan;
  readonly run: QueryRun;
  readonly context: RowContext;
};

/**
 * The events that each row was made of, with the number of the stream that gave them: of an event itself, of a joined
 * row those of its streams, of a group its newest. Groups that the store counted are asked for again; those that were
 * counted after the store, as over joined rows, still know their rows. Empty for a group that a chart over a chart made
 * in the store: it no longer says which events it holds.
 */
export async function participatingEvents(
  source: Source,
  rows: readonly ResultRow[],
): Promise<readonly Participants[]> {
  const finder = new Finder(source);
  const found: Participants[] = rows.map(() => ({ events: [], isWhole: true }));
  const next = rows.entries();
  const work = async (): Promise<void> => {
    // The workers share one iterator: each takes the next row that nobody has taken.
    for (const [place, row] of next) found[place] = await finder.ofRow(row);
  };
  await Promise.all(Array.from({ length: ROWS_AT_ONCE }, work));
  return found;
}

class Finder {
  readonly #source: Source;
  /** A group stands in as many joined rows as it has partners; it is asked for once. */
  readonly #groups = new Map<GroupRow, Promise<Participants>>();

  constructor(source: Source) {
    this.#source = source;
  }

  ofRow(row: ResultRow): Promise<Participants> {
    return row.kind === 'event' ? this.#ofEvent(row) : this.#ofGroup(this.#source.plan, row);
  }

  async #ofEvent({ event, parts = [event] }: EventRow): Promise<Participants> {
    const events: JsonObject[] = [];
    let isWhole = true;
    for (const [stream, part] of parts.entries()) {
      if (part === null) continue;
      const own = 'fields' in part ? { events: [this.#shown(part)], isWhole: true } : await this.#ofPart(stream, part);
      events.push(...own.events.map((one) => ({ ...one, _streamID: stream })));
      isWhole &&= own.isWhole;
    }
    return { events, isWhole };
  }

  #ofPart(stream: number, group: GroupRow): Promise<Participants> {
    return this.#ofGroup(this.#source.plan.streams?.streams[stream]?.plan ?? this.#source.plan, group);
  }

  #ofGroup(plan: Plan, group: GroupRow): Promise<Participants> {
    const known = this.#groups.get(group);
    if (known !== undefined) return known;
    if (this.#groups.size >= DATA_GROUPS_WITH_EVENTS_MAX) return Promise.resolve({ events: [], isWhole: false });
    const found = group.members === undefined ? this.#search(plan, group) : this.#ofMembers(group, group.members);
    this.#groups.set(group, found);
    return found;
  }

  /** An event that stands in several of the group's rows is shown once. */
  async #ofMembers(group: GroupRow, members: readonly EventRow[]): Promise<Participants> {
    const events = new Map<string, JsonObject>();
    let isWhole = members.length >= group.eventCount;
    for (const member of members) {
      const own = await this.#ofEvent(member);
      isWhole &&= own.isWhole;
      for (const one of own.events) events.set(`${one['_streamID']} ${one['repo_name']} ${one['_offset']}`, one);
    }
    const shown = [...events.values()].slice(0, DATA_GROUP_EVENTS_MAX);
    return { events: shown, isWhole: isWhole && shown.length === events.size };
  }

  async #search(plan: Plan, group: GroupRow): Promise<Participants> {
    const { events, run, context } = this.#source;
    const search = compileGroupEvents(plan, group, { ...run, limit: DATA_GROUP_EVENTS_MAX });
    if (search === null) return { events: [], isWhole: group.eventCount === 0 };
    const { logpointId, timeoutMs, signal } = run;
    const answer = await events.search(logpointId, search, { timeoutMs, rowsMax: DATA_GROUP_EVENTS_MAX, signal });
    const found = answer.rows.map((row) => rowFromStore(row, context));
    return { events: found, isWhole: found.length >= group.eventCount };
  }

  #shown(event: LogEvent): JsonObject {
    return toRow(event, this.#source.context);
  }
}
