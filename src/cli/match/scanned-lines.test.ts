import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LogEvent } from '../../events/event.ts';
import { decodeEntry } from '../../ingest/decode-entry.ts';
import { LineScanner } from '../../ingest/line-scanner.ts';
import { splitLines } from '../../ingest/split-records.ts';
import { eventAccess } from '../../query/access.ts';
import { closureOf } from '../../query/evaluate-condition.ts';
import { EventView } from '../../query/event-view.ts';
import type { Condition, FieldRef } from '../../query/plan.ts';
import { matches } from '../../query/plan-condition.ts';
import { buildMatcher } from '../../rules/matcher/build-matcher.ts';
import { LineDecoder } from './line-decoder.ts';
import { LineMatcher } from './line-matcher.ts';
import { QUIET, ScannedLines, UNKNOWN } from './scanned-lines.ts';

const RECEIVED_AT_MS = Date.UTC(2026, 0, 1);

/** Several for one field, names that decide how a line is read, and lists. */
const KEYS =
  `Image CommandLine ParentImage TargetObject User Computer Hostname Provider_Name SourceName Hashes MD5 Message
  Description tags Keywords ProcessId Initiated`.split(/\s+/);
const TIME_KEYS = ['UtcTime', 'TimeCreated', '@timestamp', 'EventTime'];
/** Lines with one are decoded. */
const ODD_KEYS = ['7', 'msg', 'norm_id'];
const time = fc.constantFrom('"2020-01-02T03:04:05Z"', '"2020-01-02 03:04:05.123"', '"2026-01-01T23:59:59Z"');

const NAMES =
  `process image command parent_image target_object user device_name host event_source hash hash_md5 hash_sha1
  message description tags keyword process_id is_initiated log_ts label norm_id event_id channel msg Image User
  CommandLine source_name repo_name`.split(/\s+/);

const text = fc.constantFrom(
  ...['', 'a', 'b', 'ab', 'C:\\Windows\\System32\\cmd.exe', 'cmd.exe', '1', '01', '-1', 'true', 'K', 'sekurlsa::logon'],
  ...[
    'SHA1=ab,MD5=1',
    'MD5=1,SHA1=ab',
    'SHA1=,MD5=',
    'x=y',
    '2020-01-02T03:04:05Z',
    '2020-01-02 03:04:05.123',
    'never',
  ],
  ...[
    '2026-01-01T23:59:59Z',
    '2027-01-01T00:00:00Z',
    'ü',
    '\u{1f600}',
    'a/b "quoted"',
    'x'.repeat(3_000),
    '1600000000',
  ],
);
const value = fc.oneof(
  { weight: 40, arbitrary: text.map((one) => JSON.stringify(one)) },
  { weight: 4, arbitrary: fc.constantFrom('1', '4688', '-5', '9007199254740993', 'true', 'false') },
  { weight: 2, arbitrary: fc.constantFrom('["a","b"]', '[]', '[1]', '"a\\/b"', '"C:\\\\Win"') },
  { weight: 2, arbitrary: fc.constantFrom('["sekurlsa","logon"]', '[1,2,3,4]') },
  fc.constantFrom('null', '1.5', '"\\u0041"', '"\\ud800"', '{"a":1}'),
);
const key = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(...KEYS) },
  { weight: 4, arbitrary: fc.constantFrom(...TIME_KEYS) },
  fc.constantFrom(...ODD_KEYS),
);
/** Values of one member: few, as in logs. */
const valuesOf = (name: string): fc.Arbitrary<string[]> => {
  const usual = TIME_KEYS.includes(name) ? fc.oneof({ weight: 9, arbitrary: time }, value) : value;
  const hashes = fc.constantFrom('"SHA1=ab,MD5=1"', '"SHA1=b,MD5=1"', '"SHA1=a,MD5=1"');
  return fc.array(name === 'Hashes' ? fc.oneof({ weight: 9, arbitrary: hashes }, value) : usual, {
    minLength: 1,
    maxLength: 4,
  });
};

