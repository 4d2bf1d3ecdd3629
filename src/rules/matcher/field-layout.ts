import type { EventFields } from '../../events/event.ts';

/** The names of an event's fields in their order, as a way from name to name. `T`: what belongs to events with it. */
export type FieldLayout<T> = {
  readonly before: FieldLayout<T> | null;
  /** Of the last field; '' of the layout without fields. */
  readonly name: string;
  /** The name that came next the last time, and where it leads: events of one source mostly have one order. */
  usualName: string | null;
  usualNext: FieldLayout<T> | null;
  readonly nexts: Map<string, FieldLayout<T>>;
  own: T | null;
};

/** Layouts and their beginnings that are told apart; hostile logs can make up more. */
const LAYOUTS_MAX = 65_536;

/**
 * Tells which names an event has by walking over them once, with one comparison a name where events have the names of
 * those before. So what a rule looks for is looked up only in events that have it: to ask an event for a name that it
 * lacks costs as much as ten such comparisons.
 */
export class FieldLayouts<T> {
  /** Values of the event that was read last, in the order of its names. What stands behind them is of events before. */
  readonly values: string[] = [];
  #first: FieldLayout<T> = newLayout<T>(null, '');
  #count = 1;

  /** Null when there are more layouts than are told apart, or a value is no text. */
  read(fields: EventFields): FieldLayout<T> | null {
    const { values } = this;
    let layout = this.#first;
    let place = 0;
    for (const name in fields) {
      const value: unknown = fields[name];
      if (typeof value !== 'string') return null;
      values[place] = value;
      place += 1;
      const next = layout.usualName === name ? layout.usualNext : this.#next(layout, name);
      if (next === null) return null;
      layout = next;
    }
    return layout;
  }

  /** The layout of events with these names; null when there are more than are told apart. */
  path(names: readonly string[]): FieldLayout<T> | null {
    let layout: FieldLayout<T> | null = this.#first;
    for (const name of names) {
      layout = this.#next(layout, name);
      if (layout === null) return null;
    }
    return layout;
  }

  forget(): void {
    this.#first = newLayout<T>(null, '');
    this.#count = 1;
  }

  #next(layout: FieldLayout<T>, name: string): FieldLayout<T> | null {
    let next = layout.nexts.get(name);
    if (next === undefined) {
      if (this.#count >= LAYOUTS_MAX) return null;
      this.#count += 1;
      next = newLayout(layout, name);
      layout.nexts.set(name, next);
    }
    layout.usualName = name;
    layout.usualNext = next;
    return next;
  }
}

const newLayout = <T>(before: FieldLayout<T> | null, name: string): FieldLayout<T> => ({
  before,
  name,
  usualName: null,
  usualNext: null,
  nexts: new Map(),
  own: null,
});

/** Place of each name of a layout among the values. */
export function placesOf(layout: FieldLayout<unknown>): ReadonlyMap<string, number> {
  const names: string[] = [];
  for (let at: FieldLayout<unknown> = layout; at.before !== null; at = at.before) names.push(at.name);
  return new Map(names.reverse().map((name, place) => [name, place]));
}
