// Reads lines that are flat JSON objects without making a text of any value. AssemblyScript, compiled to WebAssembly by
// `npm run gen:scanner`; src/ingest/line-scanner.ts is its face and says what it promises.

/** Lines are put here by the caller, with 64 bytes free behind them. */
export const INPUT: usize = 0x1_0000;
export const INPUT_BYTES: i32 = 512 * 1024;
/** `[start, end)` of each line, as offsets into the input. */
export const SPANS: usize = 0x9_0000;
export const LINES_MAX: i32 = 64;
/** For each line: its shape, or a reason why it has none; and where its members begin, in words. */
export const HEADS: usize = 0x9_1000;
/** For each member of each line: its value's number, and where its text starts and ends in the input. */
export const MEMBERS: usize = 0xa_0000;
const MEMBER_WORDS: i32 = 3;
const MEMBERS_MAX: i32 = 128;
// 64 lines of 128 members of 12 bytes take 0x1_8000.

const NODES: usize = 0xc_0000;
const NODE_BYTES: usize = 64;
const NODES_MAX: i32 = 16_384;
const NAMES: usize = 0x1c_0000;
const NAMES_BYTES: usize = 0x8_0000;
const ENDS: usize = 0x24_0000;
const SHAPES_MAX: i32 = 16_384;

const SLOTS: usize = 0x28_0000;
const SLOTS_MAX: i32 = 131_072;
const VALUES: usize = 0x30_0000;
const VALUE_BYTES: usize = 16;
const VALUES_MAX: i32 = 65_536;
const TEXTS: usize = 0x40_0000;
const TEXTS_BYTES: usize = 0x80_0000;
// All of it ends at 0xc0_0000: 192 pages.

/** Instead of the number of a value. */
const NOT_WATCHED: i32 = -2;
const NOT_KEPT: i32 = -1;
/** Instead of a shape. */
const NO_SHAPE: i32 = -1;
const FULL: i32 = -2;

/** Names that are told apart at one place: they are compared one by one. */
const SIBLINGS_MAX: i32 = 64;
/** After so many lines with names beyond, all is learnt anew. */
const REFUSED_MAX: i32 = 16_384;
const NAME_BYTES_MAX: i32 = 130;
/** With its quotes; longer ones are for others to cut. */
const VALUE_BYTES_MAX: i32 = 32_768;
/** The text of a list, with its blanks, may be half as long again. */
const LIST_BYTES_MAX: i32 = 16_384;
/** Messages of longer lines are cut. */
const LINE_BYTES_MAX: i32 = 65_536;
/** Longer values are seldom seen twice. */
const KEPT_BYTES_MAX: i32 = 2_048;
const INTEGER_DIGITS_MAX: i32 = 19;

/** Values are made up that fall together: one that has no place within so many is not kept. */
const PROBES_MAX: i32 = 32;

/** Of so many values at one place … */
const WEIGHED: i32 = 512;
/** … one in so many must have been there before, or the next values are not kept. */
const ONE_KNOWN_IN: i32 = 4;
const RESTED: i32 = 8_192;
/** Counts start anew before they overflow. */
const ASKED_MASK: i32 = 0xf_ffff;

// A node is what is known after the names up to one: fields of a node, in bytes.
const PARENT: usize = 0;
const NAME_AT: usize = 4;
const NAME_BYTES: usize = 8;
const FIRST_CHILD: usize = 12;
const SIBLING: usize = 16;
const USUAL_CHILD: usize = 20;
const SHAPE: usize = 24;
const WATCHED: usize = 28;
const LAST_AT: usize = 32;
const LAST_BYTES: usize = 36;
const LAST_NUMBER: usize = 40;
const CHILDREN: usize = 44;
const ASKED: usize = 48;
const FRESH: usize = 52;
const RESTING: usize = 56;

let nodes: i32 = 1;
let nameBytes: usize = 0;
let shapes: i32 = 0;
let refused: i32 = 0;
let values: i32 = 0;
let textBytes: usize = 0;
/** Number of the first value of this generation. */
let firstNumber: i32 = 0;
let generations: i32 = 0;

/** Counts how often all numbers of values were given up for new ones. */
export function generation(): i32 {
  return generations;
}

/** Node of the last member of a shape; 0 is before the first. */
export function lastNodeOf(shape: i32): i32 {
  return load<i32>(ENDS + ((<usize>shape) << 2));
}

export function nodeBefore(node: i32): i32 {
  return load<i32>(at(node) + PARENT);
}

/** Where the member's name lies in memory, and its bytes, without quotes. */
export function nameAt(node: i32): usize {
  return NAMES + <usize>load<i32>(at(node) + NAME_AT) + 1;
}

export function nameLength(node: i32): i32 {
  return load<i32>(at(node) + NAME_BYTES) - 2;
}

