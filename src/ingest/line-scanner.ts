import type { Json } from '../shared/json.ts';
import { leafText } from './flatten.ts';
import { LINE_SCANNER_CODE } from './line-scanner-code.ts';

/** What assembly/line-scanner.ts exports. */
type Scanner = {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly INPUT: Constant;
  readonly INPUT_BYTES: Constant;
  readonly SPANS: Constant;
  readonly LINES_MAX: Constant;
  readonly HEADS: Constant;
  readonly MEMBERS: Constant;
  generation(): number;
  lastNodeOf(shape: number): number;
  nodeBefore(node: number): number;
  nameAt(node: number): number;
  nameLength(node: number): number;
  watch(node: number): void;
  forget(): void;
  scan(lines: number): void;
};
type Constant = { readonly value: number };

/** In Node; TypeScript knows it from the browser's types. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

const MEMBER_WORDS = 3;
/** Behind the lines: what is read there ends every text. */
const SPARE_BYTES = 64;
const FULL = -2;

/** Of a member whose values have no numbers, and of a value that has none. */
export const NO_NUMBER = -1;

/**
 * Reads lines that are flat JSON objects of texts, integers and booleans: the names of their members, where their values
 * are, and which value came before. Values are told apart as they are written, without making a text of them.
 */
export class LineScanner {
  readonly #code: Scanner;
  readonly #input: Uint8Array;
  readonly #inputBytesMax: number;
  readonly #spans: Int32Array;
  readonly #heads: Int32Array;
  readonly #members: Int32Array;
  readonly #names: Uint8Array;
  #bytes: Buffer = Buffer.alloc(0);
  #from = 0;
  #epoch = 0;
  #isFull = false;
  #encoding: 'latin1' | 'utf8' = 'utf8';

  constructor() {
    const module = new WebAssembly.Module(Buffer.from(LINE_SCANNER_CODE, 'base64'));
    this.#code = new WebAssembly.Instance(module, {}).exports as Scanner;
    const { memory, INPUT, INPUT_BYTES, SPANS, LINES_MAX, HEADS, MEMBERS } = this.#code;
    const { buffer } = memory;
    this.#input = new Uint8Array(buffer, INPUT.value, INPUT_BYTES.value);
    this.#inputBytesMax = INPUT_BYTES.value - SPARE_BYTES;
    this.#spans = new Int32Array(buffer, SPANS.value, LINES_MAX.value * 2);
    this.#heads = new Int32Array(buffer, HEADS.value, LINES_MAX.value * 2);
    this.#members = new Int32Array(buffer, MEMBERS.value);
    this.#names = new Uint8Array(buffer);
    this.#code.forget();
  }

  /** When it changes, numbers of values from before mean nothing any more. */
  get generation(): number {
    return this.#code.generation();
  }

  /** When it changes, shapes from before mean nothing any more. */
  get epoch(): number {
    return this.#epoch;
  }

  /**
   * Reads the first lines of those at `spans` and answers how many; 0 when the first is too long. `bytes`: valid UTF-8;
   * `isAscii`: they are ASCII, too.
   */
  scan(bytes: Buffer, spans: Uint32Array, isAscii: boolean): number {
    this.#encoding = isAscii ? 'latin1' : 'utf8';
    if (this.#isFull) {
      this.#code.forget();
      this.#epoch += 1;
      this.#isFull = false;
    }
    const from = spans[0] ?? 0;
    const own = this.#spans;
    let words = Math.min(spans.length, own.length);
    while (words > 0 && (spans[words - 1] ?? 0) - from > this.#inputBytesMax) words -= 2;
    if (words === 0) return 0;
    for (let word = 0; word < words; word += 1) own[word] = (spans[word] ?? 0) - from;
    const past = spans[words - 1] ?? 0;
    this.#input.set(bytes.subarray(from, past));
    this.#input.fill(0, past - from, past - from + SPARE_BYTES);
    this.#bytes = bytes;
    this.#from = from;
    this.#code.scan(words / 2);
    return words / 2;
  }

  /** Lines with the same members in the same order have the same shape; -1 for any other line. */
  shapeOf(line: number): number {
    const shape = this.#heads[line * 2] ?? -1;
    if (shape === FULL) this.#isFull = true;
    return shape;
  }

  /** Where the numbers of a line's values begin, for `numberAt`. */
  membersOf(line: number): number {
    return this.#heads[line * 2 + 1] ?? 0;
  }

  /** One number for one text of a value; negative for a value without. */
  numberAt(members: number, member: number): number {
    return this.#members[members + member * MEMBER_WORDS] ?? NO_NUMBER;
  }

  startAt(members: number, member: number): number {
    return this.#from + (this.#members[members + member * MEMBER_WORDS + 1] ?? 0);
  }

  endAt(members: number, member: number): number {
    return this.#from + (this.#members[members + member * MEMBER_WORDS + 2] ?? 0);
  }

  /** The bytes of the lines, when all are ASCII. */
  get ascii(): Uint8Array | null {
    return this.#encoding === 'latin1' ? this.#bytes : null;
  }

  /** How many bytes the value has as it is written: unless it is a list, no fewer than the field has UTF-16 units. */
  bytesAt(members: number, member: number): number {
    const at = members + member * MEMBER_WORDS;
    return (this.#members[at + 2] ?? 0) - (this.#members[at + 1] ?? 0);
  }

  isListAt(members: number, member: number): boolean {
    return this.#bytes[this.startAt(members, member)] === 0x5b;
  }

  /** False for numbers, booleans and lists. */
  isTextAt(members: number, member: number): boolean {
    return this.#bytes[this.startAt(members, member)] === 0x22;
  }

  lineText(line: number): string {
    const [start = 0, end = 0] = [this.#spans[line * 2], this.#spans[line * 2 + 1]];
    return this.#bytes.toString(this.#encoding, this.#from + start, this.#from + end);
  }

  /** The value as a field has it. */
  textAt(members: number, member: number): string {
    const start = this.startAt(members, member);
    const end = this.endAt(members, member);
    const first = this.#bytes[start];
    if (first === 0x5b)
      return leafText('', '', JSON.parse(this.#bytes.toString(this.#encoding, start, end)) as Json) ?? '';
    if (first !== 0x22) return this.#bytes.toString('latin1', start, end);
    const text = this.#bytes.toString(this.#encoding, start + 1, end - 1);
    return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
  }

  /** Names of the members of a shape. */
  namesOf(shape: number): string[] {
    return this.#nodesOf(shape).map((node) => {
      const at = this.#code.nameAt(node);
      return Buffer.from(this.#names.subarray(at, at + this.#code.nameLength(node))).toString('latin1');
    });
  }

  /** From the next scan on, values of these members of the shape have numbers. */
  watch(shape: number, members: Iterable<number>): void {
    const nodes = this.#nodesOf(shape);
    for (const member of members) {
      const node = nodes[member];
      if (node !== undefined) this.#code.watch(node);
    }
  }

  #nodesOf(shape: number): number[] {
    const nodes: number[] = [];
    for (let node = this.#code.lastNodeOf(shape); node !== 0; node = this.#code.nodeBefore(node)) nodes.push(node);
    return nodes.reverse();
  }
}
