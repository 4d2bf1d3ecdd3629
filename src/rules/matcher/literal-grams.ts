import { foldedUnits } from './folded-units.ts';
import type { Literal } from './literal.ts';
import type { RuleSink } from './literal-scanner.ts';

/** Units of the stretch by which a literal is found. */
export const GRAM_UNITS = 4;
/** Literals that one stretch may point to: beyond, a text made of that stretch alone would cost as many looks a unit. */
const LITERALS_OF_GRAM_MAX = 8;
/**
 * Units of a literal that are compared, from its end, as paths differ there: the rest is left to the rule's own test, so
 * that a near miss is cheap.
 */
const UNITS_COMPARED_MAX = 48;
/** Bits of the table for each stretch; one in so many stretches of a text is looked up in vain. */
const BITS_PER_GRAM = 64;
const TABLE_BITS_LOG2_MIN = 12;
const TABLE_BITS_LOG2_MAX = 22;

/** A literal, and the rules that it is a clue for. */
export type RuledLiteral = { readonly literal: Literal; readonly rules: ReadonlySet<number> };

/** A literal that is found by the stretch that starts at `at`. */
export type PlacedLiteral = RuledLiteral & { readonly at: number };

export type GramScannerParts = {
  readonly placed: readonly PlacedLiteral[];
  /** All their stretches point to too many others. */
  readonly unplaced: readonly RuledLiteral[];
};

let hashes: Uint8Array | null = null;

/** UTF-16 unit → eight bits of its folded unit. */
function unitHashes(): Uint8Array {
  hashes ??= Uint8Array.from(foldedUnits(), (unit) => unit ^ (unit >> 8));
  return hashes;
}

/** The stretch of a folded text as a number: equal stretches have equal numbers. */
function gramAt(text: string, at: number): number {
  const hashOf = unitHashes();
  let gram = 0;
  for (let i = at; i < at + GRAM_UNITS; i += 1) gram = (gram << 8) | (hashOf[text.charCodeAt(i)] ?? 0);
  return gram;
}

/** Work between two yields. */
const LITERALS_PER_STEP = 500;

/**
 * Chooses for each literal the stretch that is likely the rarest in the texts of logs: the one that the fewest literals
 * have, for what many rules look for is what many commands have; then the one with the rarest characters.
 */
export function* gramPlaces(literals: readonly RuledLiteral[]): Generator<void, GramScannerParts> {
  const literalsWith = new Map<number, number>();
  for (const [i, { literal }] of literals.entries()) {
    for (const at of placesOf(literal)) {
      const gram = gramAt(literal.text, at);
      literalsWith.set(gram, (literalsWith.get(gram) ?? 0) + 1);
    }
    if (i % LITERALS_PER_STEP === 0) yield;
  }
  const taken = new Map<number, number>();
  const placed: PlacedLiteral[] = [];
  const unplaced: RuledLiteral[] = [];
  for (const [i, one] of literals.entries()) {
    const { text } = one.literal;
    let best: { readonly at: number; readonly gram: number; readonly weight: number } | null = null;
    for (const at of placesOf(one.literal)) {
      const gram = gramAt(text, at);
      if ((taken.get(gram) ?? 0) >= LITERALS_OF_GRAM_MAX) continue;
      const weight = (literalsWith.get(gram) ?? 0) * commonness(text, at);
      if (best === null || weight < best.weight) best = { at, gram, weight };
    }
    if (best === null) {
      unplaced.push(one);
    } else {
      taken.set(best.gram, (taken.get(best.gram) ?? 0) + 1);
      placed.push({ ...one, at: best.at });
    }
    if (i % LITERALS_PER_STEP === 0) yield;
  }
  return { placed, unplaced };
}

/** Stretches of one literal that are weighed. */
const PLACES_MAX = 256;

/** Places of the stretches by which a literal may be found: at a known end of the text there is one. */
function* placesOf({ place, text }: Literal): Generator<number> {
  const last = text.length - GRAM_UNITS;
  if (place === 'start') yield 0;
  else if (place === 'end') yield last;
  else for (let at = Math.max(0, last - PLACES_MAX); at <= last; at += 1) yield at;
}

/** Letters from the most to the least common in commands, paths and prose. */
const COMMON_LETTERS = 'e\\ stoaniwrlcdm.';

function commonness(text: string, at: number): number {
  let common = 1;
  for (let i = at; i < at + GRAM_UNITS; i += 1) {
    const rank = COMMON_LETTERS.indexOf(text.charAt(i));
    common *= rank < 0 ? 1 : 3 - rank / COMMON_LETTERS.length;
  }
  return common;
}

