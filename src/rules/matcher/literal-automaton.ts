import { foldedUnits } from './folded-units.ts';
import type { Literal } from './literal.ts';
import type { RuleSink } from './literal-scanner.ts';

/** What ends at one state: the rules of the longest literal, then of those that are ends of it. */
type Finds = { readonly rules: Int32Array; readonly shorter: Finds | null; toldInScan: number };

/**
 * Finds all literals of a set in one pass over a text as it stands: an Aho–Corasick automaton over folded UTF-16 units,
 * with two signs of its own for the start and the end of a text. Its time does not depend on how many literals there are.
 *
 * Long literals are searched for by a stretch of theirs (`stretchMax` units), so a find is a hint, never a proof.
 */
export class LiteralAutomaton {
  /** Unit → class, folding included; class 0 is every unit that no literal has. */
  readonly #classOf: Uint16Array;
  /** `row + class` → next row, twice, plus one where that state has rules. Rows are states times the number of classes. */
  readonly #next: Int32Array;
  readonly #findsAt: ReadonlyMap<number, Finds>;
  readonly #startRow: number;
  readonly #endClass: number;
  /** No text that is shorter has a find; the longest tail that needs a look when all literals stand at the end. */
  readonly #tailMax: number;
  #scans = 0;

  constructor(parts: {
    readonly classOf: Uint16Array;
    readonly next: Int32Array;
    readonly findsAt: ReadonlyMap<number, Finds>;
    readonly startRow: number;
    readonly endClass: number;
    readonly tailMax: number;
  }) {
    this.#classOf = parts.classOf;
    this.#next = parts.next;
    this.#findsAt = parts.findsAt;
    this.#startRow = parts.startRow;
    this.#endClass = parts.endClass;
    this.#tailMax = parts.tailMax;
  }

  get stateBytes(): number {
    return this.#next.byteLength;
  }