const field = (name: string): FieldRef => ({ kind: 'field', names: [name], isSet: name === 'label' });
const ref = fc.constantFrom(...NAMES).map(field);
const wild = fc.constantFrom(
  'a',
  '*b',
  'a*',
  '*cmd.exe',
  '*ab*',
  '1',
  '*',
  '*windows*',
  'ü',
  'Security',
  '4*',
  'k',
  '1, 2, 3, 4',
  '1, 2, 3, 4',
);
const leaf: fc.Arbitrary<Condition> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(ref, fc.array(wild, { minLength: 1, maxLength: 3 })).map(([one, some]) => matches(one, some)),
  },
  ref.map((one): Condition => ({ kind: 'exists', ref: one })),
  fc
    .tuple(ref, fc.constantFrom('<' as const, '>=' as const), fc.constantFrom(1, 5, 1_577_934_245))
    .map(([one, op, number]): Condition => ({ kind: 'compares', ref: one, op, number })),
  fc
    .tuple(ref, fc.constantFrom('^a', 'b$', 'cmd\\.exe', '(?i)WIN', '.'))
    .map(([one, regex]): Condition => ({ kind: 'finds', ref: one, regex })),
  fc.constantFrom('logonpa', 'sekurlsa::', 'cmd.exe', 'ab', 'sekurlsa, logon', '1, 2, 3, 4').map(
    (word): Condition => ({
      kind: 'anywhere',
      test: { kind: 'folded', texts: { exact: [], patterns: [{ kind: 'contains', text: word }] } },
    }),
  ),
);
const condition = fc.oneof(
  { weight: 2, arbitrary: leaf },
  fc
    .tuple(fc.constantFrom('and' as const, 'or' as const), fc.array(leaf, { minLength: 2, maxLength: 3 }))
    .map(([kind, operands]): Condition => ({ kind, operands })),
  fc
    .tuple(fc.constantFrom('4688', '1', '7'), fc.constantFrom('Security', 'System'), leaf, leaf)
    .map(([id, channel, one, other]): Condition => {
      const kind = [matches(field('event_id'), [id]), matches(field('channel'), [channel])];
      return { kind: 'and', operands: [...kind, one, { kind: 'not', operand: other }] };
    }),
);

const RUNS = 600;

/** Lines of one source: the same members, values that come again. */
const lines = fc
  .tuple(
    fc
      .uniqueArray(key, { minLength: 1, maxLength: 6 })
      .chain((keys) => fc.tuple(...keys.map((name) => valuesOf(name).map((values) => ({ name, values }))))),
    fc.constantFrom('Security', 'System', 'Microsoft-Windows-Sysmon/Operational'),
    fc.constantFrom('1', '"1"', '7', '4688'),
    fc.constantFrom('', ' '),
    fc.array(fc.array(fc.nat(12), { minLength: 7, maxLength: 7 }), { minLength: 4, maxLength: 12 }),
  )
  .map(([members, channel, id, blank, rows]) =>
    rows.map((row) => {
      const texts = members.map(
        ({ name, values }, at) => `${JSON.stringify(name)}:${blank}${values[(row[at] ?? 0) % values.length]}`,
      );
      // Rarely as a list, whose text is the same.
      const [from, to] = row[6] === 0 ? ['[', ']'] : ['', ''];
      const [before, behind] = row[6] === 1 ? ['[', ']'] : ['', ''];
      return `{"Channel":${before}"${channel}"${behind},${blank}${texts.join(',')},"EventID":${from}${id}${to}}`;
    }),
  );

function decoded(line: string): LogEvent | undefined {
  const bytes = Buffer.from(line);
  const { context } = new LineDecoder('a file', RECEIVED_AT_MS);
  const { events, rejected } = decodeEntry(context, { bytes, spans: splitLines(bytes) }, 1);
  return rejected.length > 0 ? undefined : events[0];
}

const wholeOf = (conditions: readonly Condition[], event: LogEvent): number[] => {
  const view = new EventView().of(event);
  return conditions.flatMap((one, rule) => (closureOf(one, eventAccess)(view) ? [rule] : []));
};

