import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type LogEvent, newFields } from '../../events/event.ts';
import { EventLayout, LaidOutEvent } from '../../events/laid-out-event.ts';
import { eventAccess } from '../../query/access.ts';
import { closureOf } from '../../query/evaluate-condition.ts';
import { EventView } from '../../query/event-view.ts';
import { fold } from '../../query/fold.ts';
import { textPatternOf } from '../../query/free-text.ts';
import { allOf } from '../../query/join-conditions.ts';
import { networkOf } from '../../query/network.ts';
import type { WildPattern } from '../../query/pattern.ts';
import type { Condition, FieldRef, TextPlan } from '../../query/plan.ts';
import { matches } from '../../query/plan-condition.ts';
import { TEXT_RELATIONS } from '../../query/text-test.ts';
import { buildMatcher, buildMatcherInSlices } from './build-matcher.ts';
import { foldedUnits, isSurrogate } from './folded-units.ts';
import type { Matcher } from './matcher.ts';

const constants = { collected_at: 'LP1' };

function eventOf(values: Readonly<Record<string, string>>): LogEvent {
  const fields = newFields();
  for (const [name, value] of Object.entries(values)) fields[name] = value;
  return { seq: 7, repo: 'default', eventAtMs: 1_700_000_000_000, receivedAtMs: 1_700_000_001_000, fields };
}

/** The same event, as one that comes with its layout. */
function laidOut(event: LogEvent, layouts: Map<string, EventLayout>): LogEvent {
  const names = Object.keys(event.fields);
  const key = JSON.stringify(names);
  const layout = layouts.get(key) ?? new EventLayout(names);
  layouts.set(key, layout);
  return new LaidOutEvent(event, layout, Object.values(event.fields));
}

/** The rules that hold when each is tried on its own. */
function oracle(conditions: readonly Condition[]): (event: LogEvent) => number[] {
  const tests = conditions.map((condition) => closureOf(condition, eventAccess));
  return (event) => {
    const own = new EventView(constants).of(event);
    return tests.flatMap((holds, i) => (holds(own) ? [i] : []));
  };
}

const view = new EventView(constants);
const constantNames = new Set(Object.keys(constants));

type Built = { readonly matcher: Matcher<number>; match(event: LogEvent): readonly number[] };

function build(conditions: readonly Condition[]): Built {
  const rules = conditions.map((one, key) => ({ key, condition: one }));
  const matcher = buildMatcher(rules, { constantNames });
  return { matcher, match: (one) => matcher.match(one, view) };
}

const field = (...names: [string, ...string[]]): FieldRef => ({ kind: 'field', names, isSet: names[0] === 'label' });

/** Few letters, so that texts meet; letters whose case is odd; both halves of a pair; what looks like a number. */
const PIECES = ['a', 'B', 'b', 'ab', '\\', ' ', '.exe', '1', '01', '1.0', '-0', '0', '#1', 'k', 'K', 's', 'ſ'];
const ODD = [
  'İ',
  'ı',
  'i',
  'I',
  'ß',
  'ẞ',
  'Σ',
  'ς',
  'σ',
  'Å',
  'é',
  '\u{10400}',
  '\u{10428}',
  '\ud801',
  '\udc00',
  '\0',
  '10.0.0.1',
];
const text = fc.array(fc.constantFrom(...PIECES, ...ODD), { maxLength: 6 }).map((parts) => parts.join(''));
const wild = fc
  .array(fc.constantFrom(...PIECES, ...ODD, '*', '*', '?'), { maxLength: 6 })
  .map((parts) => parts.join(''));

const wildPattern = fc
  .tuple(fc.constantFrom('prefix' as const, 'suffix' as const, 'contains' as const), text)
  .map(([kind, inner]): WildPattern => ({ kind, text: inner }));

const NAMES = ['process', 'command', 'user', '__proto__', 'constructor', 'collected_at', 'log_ts', '_offset', 'hash'];
const ref = fc.oneof(
  fc.constantFrom(...NAMES).map((name) => field(name)),
  fc.constantFrom(field('Image', 'process', 'image'), field('EventID', 'event_id'), field('msg'), field('label')),
  fc.constantFrom(field('event_id'), field('norm_id'), field('channel'), field('label'), field('repo_name')),
);