/** From now on the values of this member have numbers. */
export function watch(node: i32): void {
  store<i32>(at(node) + WATCHED, 1);
}

/** Forgets all shapes and values. */
export function forget(): void {
  memory.fill(NODES, 0, NODES_MAX * <i32>NODE_BYTES);
  nodes = 1;
  nameBytes = 0;
  shapes = 0;
  refused = 0;
  forgetValues();
  store<i32>(NODES + SHAPE, NO_SHAPE);
}

/** Fills heads and members for the first lines of SPANS. */
export function scan(lines: i32): void {
  let out = 0;
  for (let line = 0; line < lines; line += 1) {
    const span = SPANS + ((<usize>line) << 3);
    const head = HEADS + ((<usize>line) << 3);
    store<i32>(head + 4, out);
    const start = INPUT + <usize>load<i32>(span);
    const end = INPUT + <usize>load<i32>(span + 4);
    const shape = scanLine(start, end, MEMBERS + ((<usize>out) << 2));
    store<i32>(head, shape);
    if (shape >= 0) out += members * MEMBER_WORDS;
  }
}

/** Members of the line that was scanned last. */
let members: i32 = 0;

function scanLine(start: usize, end: usize, out: usize): i32 {
  if (end <= start || <i32>(end - start) > LINE_BYTES_MAX || load<u8>(start) !== 0x7b) return NO_SHAPE;
  let p = start + 1;
  let node = 0;
  let hasList = false;
  members = 0;
  while (true) {
    p = pastSpaces(p);
    const child = childOf(node, p, end);
    if (child <= 0) return child === 0 ? NO_SHAPE : FULL;
    node = child;
    const known = at(node);
    p = pastSpaces(p + <usize>load<i32>(known + NAME_BYTES));
    if (load<u8>(p) !== 0x3a) return NO_SHAPE;
    p = pastSpaces(p + 1);
    const isList = load<u8>(p) === 0x5b;
    if (isList) {
      // Which of two lists becomes what is for others to say.
      if (hasList) return NO_SHAPE;
      hasList = true;
    }
    let number = NOT_WATCHED;
    let past: usize;
    if (load<i32>(known + WATCHED) !== 0) {
      const lastBytes = <usize>load<i32>(known + LAST_BYTES);
      if (lastBytes > 0 && isSame(TEXTS + <usize>load<i32>(known + LAST_AT), p, lastBytes) && isEnd(p, p + lastBytes)) {
        number = load<i32>(known + LAST_NUMBER);
        past = p + lastBytes;
        store<i32>(known + ASKED, (load<i32>(known + ASKED) + 1) & ASKED_MASK);
      } else {
        past = pastValue(p);
        if (past === 0 || past > end) return NO_SHAPE;
        number = numberOf(known, p, past);
      }
    } else {
      past = pastValue(p);
    }
    if (past === 0 || past > end) return NO_SHAPE;
    if (<i32>(past - p) > (isList ? LIST_BYTES_MAX : VALUE_BYTES_MAX)) return NO_SHAPE;
    if (members === MEMBERS_MAX) return NO_SHAPE;
    store<i32>(out, number);
    store<i32>(out + 4, <i32>(p - INPUT));
    store<i32>(out + 8, <i32>(past - INPUT));
    out += <usize>(MEMBER_WORDS << 2);
    members += 1;
    p = pastSpaces(past);
    const byte = load<u8>(p);
    p += 1;
    if (byte === 0x2c) continue;
    if (byte !== 0x7d) return NO_SHAPE;
    break;
  }
  while (p < end) {
    const byte = load<u8>(p);
    if (byte !== 0x20 && byte !== 0x0d) return NO_SHAPE;
    p += 1;
  }
  // A line that goes on behind its span is none.
  if (p > end) return NO_SHAPE;
  return shapeOf(node);
}

function shapeOf(node: i32): i32 {
  const known = load<i32>(at(node) + SHAPE);
  if (known >= 0) return known;
  if (shapes === SHAPES_MAX) return FULL;
  const fresh = shapes;
  shapes += 1;
  store<i32>(at(node) + SHAPE, fresh);
  store<i32>(ENDS + ((<usize>fresh) << 2), node);
  return fresh;
}

