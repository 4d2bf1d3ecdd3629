import type { Literal } from './literal.ts';
import { buildAutomaton, type LiteralAutomaton } from './literal-automaton.ts';
import { GRAM_UNITS, GramScanner, type GramScannerParts, gramPlaces } from './literal-grams.ts';

/** Receives the rules whose literals a text has. */
export type RuleSink = (rules: Int32Array) => void;

/**
 * Finds all literals of a set in a text as it stands, in time that does not depend on how many there are. Nearly all are
 * found by a stretch of four units (`GramScanner`); the short ones, and those that share all their stretches with too
 * many others, by an automaton. A find is a hint, never a proof.
 */
export class LiteralScanner {
  readonly #grams: GramScanner | null;
  readonly #automaton: LiteralAutomaton | null;

  constructor(grams: GramScanner | null, automaton: LiteralAutomaton | null) {
    this.#grams = grams;
    this.#automaton = automaton;
  }

  /** Bytes of its tables. */
  get stateBytes(): number {
    return (this.#grams?.tableBytes ?? 0) + (this.#automaton?.stateBytes ?? 0);
  }

  /** Calls the sink once for each list of rules that the text has a find of; a rule may be in several lists. */
  scan(text: string, sink: RuleSink): void {
    this.#grams?.scan(text, sink);
    this.#automaton?.scan(text, sink);
  }
}

type Entry = { readonly literal: Literal; readonly rule: number };

/** Work between two yields. */
const LITERALS_PER_STEP = 500;

/** Builds the scanner of `entries`, none of which is a whole value; yields between slices of work. */
export function* buildScanner(entries: readonly Entry[]): Generator<void, LiteralScanner> {
  const byLiteral = new Map<string, { readonly literal: Literal; readonly rules: Set<number> }>();
  for (const [i, { literal, rule }] of entries.entries()) {
    const key = `${literal.place} ${literal.text}`;
    const known = byLiteral.get(key);
    if (known === undefined) byLiteral.set(key, { literal, rules: new Set([rule]) });
    else known.rules.add(rule);
    if (i % LITERALS_PER_STEP === 0) yield;
  }
  const long = [...byLiteral.values()].filter(({ literal }) => literal.text.length >= GRAM_UNITS);
  const parts: GramScannerParts = yield* gramPlaces(long);
  const left = new Set(parts.unplaced);
  for (const one of byLiteral.values()) if (one.literal.text.length < GRAM_UNITS) left.add(one);
  const others = [...left].flatMap(({ literal, rules }) => [...rules].map((rule) => ({ literal, rule })));
  return new LiteralScanner(
    parts.placed.length === 0 ? null : new GramScanner(parts.placed),
    others.length === 0 ? null : yield* buildAutomaton(others),
  );
}
