const FRACTION_BITS = 52;

/**
 * A sum of numbers without rounding, so that what was added can be taken away again and the order of the numbers does
 * not matter: the sum of a window is the same whichever way the engine came to it.
 */
export class ExactSum {
  /** The sum is `#units` times two to the power of `-#scale`. */
  #units = 0n;
  #scale = 0;

  add(number: number): void {
    this.#move(number, 1n);
  }

  take(number: number): void {
    this.#move(number, -1n);
  }

  /** Rounded once. */
  get value(): number {
    if (this.#scale <= 0) return Number(this.#units << BigInt(-this.#scale));
    const whole = this.#units >> BigInt(this.#scale);
    // Large sums: what is behind the point is beyond the digits of a number.
    if (whole > 1n << 70n || whole < -(1n << 70n)) return Number(whole);
    const kept = Math.min(this.#scale, 200);
    return Number(this.#units >> BigInt(this.#scale - kept)) / 2 ** kept;
  }

  #move(number: number, sign: bigint): void {
    if (number === 0) return;
    const exponent = Math.max(-1022, Math.floor(Math.log2(Math.abs(number))));
    const scale = FRACTION_BITS - exponent;
    // Scaled in two steps: one factor alone may be beyond the range of a number.
    const half = Math.trunc(scale / 2);
    const units = BigInt(Math.trunc(number * 2 ** half * 2 ** (scale - half)));
    if (scale > this.#scale) {
      this.#units <<= BigInt(scale - this.#scale);
      this.#scale = scale;
    }
    this.#units += sign * (units << BigInt(this.#scale - scale));
  }
}
