import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sigmaRules } from '../../src/cli/match/rule-sources.ts';
import { eventAccess } from '../../src/query/access.ts';
import { closureOf } from '../../src/query/evaluate-condition.ts';
import { EventView } from '../../src/query/event-view.ts';
import type { Condition } from '../../src/query/plan.ts';
import { buildMatcher } from '../../src/rules/matcher/build-matcher.ts';
import { importSigma, type LoadedSigma } from '../../src/sigma/import-rules.ts';
import { eventOf, processRule, sysmon } from './decoded.ts';

// What must be handled or refused with a reason, in bounded time and memory. Bounds are wide: the machine may be busy.

const load = (...texts: readonly string[]) => importSigma(texts.map((text, i) => ({ name: `r${i}.yml`, text })));

function only(text: string): LoadedSigma {
  const { rules, report } = load(text);
  const [rule] = rules;
  if (rule === undefined) throw new Error(report.flatMap(({ reasons }) => reasons).join('\n'));
  return rule;
}

const timed = <T>(work: () => T): { readonly result: T; readonly ms: number } => {
  const startMs = performance.now();
  const result = work();
  return { result, ms: performance.now() - startMs };
};

const listOf = (values: readonly string[]): string => values.map((value) => `    - '${value}'`).join('\n');

test('a rule of 4,432 atoms is read, built and matched in bounded time, and finds what it must', () => {
  const atoms = Array.from({ length: 4_431 }, (_, i) => `*evil ${i} tool*`);
  const text = processRule(`a:\n  CommandLine:\n${listOf(atoms)}\nb:\n  Image|endswith: '\\x.exe'\ncondition: a and b`);
  const loaded = timed(() => only(text));
  expect(loaded.ms).toBeLessThan(5_000);
  const { condition } = loaded.result;
  const built = timed(() => buildMatcher([{ key: 'big', condition }]));
  expect(built.ms).toBeLessThan(5_000);
  const alone = closureOf(condition, eventAccess);
  const events = Array.from({ length: 500 }, (_, i) =>
    sysmon(1, { Image: 'C:\\x.exe', CommandLine: `run evil ${i * 20} tool now` }),
  );
  const view = new EventView();
  const { result, ms } = timed(() => events.map((event) => built.result.match(event, view).length));
  expect(ms).toBeLessThan(5_000);
  expect(result).toEqual(events.map((event) => (alone(new EventView().of(event)) ? 1 : 0)));
  expect(result.filter((n) => n === 1)).toHaveLength(222);
});

test('16,000 rules are built in bounded time and memory, and an event finds its own among them', () => {
  const one = only(processRule("s:\n  CommandLine|contains: 'word 0 end'\ncondition: s")).condition;
  const text = JSON.stringify(one);
  const rules = Array.from({ length: 16_000 }, (_, key) => {
    return { key, condition: JSON.parse(text.replaceAll('word 0 end', `word ${key} end`)) as Condition };
  });
  const heapBefore = process.memoryUsage().heapUsed;
  const built = timed(() => buildMatcher(rules));
  expect(built.ms).toBeLessThan(20_000);
  expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(500e6);
  const view = new EventView();
  for (const i of [0, 7_777, 15_999]) {
    expect(built.result.match(sysmon(1, { CommandLine: `a word ${i} end` }), view)).toEqual([i]);
  }
  const { ms } = timed(() => {
    for (let i = 0; i < 2_000; i += 1) built.result.match(sysmon(1, { CommandLine: `nothing ${i}` }), view);
  });
  expect(ms).toBeLessThan(10_000);
});

test('a regular expression made to explode is linear in the text', () => {
  const { condition } = only(processRule("s:\n  CommandLine|re: '(a+)+(a|aa)+$'\ncondition: s"));
  const matcher = buildMatcher([{ key: 1, condition }]);
  const event = sysmon(1, { CommandLine: `${'a'.repeat(30_000)}!` });
  const { result, ms } = timed(() => matcher.match(event, new EventView()));
  expect(result).toEqual([]);
  expect(ms).toBeLessThan(5_000);
});

test('an event of a megabyte is matched in bounded time by words, keywords and expressions', () => {
  const texts = [
    processRule("s:\n  CommandLine|contains: 'needle'\ncondition: s"),
    processRule("s:\n  - 'needle'\n  - 'other'\ncondition: s").replace('id: r', 'id: k'),
    processRule("s:\n  CommandLine|re: 'x[0-9]+needle'\ncondition: s").replace('id: r', 'id: e'),
  ];
  const matcher = buildMatcher(texts.map((text, key) => ({ key, condition: only(text).condition })));
  const many = Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`field${i}`, 'x1 '.repeat(1_300)]));
  const record = { EventID: 1, Channel: 'Microsoft-Windows-Sysmon/Operational', CommandLine: 'x12needle', ...many };
  const line = JSON.stringify(record);
  expect(line.length).toBeGreaterThan(970_000);
  const { result, ms } = timed(() => matcher.match(eventOf(line), new EventView()));
  expect([...result].sort()).toEqual([0, 1, 2]);
  expect(ms).toBeLessThan(5_000);
});

test('of a rule file of 50 MB only the limit is read, and it is refused with both numbers', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-hostile-'));
  try {
    const path = join(dir, 'large.yml');
    const file = openSync(path, 'w');
    writeSync(file, 'title: large\n');
    ftruncateSync(file, 50 * 1024 * 1024);
    closeSync(file);
    const before = process.memoryUsage();
    const { result, ms } = timed(() => sigmaRules(path));
    const after = process.memoryUsage();
    expect(result.rules).toEqual([]);
    expect(result.refused).toHaveLength(1);
    expect(result.refused[0]?.reason).toContain('expected at most 2097152');
    expect(ms).toBeLessThan(3_000);
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(20e6);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test('of rules with one id the first counts, and each other is refused by name', () => {
  const text = processRule("s:\n  CommandLine: 'x'\ncondition: s");
  const { rules, report } = load(text, text, `${text}---\n${text}`);
  expect(rules).toHaveLength(1);
  expect(report.map(({ file, fate, reasons }) => [file, fate, ...reasons])).toEqual([
    ['r0.yml', 'loaded'],
    ...['r1.yml', 'r2.yml', 'r2.yml'].map((file) => [file, 'refused', 'the id r is that of a rule in r0.yml already']),
  ]);
});