/** One literal to compare when its stretch is met. */
type Probe = {
  readonly text: string;
  /** Place of the stretch's first unit in `text`. */
  readonly at: number;
  readonly rules: Int32Array;
  readonly comparedFrom: number;
  toldInScan: number;
};

/** Where a stretch of a text may point: a table of bits over all stretches, then the literals. */
class GramTable {
  readonly #bits: Int32Array;
  readonly #shift: number;
  readonly #probes = new Map<number, Probe[]>();

  constructor(placed: readonly PlacedLiteral[]) {
    const wanted = Math.ceil(Math.log2(Math.max(1, placed.length) * BITS_PER_GRAM));
    const log2 = Math.min(TABLE_BITS_LOG2_MAX, Math.max(TABLE_BITS_LOG2_MIN, wanted));
    this.#bits = new Int32Array(2 ** (log2 - 5));
    this.#shift = 32 - log2;
    for (const { literal, at, rules } of placed) {
      const gram = gramAt(literal.text, at);
      const slot = Math.imul(gram, MULTIPLIER) >>> this.#shift;
      this.#bits[slot >> 5] = (this.#bits[slot >> 5] ?? 0) | (1 << (slot & 31));
      const probes = this.#probes.get(gram) ?? [];
      this.#probes.set(gram, probes);
      const { text } = literal;
      const comparedFrom = Math.max(0, text.length - UNITS_COMPARED_MAX);
      probes.push({ text, at, rules: Int32Array.from(rules).sort(), comparedFrom, toldInScan: 0 });
    }
  }

  get bytes(): number {
    return this.#bits.byteLength;
  }

  /** Calls `meet` with the literals of every stretch of `text` from `from` to before `to`, and its first unit's place. */
  scan(text: string, from: number, to: number, meet: (probes: readonly Probe[], at: number) => void): void {
    const hashOf = unitHashes();
    const bits = this.#bits;
    const shift = this.#shift;
    let gram = 0;
    for (let at = from; at < to; at += 1) {
      gram = (gram << 8) | (hashOf[text.charCodeAt(at)] ?? 0);
      const slot = Math.imul(gram, MULTIPLIER) >>> shift;
      if (((bits[slot >> 5] ?? 0) & (1 << (slot & 31))) === 0 || at - from < GRAM_UNITS - 1) continue;
      const probes = this.#probes.get(gram);
      if (probes !== undefined) meet(probes, at - GRAM_UNITS + 1);
    }
  }
}

/** Spreads stretches over the table (Knuth's multiplicative hash). */
const MULTIPLIER = 0x9e37_79b1;

/** Finds literals of four units and more: one pass for those anywhere, one look each for those at the start or the end. */
export class GramScanner {
  readonly #anywhere: GramTable | null;
  readonly #start: GramTable | null;
  readonly #end: GramTable | null;
  #scans = 0;

  constructor(placed: readonly PlacedLiteral[]) {
    const tableOf = (place: Literal['place']): GramTable | null => {
      const some = placed.filter(({ literal }) => literal.place === place);
      return some.length === 0 ? null : new GramTable(some);
    };
    this.#anywhere = tableOf('anywhere');
    this.#start = tableOf('start');
    this.#end = tableOf('end');
  }

  get tableBytes(): number {
    return (this.#anywhere?.bytes ?? 0) + (this.#start?.bytes ?? 0) + (this.#end?.bytes ?? 0);
  }

  scan(text: string, sink: RuleSink): void {
    const { length } = text;
    if (length < GRAM_UNITS) return;
    this.#scans += 1;
    this.#start?.scan(text, 0, GRAM_UNITS, (probes) => this.#compare(text, probes, 0, sink));
    this.#end?.scan(text, length - GRAM_UNITS, length, (probes, at) => this.#compare(text, probes, at, sink));
    this.#anywhere?.scan(text, 0, length, (probes, at) => this.#compare(text, probes, at, sink));
  }

  #compare(text: string, probes: readonly Probe[], gramAt: number, sink: RuleSink): void {
    const unitOf = foldedUnits();
    next: for (const probe of probes) {
      const from = gramAt - probe.at;
      if (probe.toldInScan === this.#scans || from < 0 || from + probe.text.length > text.length) continue;
      for (let i = probe.text.length - 1; i >= probe.comparedFrom; i -= 1) {
        if (unitOf[text.charCodeAt(from + i)] !== probe.text.charCodeAt(i)) continue next;
      }
      probe.toldInScan = this.#scans;
      sink(probe.rules);
    }
  }
}