/** 0 for what is no plain name, -1 when there is no room for another node. */
function childOf(node: i32, p: usize, end: usize): i32 {
  const known = at(node);
  const usual = load<i32>(known + USUAL_CHILD);
  if (usual !== 0 && isNamed(usual, p)) return usual;
  let child = load<i32>(known + FIRST_CHILD);
  while (child !== 0) {
    if (isNamed(child, p)) {
      store<i32>(known + USUAL_CHILD, child);
      return child;
    }
    child = load<i32>(at(child) + SIBLING);
  }
  if (load<u8>(p) !== 0x22) return 0;
  let past = p + 1;
  while (true) {
    const byte = load<u8>(past);
    past += 1;
    if (byte === 0x22) break;
    if (byte < 0x20 || byte >= 0x7f || byte === 0x5c) return 0;
    if (<i32>(past - p) > NAME_BYTES_MAX) return 0;
  }
  if (past > end) return 0;
  const bytes = past - p;
  if (nodes === NODES_MAX || nameBytes + bytes + 16 > NAMES_BYTES) return -1;
  if (load<i32>(known + CHILDREN) === SIBLINGS_MAX) {
    refused += 1;
    return refused < REFUSED_MAX ? 0 : -1;
  }
  const fresh = nodes;
  nodes += 1;
  const made = at(fresh);
  memory.fill(made, 0, NODE_BYTES);
  memory.copy(NAMES + nameBytes, p, bytes);
  store<i32>(made + PARENT, node);
  store<i32>(made + NAME_AT, <i32>nameBytes);
  store<i32>(made + NAME_BYTES, <i32>bytes);
  store<i32>(made + SIBLING, load<i32>(known + FIRST_CHILD));
  store<i32>(made + SHAPE, NO_SHAPE);
  nameBytes += bytes;
  store<i32>(known + FIRST_CHILD, fresh);
  store<i32>(known + USUAL_CHILD, fresh);
  store<i32>(known + CHILDREN, load<i32>(known + CHILDREN) + 1);
  return fresh;
}

function isNamed(node: i32, p: usize): bool {
  const known = at(node);
  return isSame(NAMES + <usize>load<i32>(known + NAME_AT), p, <usize>load<i32>(known + NAME_BYTES));
}

/** Texts and lists end by themselves, anything else before what may follow a value. */
function isEnd(p: usize, past: usize): bool {
  const first = load<u8>(p);
  if (first === 0x22 || first === 0x5b) return true;
  const next = load<u8>(past);
  return next === 0x2c || next === 0x7d || next === 0x5d || next === 0x20;
}

/** Past a plain value or a list of such; 0 for any other. */
function pastValue(p: usize): usize {
  return load<u8>(p) === 0x5b ? pastList(p + 1) : pastPlain(p);
}

function pastList(from: usize): usize {
  let p = pastSpaces(from);
  if (load<u8>(p) === 0x5d) return p + 1;
  while (true) {
    p = pastPlain(p);
    if (p === 0) return 0;
    p = pastSpaces(p);
    const byte = load<u8>(p);
    if (byte === 0x5d) return p + 1;
    if (byte !== 0x2c) return 0;
    p = pastSpaces(p + 1);
  }
}

/** Past a text, an integer, true or false; 0 for any other value, and for texts with `\u` or broken escapes. */
function pastPlain(p: usize): usize {
  const byte = load<u8>(p);
  if (byte === 0x22) return pastText(p + 1);
  if (byte === 0x74) return load<u32>(p) === 0x65757274 ? pastWord(p + 4) : 0;
  if (byte === 0x66) return load<u32>(p + 1) === 0x65736c61 ? pastWord(p + 5) : 0;
  let digit = p;
  if (byte === 0x2d) digit += 1;
  const first = digit;
  while (load<u8>(digit) - 0x30 < 10) digit += 1;
  const digits = <i32>(digit - first);
  if (digits === 0 || digits > INTEGER_DIGITS_MAX) return 0;
  // No integer starts with 0 but 0 itself, and -0 is no usual one.
  if (load<u8>(first) === 0x30 && (digits > 1 || first !== p)) return 0;
  return pastWord(digit);
}

function pastWord(past: usize): usize {
  const next = load<u8>(past);
  return next === 0x2c || next === 0x7d || next === 0x5d || next === 0x20 ? past : 0;
}

function pastText(from: usize): usize {
  let p = from;
  const quote = i8x16.splat(0x22);
  const backslash = i8x16.splat(0x5c);
  const printable = i8x16.splat(0x20);
  while (true) {
    const some = v128.load(p);
    const mask = i8x16.bitmask(
      v128.or(v128.or(i8x16.eq(some, quote), i8x16.eq(some, backslash)), i8x16.lt_u(some, printable)),
    );
    if (mask === 0) {
      p += 16;
      // Behind the input lie control characters, so this ends.
      continue;
    }
    p += <usize>ctz(mask);
    const byte = load<u8>(p);
    if (byte === 0x22) return p + 1;
    if (byte !== 0x5c || !isEscape(load<u8>(p + 1))) return 0;
    p += 2;
  }
}

/** `"`, `\`, `/`, b, f, n, r, t. */
function isEscape(byte: u8): bool {
  return (
    byte === 0x5c ||
    byte === 0x22 ||
    byte === 0x6e ||
    byte === 0x72 ||
    byte === 0x74 ||
    byte === 0x2f ||
    byte === 0x62 ||
    byte === 0x66
  );
}

