import type { LogEvent } from '../../events/event.ts';
import { type EventLayout, LaidOutEvent } from '../../events/laid-out-event.ts';
import { eventAccess } from '../../query/access.ts';
import { closureOf } from '../../query/evaluate-condition.ts';
import type { EventView } from '../../query/event-view.ts';
import type { Condition, FieldRef } from '../../query/plan.ts';
import { FieldLayouts, placesOf } from './field-layout.ts';
import { type PlacedField, placedField, READ, refKey } from './field-reader.ts';
import { routingLeaves, routingRef } from './routing.ts';
import { ValueMemo } from './value-memo.ts';

/** Kinds of events that are told apart; hostile logs can make up more. */
const KINDS_MAX = 8_192;
/** Classes of values of one field, and steps on the way to the kinds. */
const CLASSES_MAX = 4_096;
const STEPS_MAX = 65_536;
/** After so many events of no known kind, all kinds are forgotten, so that the usual ones are learnt anew. */
const STRANGERS_MAX = 100_000;

/** Layouts that came with events and are remembered. */
const LAID_OUT_MAX = 8_192;
/** Longer values are compared no faster than they are looked up. */
const LAST_VALUE_UNITS_MAX = 256;

type Test = (view: EventView) => boolean;

/** A field whose values fall into classes: two values of one class make the same leaves hold. */
class RoutingField {
  readonly field: PlacedField;
  readonly #leaves: readonly Test[];
  #known = new ValueMemo<number>();
  #absent: number | null = null;
  #lastValue: string | null = null;
  #lastClass = 0;
  readonly #classes = new Map<string, number>();

  constructor(field: PlacedField, leaves: readonly Test[]) {
    this.field = field;
    this.#leaves = leaves;
  }

