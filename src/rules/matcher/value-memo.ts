/** Entries and UTF-16 units of one generation. */
const ENTRIES_MAX = 4_096;
const UNITS_MAX = 512 * 1024;
/** Longer values are seldom seen twice; call traces and commands of a kilobyte often are. */
const VALUE_UNITS_MAX = 2_048;
/** The engine keeps shorter parts of a text as texts of their own. */
const VIEW_UNITS_MIN = 13;
/** After so many look-ups the memo asks itself whether it is worth its while … */
const LOOKUPS_WEIGHED = 4_096;
/** … which it is when one of this many is answered; else it rests for so many look-ups. */
const ONE_HIT_IN = 4;
const RESTED_LOOKUPS = 65_536;

/**
 * What was found for a value before, for values that come again and again. Bounded: two generations, of which the older
 * is forgotten when the younger is full; what is asked for moves to the younger one.
 */
export class ValueMemo<T> {
  #young = new Map<string, T>();
  #old = new Map<string, T>();
  #units = 0;
  #lookups = 0;
  #hits = 0;
  #resting = 0;

  /** Undefined for a value that is not known. */
  get(value: string): T | undefined {
    if (this.#resting > 0 || value.length > VALUE_UNITS_MAX) return undefined;
    this.#lookups += 1;
    const known = this.#young.get(value);
    if (known !== undefined) {
      this.#hits += 1;
      return known;
    }
    const older = this.#old.get(value);
    if (older === undefined) return undefined;
    this.#hits += 1;
    this.#put(value, older);
    return older;
  }

  /** `isView`: the value may be a view of a longer text, which would be kept with it. */
  set(value: string, found: T, isView = true): void {
    if (this.#resting > 0) {
      this.#resting -= 1;
      return;
    }
    if (value.length > VALUE_UNITS_MAX) return;
    if (this.#lookups >= LOOKUPS_WEIGHED) this.#weigh();
    const own = isView && value.length >= VIEW_UNITS_MIN ? ownCopy(value) : value;
    if (own !== null) this.#put(own, found);
  }

  #put(value: string, found: T): void {
    if (this.#young.size >= ENTRIES_MAX || this.#units + value.length > UNITS_MAX) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#units = 0;
    }
    this.#young.set(value, found);
    this.#units += value.length;
  }

  #weigh(): void {
    if (this.#hits * ONE_HIT_IN < this.#lookups) {
      this.#resting = RESTED_LOOKUPS;
      this.#young.clear();
      this.#old.clear();
      this.#units = 0;
    }
    this.#lookups = 0;
    this.#hits = 0;
  }
}

/** The same text in memory of its own; null for text that UTF-8 cannot carry. */
function ownCopy(value: string): string | null {
  const copy = Buffer.from(value).toString();
  return copy === value ? copy : null;
}