function pastSpaces(from: usize): usize {
  let p = from;
  while (load<u8>(p) === 0x20) p += 1;
  return p;
}

/** The number of a value, which is kept unless most values at this place are new. */
function numberOf(known: usize, p: usize, past: usize): i32 {
  const bytes = past - p;
  if (<i32>bytes > KEPT_BYTES_MAX) return NOT_KEPT;
  const resting = load<i32>(known + RESTING);
  if (resting > 0) {
    store<i32>(known + RESTING, resting - 1);
    return NOT_KEPT;
  }
  const hash = hashOf(p, bytes);
  let slot = <i32>(hash & <u64>(SLOTS_MAX - 1));
  const mark = <u32>(hash >> 32);
  let number = NOT_KEPT;
  let probes = 0;
  while (true) {
    const entry = load<i32>(SLOTS + ((<usize>slot) << 2));
    if (entry === 0) break;
    const value = VALUES + <usize>(entry - 1) * VALUE_BYTES;
    if (
      load<u32>(value + 8) === mark &&
      <usize>load<i32>(value + 4) === bytes &&
      isSame(TEXTS + <usize>load<i32>(value), p, bytes)
    ) {
      number = firstNumber + entry - 1;
      store<i32>(known + LAST_AT, load<i32>(value));
      break;
    }
    slot = (slot + 1) & (SLOTS_MAX - 1);
    probes += 1;
    if (probes === PROBES_MAX) return NOT_KEPT;
  }
  const asked = (load<i32>(known + ASKED) + 1) & ASKED_MASK;
  store<i32>(known + ASKED, asked);
  if (number === NOT_KEPT) {
    const fresh = load<i32>(known + FRESH) + 1;
    store<i32>(known + FRESH, fresh);
    if (asked >= WEIGHED) {
      store<i32>(known + ASKED, 0);
      store<i32>(known + FRESH, 0);
      if ((asked - fresh) * ONE_KNOWN_IN < asked) {
        store<i32>(known + RESTING, RESTED);
        return NOT_KEPT;
      }
    }
    if (values === VALUES_MAX || textBytes + bytes + 16 > TEXTS_BYTES) {
      forgetValues();
      slot = <i32>(hash & <u64>(SLOTS_MAX - 1));
    }
    const value = VALUES + <usize>values * VALUE_BYTES;
    store<i32>(value, <i32>textBytes);
    store<i32>(value + 4, <i32>bytes);
    store<u32>(value + 8, mark);
    memory.copy(TEXTS + textBytes, p, bytes);
    store<i32>(known + LAST_AT, <i32>textBytes);
    textBytes += bytes;
    number = firstNumber + values;
    values += 1;
    store<i32>(SLOTS + ((<usize>slot) << 2), values);
  }
  store<i32>(known + LAST_BYTES, <i32>bytes);
  store<i32>(known + LAST_NUMBER, number);
  return number;
}

/** Numbers never come again in the next generation, so that nobody takes one value for another. */
function forgetValues(): void {
  firstNumber = firstNumber > 0x3fff_0000 ? 0 : firstNumber + VALUES_MAX;
  generations += 1;
  values = 0;
  textBytes = 0;
  memory.fill(SLOTS, 0, SLOTS_MAX << 2);
  for (let node = 0; node < nodes; node += 1) store<i32>(at(node) + LAST_BYTES, 0);
}

function hashOf(from: usize, bytes: usize): u64 {
  let hash: u64 = <u64>bytes;
  let p = from;
  const past = from + bytes;
  while (p + 8 <= past) {
    hash = mixed(hash ^ load<u64>(p));
    p += 8;
  }
  const left = past - p;
  if (left > 0) hash = mixed(hash ^ (load<u64>(p) & (((<u64>1) << ((<u64>left) << 3)) - 1)));
  return hash;
}

/** Odd, with its bits well spread. */
const FACTOR: u64 = ((<u64>0xff51_afd7) << 32) | <u64>0xed55_8ccd;

/** The high bits of a product depend on all bits of its factors: they are put upon the low ones, too. */
function mixed(hash: u64): u64 {
  const product = (hash + 0x9e37_79b9) * FACTOR;
  return product ^ (product >> 32);
}

function isSame(a: usize, b: usize, bytes: usize): bool {
  let i: usize = 0;
  while (i + 16 <= bytes) {
    if (i8x16.bitmask(i8x16.eq(v128.load(a + i), v128.load(b + i))) !== 0xffff) return false;
    i += 16;
  }
  const left = bytes - i;
  if (left === 0) return true;
  const wanted = (1 << (<i32>left)) - 1;
  return (i8x16.bitmask(i8x16.eq(v128.load(a + i), v128.load(b + i))) & wanted) === wanted;
}

function at(node: i32): usize {
  return NODES + <usize>node * NODE_BYTES;
}