  /** Class of the event's value; negative when there are too many classes. */
  classOf(value: string | undefined, event: LogEvent, view: EventView): number {
    if (value === undefined) {
      this.#absent ??= this.#classify(view.of(event));
      return this.#absent;
    }
    // Events come in runs of one kind.
    if (value === this.#lastValue) return this.#lastClass;
    let found = this.#known.get(value);
    if (found === undefined) {
      found = this.#classify(view.of(event));
      if (found < 0) return found;
      this.#known.set(value, found);
    }
    if (value.length <= LAST_VALUE_UNITS_MAX) {
      this.#lastValue = value;
      this.#lastClass = found;
    }
    return found;
  }

  forget(): void {
    this.#known = new ValueMemo();
    this.#absent = null;
    this.#lastValue = null;
    this.#classes.clear();
  }

  #classify(view: EventView): number {
    let signature = '';
    for (const leaf of this.#leaves) signature += leaf(view) ? '1' : '0';
    const known = this.#classes.get(signature);
    if (known !== undefined) return known;
    if (this.#classes.size >= CLASSES_MAX) return -1;
    const fresh = this.#classes.size;
    this.#classes.set(signature, fresh);
    return fresh;
  }
}

/** A step on the way from field to field; at its end stands what belongs to the kind. */
type Step<K> = { readonly next: (Step<K> | undefined)[]; kind: K | null };

/** Place of each name among the values of events with one layout; null for events of which only their fields are known. */
export type Places = ReadonlyMap<string, number> | null;

/** How events with one layout are told apart: by the routing fields that they have. */
type Fork<K> = {
  readonly places: Places;
  readonly fields: readonly { readonly field: RoutingField; readonly at: number }[];
  readonly first: Step<K>;
};

/**
 * Which kind of event this is, by the names of its fields and the values of the routing fields alone. Events of one kind
 * make the same routes hold, so that what follows from the routes is made once for each kind, by `make`.
 */
export class EventRouter<K> {
  readonly #fields: readonly RoutingField[];
  readonly #make: (view: EventView, places: Places) => K;
  readonly #layouts = new FieldLayouts<Fork<K>>();
  /** For events whose layout is not told apart. */
  #anyFork: Fork<K>;
  #values: readonly string[] = [];
  /** Layouts that came with events. */
  readonly #laidOut = new Map<EventLayout, Fork<K>>();
  #lastLaidOut: EventLayout | null = null;
  #lastFork: Fork<K> | null = null;
  #kinds = 0;
  #steps = 1;
  #strangers = 0;

  constructor(
    routes: readonly Condition[],
    constantNames: ReadonlySet<string>,
    make: (view: EventView, places: Places) => K,
  ) {
    const leaves = new Map<string, { readonly ref: FieldRef; readonly tests: Map<string, Test> }>();
    for (const route of routes) {
      for (const leaf of routingLeaves(route)) {
        const ref = routingRef(leaf);
        if (ref === null) continue;
        const group = leaves.get(refKey(ref)) ?? { ref, tests: new Map<string, Test>() };
        leaves.set(refKey(ref), group);
        const key = JSON.stringify(leaf);
        if (!group.tests.has(key)) group.tests.set(key, closureOf(leaf, eventAccess));
      }
    }
    this.#fields = [...leaves.values()].map(
      ({ ref, tests }) => new RoutingField(placedField(ref, constantNames), [...tests.values()]),
    );
    this.#make = make;
    this.#anyFork = this.#forkOf(null);
  }

  get kinds(): number {
    return this.#kinds;
  }

  /** Values of the event whose kind was told last, by the places that `make` was given. */
  get values(): readonly string[] {
    return this.#values;
  }

  /** Null when there are more kinds than are told apart. */
  kindOf(event: LogEvent, view: EventView): K | null {
    const known = event instanceof LaidOutEvent ? this.#forkOfLaidOut(event) : this.#forkOfFields(event);
    const fork = known ?? this.#anyFork;
    const values = this.#values;
    let step = fork.first;
    for (const { field, at } of fork.fields) {
      const value = at === READ ? field.field.read(event, view) : values[at];
      const place = field.classOf(value, event, view);
      const next = place < 0 ? null : (step.next[place] ?? this.#addStep(step, place));
      if (next === null) return this.#stranger();
      step = next;
    }
    if (step.kind === null) {
      if (this.#kinds >= KINDS_MAX) return this.#stranger();
      this.#kinds += 1;
      step.kind = this.#make(view.of(event), fork.places);
    }
    // Events of layouts beyond the bound are matched, but dearer: once they are the usual ones they are learnt.
    if (known === null) this.#stranger();
    return step.kind;
  }

  /** Places of the values that tell the kind of an event; null when they do not tell it alone. */
  tellingPlaces(event: LaidOutEvent): readonly number[] | null {
    const fork = this.#forkOfLaidOut(event);
    if (fork === null || fork.fields.some(({ at }) => at === READ)) return null;
    return fork.fields.map(({ at }) => at);
  }

  #forkOfFields(event: LogEvent): Fork<K> | null {
    this.#values = this.#layouts.values;
    const layout = this.#layouts.read(event.fields);
    if (layout === null) return null;
    layout.own ??= this.#forkOf(placesOf(layout));
    return layout.own;
  }

  #forkOfLaidOut({ layout, values }: LaidOutEvent): Fork<K> | null {
    this.#values = values;
    if (layout === this.#lastLaidOut) return this.#lastFork;
    let fork = this.#laidOut.get(layout);
    if (fork === undefined) {
      const path = this.#layouts.path(layout.names);
      if (path === null) return null;
      path.own ??= this.#forkOf(placesOf(path));
      fork = path.own;
      if (this.#laidOut.size >= LAID_OUT_MAX) this.#laidOut.clear();
      this.#laidOut.set(layout, fork);
    }
    this.#lastLaidOut = layout;
    this.#lastFork = fork;
    return fork;
  }

  /** Without the fields that events with this layout lack: of them the same holds in each. */
  #forkOf(places: Places): Fork<K> {
    const fields = this.#fields.flatMap((field) => {
      const at = places === null ? READ : field.field.placeIn(places);
      return at === null ? [] : [{ field, at }];
    });
    return { places, fields, first: newStep() };
  }

  #addStep(step: Step<K>, place: number): Step<K> | null {
    if (this.#steps >= STEPS_MAX) return null;
    const fresh = newStep<K>();
    step.next[place] = fresh;
    this.#steps += 1;
    return fresh;
  }

  #stranger(): null {
    this.#strangers += 1;
    if (this.#strangers >= STRANGERS_MAX) {
      for (const field of this.#fields) field.forget();
      this.#layouts.forget();
      this.#laidOut.clear();
      this.#lastLaidOut = null;
      this.#anyFork = this.#forkOf(null);
      this.#kinds = 0;
      this.#steps = 1;
      this.#strangers = 0;
    }
    return null;
  }
}

const newStep = <K>(): Step<K> => ({ next: [], kind: null });
