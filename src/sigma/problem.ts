/** Where in a rule file: both count from 1, columns are UTF-16 units. */
export type Place = { readonly line: number; readonly column: number };

/**
 * What is wrong with, or doubtful about, a rule file. An error refuses the rule that it stands in; a warning says what
 * is taken otherwise than written. `message` is lower case and names what was seen and what was expected.
 */
export type Problem = {
  readonly severity: 'error' | 'warning';
  readonly place: Place | null;
  readonly message: string;
};

/** A rule is told of so many mistakes at once. */
const PROBLEMS_MAX = 20;

/** Collects the problems of one rule. */
export class ProblemList {
  readonly #items: Problem[] = [];

  error(place: Place | null, message: string): void {
    this.#add({ severity: 'error', place, message });
  }

  warn(place: Place | null, message: string): void {
    this.#add({ severity: 'warning', place, message });
  }

  get items(): readonly Problem[] {
    return this.#items;
  }

  get hasErrors(): boolean {
    return this.#items.some(({ severity }) => severity === 'error');
  }

  #add(problem: Problem): void {
    if (this.#items.length < PROBLEMS_MAX) this.#items.push(problem);
  }
}

/** `12:5: message`, or the message alone. */
export const formatProblem = ({ place, message }: Problem): string =>
  place === null ? message : `${place.line}:${place.column}: ${message}`;

const SHOWN_CHARS = 60;

/** A value from a file as messages show it: quoted, on one line, cut. */
export function shown(text: string): string {
  const cut = text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text;
  return JSON.stringify(cut);
}