const regex = fc
  .array(
    fc.constantFrom(
      'a',
      'ab',
      'b+',
      'k',
      's?',
      '.*',
      '[ab]',
      '(a|b)',
      '\\.',
      '\\\\',
      'é',
      '1{1,2}',
      'a{0,2}',
      '^',
      '$',
    ),
    { minLength: 1, maxLength: 5 },
  )
  .chain((parts) => fc.constantFrom('', '(?i)', '(?s)').map((flags) => flags + parts.join('')))
  // A quantifier of nothing is refused where conditions are made.
  .filter((source) => !/\*\*|[$^][?*+{]/.test(source));

const leaf: fc.Arbitrary<Condition> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(ref, fc.array(wild, { minLength: 1, maxLength: 4 })).map(([r, v]) => matches(r, v)),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(ref, fc.array(wild, { minLength: 60, maxLength: 80 })).map(([r, v]) => matches(r, v)),
  },
  { weight: 1, arbitrary: ref.map((r): Condition => ({ kind: 'exists', ref: r })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(ref, fc.constantFrom('<' as const, '<=' as const, '>' as const, '>=' as const), fc.constantFrom(0, 1, 5))
      .map(([r, op, number]): Condition => ({ kind: 'compares', ref: r, op, number })),
  },
  {
    weight: 1,
    arbitrary: wild.map((words): Condition => ({ kind: 'mentions', ref: field('msg'), text: textPatternOf(words) })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(ref, regex).map(([r, source]): Condition => ({ kind: 'finds', ref: r, regex: source })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(ref, fc.array(text, { minLength: 1, maxLength: 3 }), wildPattern)
      .map(
        ([r, exact, pattern]): Condition => ({ kind: 'matches-cased', ref: r, texts: { exact, patterns: [pattern] } }),
      ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom('folded' as const, 'cased' as const), wildPattern).map(
      ([kind, pattern]): Condition => ({
        kind: 'anywhere',
        test: { kind, texts: { exact: ['ab'], patterns: [pattern] } },
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: regex.map((source): Condition => ({ kind: 'anywhere', test: { kind: 'regex', regex: source } })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(ref, ref, fc.constantFrom(...TEXT_RELATIONS), fc.boolean())
      .map(([one, other, relation, isCased]): Condition => ({ kind: 'relates', ref: one, relation, other, isCased })),
  },
  {
    weight: 1,
    arbitrary: ref.map(
      (r): Condition => ({ kind: 'in-network', ref: r, networks: [networkOf('10.0.0.0/8')].filter((n) => n !== null) }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Condition>(
      { kind: 'always' },
      { kind: 'never' },
      { kind: 'exists', ref: { kind: 'computed', value: { kind: 'value', ref: field('command') } } },
      matches({ kind: 'computed', value: { kind: 'text', text: 'a' } }, ['a']),
    ),
  },
);

const computed = (value: TextPlan, values: readonly string[]): Condition =>
  matches({ kind: 'computed', value }, values);

const { condition } = fc.letrec<{ condition: Condition; branch: Condition }>((tie) => ({
  branch: fc.oneof(
    fc
      .tuple(fc.constantFrom('and' as const, 'or' as const), fc.array(tie('condition'), { minLength: 1, maxLength: 3 }))
      .map(([kind, operands]): Condition => ({ kind, operands })),
    tie('condition').map((operand): Condition => ({ kind: 'not', operand })),
    fc.tuple(tie('condition'), ref, regex, wild, fc.boolean()).map(([one, from, source, value, isClosed]) => {
      const captured: TextPlan = { kind: 'captured', ref: from, regex: source, group: 0 };
      const arms = [{ condition: one, value: { kind: 'text', text: 'a' } as const }];
      return computed({ kind: 'choice', arms, otherwise: isClosed ? null : captured }, [value, 'a']);
    }),
  ),
  condition: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, tie('branch')),
}));

const EVENT_NAMES = [...NAMES, 'image', 'event_id', 'norm_id', 'channel', 'label', 'msg', 'EventID', 'toString'];
const event = fc.array(fc.tuple(fc.constantFrom(...EVENT_NAMES), text), { maxLength: 10 }).map((entries) => {
  const fields = newFields();
  for (const [name, value] of entries) fields[name] = value;
  return { ...eventOf({}), fields };
});

test('10,000 random rules find in random events exactly what each finds alone', () => {
  let rules = 0;
  fc.assert(
    fc.property(
      fc.array(condition, { minLength: 20, maxLength: 40 }),
      fc.array(event, { minLength: 1, maxLength: 20 }),
      (conditions, events) => {
        rules += conditions.length;
        const matcher = build(conditions);
        const expected = oracle(conditions);
        // Twice: the second time from memory.
        for (const one of [...events, ...events]) expect(matcher.match(one)).toEqual(expected(one));
        // And as events that come with a layout, by turns with others.
        const layouts = new Map<string, EventLayout>();
        for (const one of events) {
          expect(matcher.match(laidOut(one, layouts))).toEqual(expected(one));
          expect(matcher.match(one)).toEqual(expected(one));
        }
      },
    ),
    { numRuns: 400 },
  );
  expect(rules).toBeGreaterThan(10_000);
});

test('a unit folds by the table as it does in a text', () => {
  const table = foldedUnits();
  const wrong: number[] = [];
  for (let unit = 0; unit < 65_536; unit += 1) {
    if (isSurrogate(unit)) continue;
    const folded = fold(`a${String.fromCharCode(unit)}b`);
    const ownFold = table[unit] ?? -1;
    // A text that is folded already is searched in the same way.
    const isSame = folded.length === 3 && folded.charCodeAt(1) === ownFold && table[ownFold] === ownFold;
    if (!isSame) wrong.push(unit);
  }
  expect(wrong).toEqual([]);
});

test('keys come in the order of the rules, each once, whatever finds them', () => {
  const conditions = [
    matches(field('command'), ['*bbb*']),
    matches(field('event_id'), ['1']),
    allOf([matches(field('event_id'), ['1']), { kind: 'not', operand: matches(field('user'), ['x']) }]),
    matches(field('command'), ['aaa*', '*bbb*', '*ccc']),
  ];
  expect(build(conditions).match(eventOf({ event_id: '1', command: 'AAABBBCCC' }))).toEqual([0, 1, 2, 3]);
});

test('more kinds of events than are told apart are matched as exactly as others', () => {
  const conditions = Array.from({ length: 300 }, (_, i) =>
    allOf([matches(field('event_id'), [String(i)]), matches(field('channel'), [`c${i % 97}`])]),
  );
  const matcher = build(conditions);
  const expected = oracle(conditions);
  for (let i = 0; i < 30_000; i += 1) {
    const one = eventOf({ event_id: String(i % 300), channel: `C${(i * 7) % 97}`, label: `l${i}` });
    if (i % 10 === 0) expect(matcher.match(one)).toEqual(expected(one));
    else matcher.match(one);
  }
});

test('more and longer values than are remembered are matched as exactly as others', () => {
  const conditions = Array.from({ length: 20 }, (_, i) => matches(field('command'), [`*needle${i}*`]));
  const matcher = build(conditions);
  const expected = oracle(conditions);
  const layouts = new Map<string, EventLayout>();
  for (let i = 0; i < 12_000; i += 1) {
    const one = eventOf({ [`name${i % 1_800}`]: '', command: `${'x'.repeat(1_900 + (i % 90))} needle${i % 40}` });
    const found = matcher.match(i % 2 === 0 ? one : laidOut(one, layouts));
    if (i % 7 === 0) expect(found).toEqual(expected(one));
  }
  const { asked, searched } = matcher.matcher.values;
  expect(asked).toBe(12_000);
  expect(searched).toBeLessThanOrEqual(asked);
});

test('a rule of 5,000 values and a value of a million characters are matched in little time', () => {
  const values = Array.from({ length: 5_000 }, (_, i) => `*part${i}end*`);
  const conditions = [matches(field('command'), values), matches(field('msg'), ['*needle*'])];
  const matcher = build(conditions);
  const long = 'part'.repeat(250_000);
  const from = performance.now();
  expect(matcher.match(eventOf({ command: `${long}4999END`, msg: `${long}needle` }))).toEqual([0, 1]);
  expect(matcher.match(eventOf({ command: long, msg: long }))).toEqual([]);
  expect(performance.now() - from).toBeLessThan(2_000);
});

test('building in slices leaves the thread to others and gives the same matcher', async () => {
  const conditions = Array.from({ length: 4_000 }, (_, i) => matches(field('command'), [`*tool${i}.exe*`, `run${i}*`]));
  let turns = 0;
  let isBuilding = true;
  const others = (): void => {
    turns += 1;
    if (isBuilding) setImmediate(others);
  };
  setImmediate(others);
  const matcher = await buildMatcherInSlices(conditions.map((one, key) => ({ key, condition: one })));
  isBuilding = false;
  expect(turns).toBeGreaterThan(2);
  expect(matcher.match(eventOf({ command: 'RUN17 tool3999.exe' }), view)).toEqual([1, 17, 3999]);
});

test('rules that nothing can find are named with the reason', () => {
  const conditions: Condition[] = [
    { kind: 'not', operand: matches(field('user'), ['a']) },
    { kind: 'finds', ref: field('command'), regex: '^[0-9]+$' },
    { kind: 'mentions', ref: field('msg'), text: textPatternOf('mimikatz') },
    matches(field('command'), ['*a*']),
    matches(field('command'), ['*mimikatz*']),
    matches(field('event_id'), ['1']),
  ];
  expect(build(conditions).matcher.report.expensive).toEqual([
    { key: 0, expense: 'no-clue' },
    { key: 1, expense: 'any-value' },
    { key: 2, expense: 'free-text' },
    { key: 3, expense: 'short-text' },
  ]);
});

test('looks and matches of each rule are counted', () => {
  const { matcher, match } = build([
    allOf([matches(field('command'), ['*mimikatz*']), matches(field('user'), ['a'])]),
    matches(field('event_id'), ['1']),
  ]);
  for (const user of ['a', 'b', 'c']) match(eventOf({ event_id: '1', command: 'mimikatz', user }));
  match(eventOf({ command: 'other', user: 'a' }));
  const costs = new Map(matcher.costs().map((cost) => [cost.key, cost]));
  // Once the value that the rule is found by, then each event that has it.
  expect(costs.get(0)).toMatchObject({ tried: 4, matched: 1 });
  expect(costs.get(1)).toMatchObject({ tried: 0, matched: 3 });
});
