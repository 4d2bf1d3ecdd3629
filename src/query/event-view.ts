import type { LogEvent } from '../events/event.ts';
import type { FieldConstants } from '../events/event-layout.ts';
import { fieldText } from '../events/event-row.ts';
import { fold } from './fold.ts';
import type { ComputedRef } from './plan.ts';
import { searchedValues } from './searched-values.ts';

/** Values that steps after the store gave an event, by `SlotRef.index`. */
export type Slots = readonly (string | undefined)[];
const NO_SLOTS: Slots = [];

/**
 * One event as many conditions look at it: each value is folded at most once, however many rules ask for it. One view
 * serves a whole stream; `of` moves it on to the next event.
 */
export class EventView {
  readonly #constants: FieldConstants;
  #event: LogEvent | null = null;
  #slots: Slots = NO_SLOTS;
  readonly #folded = new Map<string, string | undefined>();
  readonly #words = new Map<string, readonly string[]>();
  #searched: readonly string[] | null = null;
  #searchedFolded: readonly string[] | null = null;
  readonly #computed = new Map<ComputedRef, string | undefined>();

  constructor(constants: FieldConstants = {}) {
    this.#constants = constants;
  }

  /** `slots` are values that steps after the store gave the event. */
  of(event: LogEvent, slots: Slots = NO_SLOTS): this {
    if (event !== this.#event || slots !== this.#slots) {
      this.#event = event;
      this.#slots = slots;
      // Clearing an empty map costs a new table each time.
      if (this.#folded.size > 0) this.#folded.clear();
      if (this.#words.size > 0) this.#words.clear();
      if (this.#computed.size > 0) this.#computed.clear();
      this.#searched = null;
      this.#searchedFolded = null;
    }
    return this;
  }

  get event(): LogEvent {
    if (this.#event === null) throw new Error('the view has no event yet');
    return this.#event;
  }

  /** As stored; undefined when the event lacks the field. */
  text(field: string): string | undefined {
    return fieldText(this.event, field, this.#constants);
  }

  slot(index: number): string | undefined {
    return this.#slots[index];
  }

  folded(field: string): string | undefined {
    const known = this.#folded.get(field);
    if (known !== undefined) return known;
    const text = this.text(field);
    if (text === undefined) return undefined;
    const folded = fold(text);
    this.#folded.set(field, folded);
    return folded;
  }

  /** A computed field, by the function that computes it. */
  computed(ref: ComputedRef, compute: (view: this) => string | undefined): string | undefined {
    if (this.#computed.has(ref)) return this.#computed.get(ref);
    const value = compute(this);
    this.#computed.set(ref, value);
    return value;
  }

  /** The folded words of a set such as `label`. */
  words(field: string): readonly string[] {
    const known = this.#words.get(field);
    if (known !== undefined) return known;
    const words = (this.folded(field) ?? '').split(' ').filter((word) => word !== '');
    this.#words.set(field, words);
    return words;
  }

  /** The values in which text without a field is looked for, folded or as they stand. */
  searched(isFolded: boolean): readonly string[] {
    this.#searched ??= searchedValues(this.event.fields);
    if (!isFolded) return this.#searched;
    this.#searchedFolded ??= this.#searched.map(fold);
    return this.#searchedFolded;
  }
}
