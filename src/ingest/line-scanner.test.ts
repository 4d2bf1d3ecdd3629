import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json, JsonObject } from '../shared/json.ts';
import { leafText } from './flatten.ts';
import { LineScanner } from './line-scanner.ts';
import { splitLines } from './split-records.ts';

type Scanned = {
  readonly shape: number;
  readonly names: readonly string[];
  readonly texts: readonly string[];
  readonly numbers: readonly number[];
};

/** Scans a text whose lines are one batch; all values are watched from the second time on. */
function scanAll(scanner: LineScanner, text: string): Scanned[] {
  const bytes = Buffer.from(text);
  const spans = splitLines(bytes);
  const isAscii = bytes.every((byte) => byte < 0x80);
  const found: Scanned[] = [];
  for (let from = 0; from < spans.length; ) {
    const lines = scanner.scan(bytes, spans.subarray(from), isAscii);
    if (lines === 0) {
      found.push(NONE);
      from += 2;
      continue;
    }
    for (let line = 0; line < lines; line += 1) found.push(scannedLine(scanner, line));
    from += lines * 2;
  }
  return found;
}

function scannedLine(scanner: LineScanner, line: number): Scanned {
  const shape = scanner.shapeOf(line);
  if (shape < 0) return NONE;
  const names = scanner.namesOf(shape);
  const members = scanner.membersOf(line);
  scanner.watch(shape, names.keys());
  return {
    shape,
    names,
    texts: names.map((_, member) => scanner.textAt(members, member)),
    numbers: names.map((_, member) => scanner.numberAt(members, member)),
  };
}

const NONE: Scanned = { shape: -1, names: [], texts: [], numbers: [] };

const one = (line: string): Scanned => scanAll(new LineScanner(), line)[0] ?? NONE;

test('flat objects of texts, integers, booleans and one list of such are read', () => {
  expect(
    one('{"a":"x","b":5,"c":true,"d":false,"e":"","f":"C:\\\\x\\"y\\/z\\n","g":[1,"b", true],"h":-7}'),
  ).toMatchObject({
    names: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'],
    texts: ['x', '5', 'true', 'false', '', 'C:\\x"y/z\n', '1, b, true', '-7'],
  });
  expect(one('{ "a" : "x" , "b" : 12 } ').texts).toEqual(['x', '12']);
  expect(one('{"a":"Zürich 😀","b":[]}').texts).toEqual(['Zürich 😀', '']);
  expect(one('{"k":-9223372036854775808}').texts).toEqual(['-9223372036854775808']);
});

test('any other line is left to others', () => {
  const left = [
    'text',
    '{}',
    '[]',
    '{"a":1',
    '{"a":1}}',
    '{"a":1} x',
    '{"a":1,}',
    '{"a" 1}',
    '{"a":null}',
    '{"a":{"b":1}}',
    '{"a":[[1]]}',
    '{"a":[1,]}',
    '{"a":[1],"b":[2]}',
    '{"a":1.5}',
    '{"a":1e3}',
    '{"a":01}',
    '{"a":-0}',
    '{"a":-}',
    '{"a":12345678901234567890}',
    '{"a":truex}',
    '{"a":tru}',
    '{"a":"\\u0041"}',
    '{"a":"\\x"}',
    '{"a":"tab\there"}',
    '{"a":"open}',
    '{"a\\n":1}',
    '{"ä":1}',
    `{"${'n'.repeat(200)}":1}`,
    `{"a":"${'x'.repeat(40_000)}"}`,
    // Each value is short enough, the text of the list and the message are not.
    `{"a":[${'1,'.repeat(12_000)}1]}`,
    `{"a":"${'x'.repeat(30_000)}","b":"${'y'.repeat(30_000)}","c":"${'z'.repeat(30_000)}"}`,
    `{${Array.from({ length: 200 }, (_, i) => `"m${i}":1`).join(',')}}`,
  ];
  for (const line of left) expect([line, one(line).shape]).toEqual([line, -1]);
});

const value = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.constantFrom(
      ...['"a"', '"b"', '""', '"a\\\\b"', '"a,b"', '"}"', '1', '10', '-1', 'true', 'false', '"ä"', '9007199254740993'],
      ...[`"${'long '.repeat(20)}"`, `"${'x'.repeat(3_000)}"`, '"\\\\""', '"a\\nb"'],
    ),
  },
  fc.constantFrom('[]', '[1,2]', '["a", 1]', '[true]', '[[]]', '{}', '"\\"', '"\\u0041"', '01', 'null', '1.5'),
);
const name = fc.constantFrom('a', 'b', 'c', '7', 'long_name_of_a_member', '__proto__');
const gap = fc.oneof({ weight: 20, arbitrary: fc.constant('') }, fc.constantFrom(' ', '  ', '\t'));