  /** Calls the sink once for each list of rules that the text has a find of; a rule may be in several lists. */
  scan(text: string, sink: RuleSink): void {
    this.#scans += 1;
    const next = this.#next;
    const classOf = this.#classOf;
    const { length } = text;
    const from = length > this.#tailMax ? length - this.#tailMax : 0;
    let step = (from === 0 ? this.#startRow : 0) << 1;
    for (let at = from; at < length; at += 1) {
      step = next[(step >> 1) + (classOf[text.charCodeAt(at)] ?? 0)] ?? 0;
      if ((step & 1) === 1) this.#tell(step >> 1, sink);
    }
    step = next[(step >> 1) + this.#endClass] ?? 0;
    if ((step & 1) === 1) this.#tell(step >> 1, sink);
  }

  #tell(row: number, sink: RuleSink): void {
    let finds = this.#findsAt.get(row) ?? null;
    while (finds !== null && finds.toldInScan !== this.#scans) {
      finds.toldInScan = this.#scans;
      sink(finds.rules);
      finds = finds.shorter;
    }
  }
}

/** Cells of one automaton (4 bytes each); stretches are shortened until it fits. */
const CELLS_MAX = 8_000_000;
const STRETCH_FIRST = 16;
const STRETCH_LEAST = 3;
/** Work between two yields. */
const LITERALS_PER_STEP = 500;
const STATES_PER_STEP = 2_000;

type Entry = { readonly literal: Literal; readonly rule: number };

/** Builds the automaton of `entries`, none of which is a whole value; yields between slices of work. */
export function* buildAutomaton(entries: readonly Entry[]): Generator<void, LiteralAutomaton> {
  const { classOf, classes } = yield* classesOf(entries);
  for (let stretchMax = STRETCH_FIRST; ; stretchMax -= 1) {
    const trie = yield* buildTrie(entries, classOf, classes, stretchMax);
    if (trie.states * trie.width > CELLS_MAX && stretchMax > STRETCH_LEAST) continue;
    const tailMax = entries.every(({ literal }) => literal.place === 'end') ? stretchMax : Number.POSITIVE_INFINITY;
    return yield* completeTrie(trie, classOf, tailMax);
  }
}

function* classesOf(entries: readonly Entry[]): Generator<void, { classOf: Uint16Array; classes: number }> {
  const classOfFolded = new Uint16Array(65_536);
  let classes = 1;
  let done = 0;
  for (const { literal } of entries) {
    for (let at = 0; at < literal.text.length; at += 1) {
      const unit = literal.text.charCodeAt(at);
      if (classOfFolded[unit] === 0) classOfFolded[unit] = classes++;
    }
    done += 1;
    if (done % LITERALS_PER_STEP === 0) yield;
  }
  return { classOf: foldedUnits().map((folded) => classOfFolded[folded] ?? 0), classes };
}

type Trie = {
  readonly width: number;
  readonly startClass: number;
  readonly endClass: number;
  readonly states: number;
  /** One row of `width` next states for each state, 0 for none. */
  readonly rows: Int32Array;
  readonly rulesOf: Map<number, Set<number>>;
};

function* buildTrie(
  entries: readonly Entry[],
  classOf: Uint16Array,
  classes: number,
  stretchMax: number,
): Generator<void, Trie> {
  const [startClass, endClass, width] = [classes, classes + 1, classes + 2];
  const rulesOf = new Map<number, Set<number>>();
  let rows = new Int32Array(width * 1024);
  let states = 1;
  const enter = (state: number, sign: number): number => {
    const known = rows[state * width + sign] ?? 0;
    if (known !== 0) return known;
    if ((states + 1) * width > rows.length) {
      const wider = new Int32Array(rows.length * 2);
      wider.set(rows);
      rows = wider;
    }
    rows[state * width + sign] = states;
    return states++;
  };
  // The state after the start sign is there even when no literal needs it.
  enter(0, startClass);
  let done = 0;
  for (const { literal, rule } of entries) {
    const stretch = stretchOf(literal, stretchMax);
    let state = literal.place === 'start' ? enter(0, startClass) : 0;
    for (let at = 0; at < stretch.length; at += 1) state = enter(state, classOf[stretch.charCodeAt(at)] ?? 0);
    if (literal.place === 'end') state = enter(state, endClass);
    const rules = rulesOf.get(state);
    if (rules === undefined) rulesOf.set(state, new Set([rule]));
    else rules.add(rule);
    done += 1;
    if (done % LITERALS_PER_STEP === 0) yield;
    if (states * width > CELLS_MAX && stretchMax > STRETCH_LEAST) break;
  }
  return { width, startClass, endClass, states, rows, rulesOf };
}

/** The part of a literal that is searched for. The end of a text, often a file name, tells more than its start. */
function stretchOf({ place, text }: Literal, stretchMax: number): string {
  return place === 'start' ? text.slice(0, stretchMax) : text.slice(-stretchMax);
}

/** Turns a trie into an automaton: what a state lacks is what its longest proper suffix in the trie has. */
function* completeTrie(trie: Trie, classOf: Uint16Array, tailMax: number): Generator<void, LiteralAutomaton> {
  const { width, states, rulesOf } = trie;
  const rows = trie.rows.slice(0, states * width);
  const fallback = new Int32Array(states);
  const queue = new Int32Array(states);
  const findsOf = new Map<number, Finds>();
  let [head, tail] = [0, 1];
  while (head < tail) {
    const state = queue[head++] ?? 0;
    const [row, other] = [state * width, (fallback[state] ?? 0) * width];
    const shorter = findsOf.get(fallback[state] ?? 0) ?? null;
    const own = rulesOf.get(state);
    if (own !== undefined) findsOf.set(state, { rules: Int32Array.from(own), shorter, toldInScan: 0 });
    else if (shorter !== null) findsOf.set(state, shorter);
    for (let sign = 0; sign < width; sign += 1) {
      const next = rows[row + sign] ?? 0;
      const otherNext = state === 0 ? 0 : (rows[other + sign] ?? 0);
      if (next === 0) {
        rows[row + sign] = otherNext;
      } else {
        fallback[next] = otherNext;
        queue[tail++] = next;
      }
    }
    if (head % STATES_PER_STEP === 0) yield;
  }
  for (let cell = 0; cell < rows.length; cell += 1) {
    const state = rows[cell] ?? 0;
    rows[cell] = (state * width * 2) | (findsOf.has(state) ? 1 : 0);
    if (cell % (STATES_PER_STEP * 64) === 0) yield;
  }
  const findsAt = new Map([...findsOf].map(([state, finds]) => [state * width, finds]));
  const startRow = (rows[trie.startClass] ?? 0) >> 1;
  return new LiteralAutomaton({ classOf, next: rows, findsAt, startRow, endClass: trie.endClass, tailMax });
}