test('what is told of lines is what the rules find in their events', () => {
  const seen = { quiet: 0, suspicious: 0, unknown: 0 };
  fc.assert(
    fc.property(
      fc.array(condition, { minLength: 1, maxLength: 6 }),
      fc.array(lines, { minLength: 1, maxLength: 3 }),
      (conditions, some) => {
        const matcher = buildMatcher(conditions.map((one, key) => ({ key, condition: one })));
        const view = new EventView();
        const decoder = new LineDecoder('a file', RECEIVED_AT_MS);
        const scanned = new ScannedLines(new LineScanner(), matcher, decoder.context, decoder.planned);
        // The second and third time most is known.
        for (const batch of [...some, ...some, ...some]) {
          for (const line of batch) {
            const bytes = Buffer.from(line);
            const spans = splitLines(bytes);
            const isAscii = bytes.every((byte) => byte < 0x80);
            expect(scanned.scan(bytes, spans, isAscii)).toBe(1);
            const told = scanned.tell(0);
            const event = decoded(line);
            if (told === UNKNOWN) {
              seen.unknown += 1;
              decoder.start(bytes);
              const own = decoder.decode(spans)[0] ?? null;
              if (own !== null) scanned.learn(0, own, view);
              continue;
            }
            if (event === undefined) throw new Error(`told of a line that is no event: ${line}`);
            const found = told === QUIET ? [] : matcher.matchFound(told.event, view, told.rules, told.work);
            seen[told === QUIET ? 'quiet' : 'suspicious'] += 1;
            expect([line, found]).toEqual([line, wholeOf(conditions, event)]);
            if (told !== QUIET) expect({ ...told.event.fields }).toEqual({ ...event.fields });
            if (told !== QUIET) expect(told.event.eventAtMs).toBe(event.eventAtMs);
          }
        }
      },
    ),
    { numRuns: RUNS },
  );
  expect(seen.quiet).toBeGreaterThan(RUNS);
  expect(seen.suspicious).toBeGreaterThan(RUNS);
});

test('many lines at once have their matches in their order, whatever was known of each', () => {
  fc.assert(
    fc.property(
      fc.array(condition, { minLength: 1, maxLength: 6 }),
      fc.array(fc.oneof({ weight: 6, arbitrary: lines }, fc.constant(['no event', '{"a":null}'])), {
        minLength: 3,
        maxLength: 12,
      }),
      fc.boolean(),
      (conditions, some, isArray) => {
        const all = [...some, ...some, ...some].flat().filter((line) => !isArray || line.startsWith('{'));
        const tried = conditions.map((one) => ({ condition: one, part: null }));
        const bytes = Buffer.from(isArray ? `[${all.join(',\n')}]` : all.join('\n'));
        const {
          matches: found,
          events,
          rejected,
        } = new LineMatcher(tried, RECEIVED_AT_MS).run({ file: 'a file', bytes });
        const own = all.map(decoded);
        const expected = own.flatMap((event, at) =>
          event === undefined ? [] : wholeOf(conditions, event).flatMap((rule) => [at + 1, rule]),
        );
        expect(found).toEqual(expected);
        expect([events, rejected]).toEqual([
          own.filter((event) => event !== undefined).length,
          own.filter((event) => event === undefined).length,
        ]);
      },
    ),
    { numRuns: 300 },
  );
});

test('kinds and values that never come again are forgotten, and the usual ones learnt anew', () => {
  const conditions = [matches(field('command'), ['*evil*']), matches(field('event_id'), ['7'])];
  const tried = conditions.map((one) => ({ condition: one, part: null }));
  const matcher = new LineMatcher(tried, RECEIVED_AT_MS);
  const line = (id: number, text: string): string =>
    JSON.stringify({ EventID: id, Channel: 'Security', CommandLine: text, Image: `${text}.exe` });
  const matchesIn = (lines: readonly string[]): readonly number[] =>
    matcher.run({ file: 'a file', bytes: Buffer.from(lines.join('\n')) }).matches;
  for (let from = 0; from < 40_000; from += 1_000) {
    const ids = Array.from({ length: 500 }, (_, i) => 10 + from + i);
    expect(matchesIn(ids.flatMap((id) => [line(id, `a${id}`), line(id, `b${id}`)]))).toEqual([]);
  }
  expect(matchesIn([line(7, 'a'), line(8, 'an evil one'), line(8, 'b'), line(7, 'evil')])).toEqual([
    1, 1, 2, 0, 4, 0, 4, 1,
  ]);
});
