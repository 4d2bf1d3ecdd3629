import { foldedUnits } from './folded-units.ts';
import type { RuledLiteral } from './literal-grams.ts';
import type { RuleSink } from './literal-scanner.ts';

/** Units of the stretches that are looked at. */
const STRETCH_UNITS = 3;
/** Literals are this long at least: the longer the shortest is, the fewer stretches are looked at. */
export const STRIDE_LITERAL_UNITS_MIN = 7;
const TABLE_BITS_LOG2 = 15;

const PLAIN_LITERAL = /^[\x20-\x7e][\x20!\x23-\x2e\x30-\x5b\x5d-\x7e]*$/;

type Probe = { readonly text: string; readonly at: number; readonly rules: Int32Array; toldInScan: number };

/**
 * Finds long literals anywhere in a text by looking at one stretch of three units in so many that no literal fits between
 * two of them: with literals of nine units and more at three units in seven. For free text, for which every value of an
 * event is searched, most of them without a find.
 */
export class StrideScanner {
  /** UTF-16 units of the shortest literal. */
  readonly lengthMin: number;
  /** All literals stand in JSON as they are but for an escape that ends with their beginning. */
  readonly isPlain: boolean;
  readonly #stride: number;
  /** One bit for each stretch that a literal has at one of its first places. */
  readonly #bits = new Int32Array(2 ** (TABLE_BITS_LOG2 - 5));
  readonly #probes = new Map<number, Probe[]>();
  #scans = 0;

  /** Each of `STRIDE_LITERAL_UNITS_MIN` units at least, and anywhere. */
  constructor(literals: readonly RuledLiteral[]) {
    const shortest = Math.min(...literals.map(({ literal }) => literal.text.length));
    this.lengthMin = shortest;
    this.isPlain = literals.every(({ literal }) => PLAIN_LITERAL.test(literal.text));
    this.#stride = shortest - STRETCH_UNITS + 1;
    for (const { literal, rules } of literals) {
      const sorted = Int32Array.from(rules).sort();
      for (let at = 0; at < this.#stride; at += 1) {
        const [a, b, c] = [0, 1, 2].map((i) => literal.text.charCodeAt(at + i));
        const slot = slotOf(a ?? 0, b ?? 0, c ?? 0);
        this.#bits[slot >> 5] = (this.#bits[slot >> 5] ?? 0) | (1 << (slot & 31));
        const probes = this.#probes.get(slot) ?? [];
        this.#probes.set(slot, probes);
        probes.push({ text: literal.text, at, rules: sorted, toldInScan: 0 });
      }
    }
  }

  get tableBytes(): number {
    return this.#bits.byteLength;
  }

  /**
   * False when no literal can be found in bytes that JSON in ASCII, without `\u`, has for a text. Only for literals that
   * stand there as they are: a `\` or a `/` at their beginning is the end of its escape.
   */
  mayFindIn(bytes: Uint8Array, start: number, end: number): boolean {
    const unitOf = foldedUnits();
    const bits = this.#bits;
    const stride = this.#stride;
    const last = end - STRETCH_UNITS;
    for (let at = start; at <= last; at += stride) {
      const slot = slotOf(
        unitOf[bytes[at] ?? 0] ?? 0,
        unitOf[bytes[at + 1] ?? 0] ?? 0,
        unitOf[bytes[at + 2] ?? 0] ?? 0,
      );
      if (((bits[slot >> 5] ?? 0) & (1 << (slot & 31))) !== 0 && this.#isAt(bytes, slot, at, start, end)) return true;
    }
    return false;
  }

  #isAt(bytes: Uint8Array, slot: number, stretchAt: number, start: number, end: number): boolean {
    const unitOf = foldedUnits();
    next: for (const { at, text } of this.#probes.get(slot) ?? []) {
      const from = stretchAt - at;
      if (from < start || from + text.length > end) continue;
      for (let i = 0; i < text.length; i += 1) {
        if (unitOf[bytes[from + i] ?? 0] !== text.charCodeAt(i)) continue next;
      }
      return true;
    }
    return false;
  }

  /** Calls the sink for each list of rules that the text has a find of; a rule may be in several lists. */
  scan(text: string, sink: RuleSink): void {
    const unitOf = foldedUnits();
    const bits = this.#bits;
    const stride = this.#stride;
    const last = text.length - STRETCH_UNITS;
    this.#scans += 1;
    for (let at = 0; at <= last; at += stride) {
      const slot = slotOf(
        unitOf[text.charCodeAt(at)] ?? 0,
        unitOf[text.charCodeAt(at + 1)] ?? 0,
        unitOf[text.charCodeAt(at + 2)] ?? 0,
      );
      if (((bits[slot >> 5] ?? 0) & (1 << (slot & 31))) !== 0) this.#compare(text, slot, at, sink);
    }
  }

  #compare(text: string, slot: number, stretchAt: number, sink: RuleSink): void {
    const unitOf = foldedUnits();
    next: for (const probe of this.#probes.get(slot) ?? []) {
      const from = stretchAt - probe.at;
      if (probe.toldInScan === this.#scans || from < 0 || from + probe.text.length > text.length) continue;
      for (let i = 0; i < probe.text.length; i += 1) {
        if (unitOf[text.charCodeAt(from + i)] !== probe.text.charCodeAt(i)) continue next;
      }
      probe.toldInScan = this.#scans;
      sink(probe.rules);
    }
  }
}

/** Bit of a stretch; those of plain text differ unless their units do not. */
const slotOf = (a: number, b: number, c: number): number =>
  ((a << 10) ^ (b << 5) ^ c ^ (a >> 5) ^ (c >> 8)) & (2 ** TABLE_BITS_LOG2 - 1);
