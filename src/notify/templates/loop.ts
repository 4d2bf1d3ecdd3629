import type { Value } from './value.ts';

/** The `loop` of a `for`: where it is. */
export class Loop {
  readonly #index0: number;
  readonly #length: number;

  constructor(index0: number, length: number) {
    this.#index0 = index0;
    this.#length = length;
  }

  field(name: string): Value {
    switch (name) {
      case 'index':
        return this.#index0 + 1;
      case 'index0':
        return this.#index0;
      case 'revindex':
        return this.#length - this.#index0;
      case 'revindex0':
        return this.#length - this.#index0 - 1;
      case 'first':
        return this.#index0 === 0;
      case 'last':
        return this.#index0 === this.#length - 1;
      case 'length':
        return this.#length;
      default:
        return undefined;
    }
  }

  cycle(values: readonly Value[]): Value {
    return values.length === 0 ? undefined : values[this.#index0 % values.length];
  }
}