const lineOf = fc
  .array(fc.tuple(name, gap, gap, value, gap), { minLength: 1, maxLength: 6 })
  .map((members) => `{${members.map(([key, a, b, v, c]) => `${a}"${key}"${a}:${b}${v}${c}`).join(',')}}`);

/** Most lines as they are, some with a unit put in, taken out or cut off behind. */
const hostile = fc.oneof(
  { weight: 4, arbitrary: lineOf },
  fc.tuple(lineOf, fc.nat(), fc.constantFrom('"', '\\', ',', '}', ' ', '0', 'ü', '\u0001')).map(([line, at, unit]) => {
    const place = at % (line.length + 1);
    return line.slice(0, place) + unit + line.slice(place);
  }),
  fc.tuple(lineOf, fc.nat()).map(([line, at]) => line.slice(0, at % line.length) + line.slice((at % line.length) + 1)),
  fc.tuple(lineOf, fc.nat()).map(([line, at]) => line.slice(0, at % line.length)),
);

test('what is read of a line is what JSON says of it, and one number stands for one value', () => {
  let read = 0;
  const scanner = new LineScanner();
  fc.assert(
    fc.property(fc.array(hostile, { minLength: 1, maxLength: 80 }), (lines) => {
      const texts = new Map<number, string>();
      const scanned = scanAll(scanner, lines.map((line) => line.replaceAll('\n', ' ')).join('\n'));
      const kept = lines.filter((line) => line.trim() !== '');
      expect(scanned).toHaveLength(kept.length);
      for (const [at, found] of scanned.entries()) {
        if (found.shape < 0) continue;
        read += 1;
        const line = kept[at] ?? '';
        const record = JSON.parse(line) as JsonObject;
        for (const [member, number] of found.numbers.entries()) {
          if (number < 0) continue;
          expect(texts.get(number) ?? found.texts[member]).toBe(found.texts[member]);
          texts.set(number, found.texts[member] ?? '');
        }
        const names = Object.keys(record);
        if (new Set(found.names).size < found.names.length || names.join() !== found.names.join()) continue;
        expect(found.texts).toEqual(names.map((key) => leafText(line, key, record[key] as Json)));
      }
    }),
    { numRuns: 1_500 },
  );
  expect(read).toBeGreaterThan(3_000);
});

test('more values than are kept begin a new generation, in which each has one number again', () => {
  const scanner = new LineScanner();
  const line = (i: number): string => `{"same":"s","a":"${i % 97}","b":"v${i >> 1}","c":"v${(i >> 1) + 1}"}`;
  const expectedTexts = (i: number): string[] => ['s', String(i % 97), `v${i >> 1}`, `v${(i >> 1) + 1}`];
  scanAll(scanner, [line(0), line(1)].join('\n'));
  const first = scanner.generation;
  const numbers = new Map<string, number>();
  let generation = first;
  let told = 0;
  const wrong: string[] = [];
  for (let from = 0; from < 160_000; from += 64) {
    const scanned = scanAll(scanner, Array.from({ length: 64 }, (_, i) => line(from + i)).join('\n'));
    const isSame = scanner.generation === generation;
    generation = scanner.generation;
    if (!isSame) numbers.clear();
    for (const { numbers: own, texts } of isSame ? scanned : []) {
      for (const [member, number] of own.entries()) {
        const key = texts[member] ?? '';
        if (number < 0) continue;
        told += 1;
        if ((numbers.get(key) ?? number) !== number) wrong.push(key);
        numbers.set(key, number);
      }
    }
    expect(scanned[63]?.texts).toEqual(expectedTexts(from + 63));
  }
  expect(wrong).toEqual([]);
  expect(told).toBeGreaterThan(300_000);
  expect(generation).toBeGreaterThan(first);
});

test('lines that never have the same members twice are forgotten, and the usual ones learnt anew', () => {
  const scanner = new LineScanner();
  const epoch = scanner.epoch;
  for (let i = 0; i < 20_000; i += 1)
    scanAll(scanner, `{"a":1,"m${i % 60}":1,"n${Math.floor(i / 60) % 60}":1,"o${i}":2}`);
  expect(scanner.epoch).toBeGreaterThan(epoch);
  expect(scanAll(scanner, '{"usual":1}\n{"usual":1}').map(({ names }) => names)).toEqual([['usual'], ['usual']]);
  const second = scanner.epoch;
  for (let i = 0; i < 20_000; i += 1) scanAll(scanner, `{"first${i}":1}`);
  expect(scanner.epoch).toBeGreaterThan(second);
});

test('a line longer than what is scanned at once is left, and the next one is read', () => {
  const scanner = new LineScanner();
  const long = `{"a":"${'x'.repeat(900_000)}"}`;
  expect(scanAll(scanner, `${long}\n{"a":"b"}`).map(({ texts }) => texts)).toEqual([[], ['b']]);
});
