import { type EventFields, type LogEvent, newFields } from './event.ts';

/** Names of fields in their order: one object for all events that have them. */
export class EventLayout {
  readonly names: readonly string[];
  readonly #places: ReadonlyMap<string, number>;

  constructor(names: readonly string[]) {
    this.names = names;
    this.#places = new Map(names.map((name, place) => [name, place]));
  }

  placeOf(name: string): number | undefined {
    return this.#places.get(name);
  }
}

/**
 * An event as a layout and values in its order, whose `fields` are made when somebody asks for them. For events that are
 * matched and forgotten: of most of them nobody does. A copy by spreading has no fields.
 */
export class LaidOutEvent implements LogEvent {
  readonly seq: number;
  readonly repo: string;
  readonly eventAtMs: number;
  readonly receivedAtMs: number;
  readonly layout: EventLayout;
  readonly values: readonly string[];
  #fields: EventFields | null = null;

  constructor(
    own: Pick<LogEvent, 'seq' | 'repo' | 'eventAtMs' | 'receivedAtMs'>,
    layout: EventLayout,
    values: readonly string[],
  ) {
    this.seq = own.seq;
    this.repo = own.repo;
    this.eventAtMs = own.eventAtMs;
    this.receivedAtMs = own.receivedAtMs;
    this.layout = layout;
    this.values = values;
  }

  valueAt(place: number): string {
    return this.values[place] ?? '';
  }

  get fields(): EventFields {
    if (this.#fields !== null) return this.#fields;
    const fields = newFields();
    for (const [place, name] of this.layout.names.entries()) fields[name] = this.valueAt(place);
    this.#fields = fields;
    return fields;
  }
}
