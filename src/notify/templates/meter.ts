import { TemplateFault } from './value.ts';

/** Caps of one rendering. */
export type RenderLimits = {
  readonly outputCharsMax: number;
  readonly stepsMax: number;
  readonly timeMsMax: number;
};

export const RENDER_LIMITS: RenderLimits = { outputCharsMax: 1024 * 1024, stepsMax: 500_000, timeMsMax: 250 };

const STEPS_PER_LOOK = 1024;
const CHARS_PER_STEP = 64;

/** Counts what a rendering uses up; each text that is built on the way is held to the output cap too. */
export class Meter {
  readonly #limits: RenderLimits;
  readonly #startedMs = performance.now();
  #steps = 0;
  #outputChars = 0;
  #nextLook = STEPS_PER_LOOK;

  constructor(limits: RenderLimits) {
    this.#limits = limits;
  }

  /** @throws TemplateFault when a cap is passed */
  step(count: number): void {
    this.#steps += count;
    if (this.#steps > this.#limits.stepsMax) throw new TemplateFault(`more than ${this.#limits.stepsMax} steps`);
    if (this.#steps < this.#nextLook) return;
    this.#nextLook = this.#steps + STEPS_PER_LOOK;
    if (performance.now() - this.#startedMs > this.#limits.timeMsMax) {
      throw new TemplateFault(`longer than ${this.#limits.timeMsMax} ms`);
    }
  }

  /** Text that goes into the output. */
  output(count: number): void {
    this.#outputChars += count;
    if (this.#outputChars > this.#limits.outputCharsMax) {
      throw new TemplateFault(`more than ${this.#limits.outputCharsMax} characters`);
    }
    this.step(Math.ceil(count / CHARS_PER_STEP));
  }

  text(text: string): string {
    this.chars(text.length);
    return text;
  }

  /** Before a text of this length is built. */
  chars(count: number): void {
    if (count > this.#limits.outputCharsMax) {
      throw new TemplateFault(`more than ${this.#limits.outputCharsMax} characters`);
    }
    this.step(Math.ceil(count / CHARS_PER_STEP));
  }
}
