import type { StoreParam } from '../events/event-store.ts';

/** Collects the values of one search; SQL gets placeholders and never text from a user. Equal values share one. */
export class SqlParams {
  readonly #params: Record<string, StoreParam> = {};
  readonly #known = new Map<string, string>();
  #count = 0;

  /** For a text; the form that `fieldSql` takes. */
  readonly text = (value: string): string => this.#bind('String', value);

  texts(values: readonly string[]): string {
    return this.#bind('Array(String)', values);
  }

  /** Numbers travel as text: every client writes that in one way. */
  number(value: number): string {
    return `toFloat64(${this.#bind('String', String(value))})`;
  }

  numbers(values: readonly number[]): string {
    return `arrayMap(n -> toFloat64(n), ${this.#bind('Array(String)', values.map(String))})`;
  }

  milliseconds(value: number): string {
    return this.#bind('Int64', String(Math.trunc(value)));
  }

  count(value: number): string {
    return this.#bind('UInt64', String(Math.trunc(value)));
  }

  get all(): Readonly<Record<string, StoreParam>> {
    return this.#params;
  }

  #bind(type: string, value: string | readonly string[]): string {
    const key = `${type} ${JSON.stringify(value)}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const name = `p${this.#count++}`;
    this.#params[name] = { type, value };
    const placeholder = `{${name}:${type}}`;
    this.#known.set(key, placeholder);
    return placeholder;
  }
}
