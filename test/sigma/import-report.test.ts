import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventAccess } from '../../src/query/access.ts';
import { closureOf } from '../../src/query/evaluate-condition.ts';
import { EventView } from '../../src/query/event-view.ts';
import { importSigma, type SigmaReportLine } from '../../src/sigma/import-rules.ts';
import { readTar } from '../../src/sigma/read-tar.ts';
import { sysmon } from './decoded.ts';

const RULE = `title: Whoami
id: 11111111-1111-4111-8111-111111111111
name: whoami
status: test
description: what it does
references: [https://example.org/a]
author: Ada, Bob
date: 2024-01-02
license: DRL-1.1
tags: [attack.discovery, attack.t1033, attack.stealth, attack.t9999.001, cve.2024-1, attack.g0016]
logsource: { product: windows, category: process_creation }
detection:
  s: { Image|endswith: '\\whoami.exe' }
  condition: s
falsepositives: [Admins]
level: informational
custom: { owner: team }
`;

const load = (...texts: readonly string[]) => importSigma(texts.map((text, i) => ({ name: `r${i}.yml`, text })));
const reasons = (lines: readonly SigmaReportLine[]) => lines.map(({ fate, reasons: why }) => [fate, ...why]);

test('what a rule says about itself stays with it, unknown tags and keys too', () => {
  const [rule] = load(RULE).rules;
  expect(rule?.metadata).toMatchObject({
    id: '11111111-1111-4111-8111-111111111111',
    title: 'Whoami',
    author: 'Ada, Bob',
    license: 'DRL-1.1',
    references: ['https://example.org/a'],
    level: 'informational',
    risk: 'low',
    tags: ['attack.discovery', 'attack.t1033', 'attack.stealth', 'attack.t9999.001', 'cve.2024-1', 'attack.g0016'],
    attackIds: ['T1033', 'T9999.001', 'G0016'],
    tactics: ['discovery', 'stealth'],
    falsePositives: ['Admins'],
    date: '2024-01-02',
  });
  expect([...(rule?.metadata.other ?? [])]).toEqual([['custom', 'owner: team']]);
});

test('every document has one line in the report, with its fate and the reason', () => {
  let ids = 0;
  const source = (logsource: string) =>
    RULE.replace(/id: .*/, `id: r${ids++}`).replace(/logsource: .*/, `logsource: ${logsource}`);
  const { report, rules } = load(
    RULE,
    RULE,
    source('{ product: windows, category: proces_creation }'),
    source('{ product: windos }'),
    source('{ product: windows, service: security, category: process_creation }'),
    source('{ product: windows, flavour: x }'),
    source('{ definition: only }'),
    'title: [',
    '',
    '- a\n- b\n',
    'title: t\nid: u\n',
  );
  expect(rules).toHaveLength(1);
  expect(reasons(report)).toEqual([
    ['loaded'],
    ['refused', 'the id 11111111-1111-4111-8111-111111111111 is that of a rule in r0.yml already'],
    ['refused', 'unknown category of windows "proces_creation"; did it mean process_creation?'],
    ['refused', 'unknown product "windos"; did it mean windows?'],
    ['refused', 'nothing is known of category process_creation with service security'],
    ['refused', '11:32: expected product, category or service, saw "flavour"'],
    ['refused', '11:12: expected a product, category or service in logsource'],
    ['refused', expect.stringContaining('not YAML')],
    ['refused', 'expected a Sigma rule, saw an empty file'],
    ['refused', '1:1: expected a map with the keys of a Sigma rule, saw a list'],
    [
      'refused',
      '1:1: expected the key logsource with a map as its value',
      '1:1: expected one of the keys detection, correlation and filter with a map as its value',
    ],
  ]);
});

test('an unknown log source is refused, whichever part is unknown', () => {
  const routed = (logsource: string) =>
    load(RULE.replace(/logsource: .*/, `logsource: ${logsource}`)).report.map(({ reasons: [reason] }) => reason)[0];
  expect(routed('{ product: windos }')).toBe('unknown product "windos"; did it mean windows?');
  expect(routed('{ product: windows, service: securty }')).toBe(
    'unknown service of windows "securty"; did it mean security?',
  );
  expect(routed('{ category: webservr }')).toBe('unknown category "webservr"; did it mean webserver?');
  expect(routed('{ product: aws, service: guardduty }')).toContain('unknown service of aws "guardduty"');
  expect(routed('{ product: windows, service: security, category: file_event }')).toBe(
    'nothing is known of category file_event with service security',
  );
});

test('several rules may stand in one file, with what they share before them', () => {
  const shared = `action: global\ntitle: T\nlogsource: { product: windows, service: security }\ndetection: { condition: s }\n`;
  const each = (id: string) => `---\nid: ${id}\ndetection: { s: { EventID: 1 } }\n`;
  const { rules, report } = load(shared + each('a') + each('b'));
  expect(rules.map(({ metadata }) => metadata.id)).toEqual(['a', 'b']);
  expect(report.map(({ fate }) => fate)).toEqual(['loaded', 'loaded']);
});

test('a correlation is compiled with the rules that it names; one that names no known rule is refused', () => {
  const correlation = (rule: string) => `title: Many
id: c-${rule}
correlation:
  type: value_count
  rules: [${rule}]
  group-by: [User]
  timespan: 5m
  condition: { field: Image, gte: 10 }
  aliases: { who: { whoami: User } }
  generate: true
`;
  const { correlations, report } = load(RULE, correlation('whoami'), correlation('nobody'));
  expect(correlations).toMatchObject([
    {
      correlation: { kind: 'value_count', parts: 1, spanMs: 300_000, thresholds: [{ op: 'gte', value: 10 }] },
      parts: [{ fields: { keys: [expect.arrayContaining(['user'])], isFolded: true } }],
      isGenerating: true,
    },
  ]);
  expect(reasons(report).slice(1)).toEqual([['loaded'], ['refused', 'no rule has the id or name "nobody"']]);
});

test.each([
  ['type: event_cuont', 'expected a type of event_count'],
  ['timespan: 5 minutes', 'expected a timespan such as 15s, 30m, 8h or 7d, saw "5 minutes"'],
  ['condition: { gte: many }', 'saw "gte"'],
  ['type: value_count', 'expected a field for value_count'],
  ['type: value_percentile', 'expected a percentile'],
  ['window: 5m', 'saw "window"'],
])('a correlation with `%s` is refused', (line, message) => {
  const lines = ['type: event_count', 'rules: [whoami]', 'timespan: 5m', 'condition: { gte: 2 }'];
  const key = line.split(':')[0];
  const text = `title: t\nid: c\ncorrelation:\n${[...lines.filter((own) => !own.startsWith(`${key}:`)), line].map((own) => `  ${own}\n`).join('')}`;
  expect(load(RULE, text).report[1]?.reasons.join('\n')).toContain(message);
});

test('a temporal correlation may say how its rules go together', () => {
  const text = `title: t\nid: c\ncorrelation:\n  type: temporal\n  rules: [whoami]\n  timespan: 1h\n  condition: whoami and not whoami\n`;
  expect(load(RULE, text).correlations[0]?.correlation.expression).toEqual({
    kind: 'and',
    operands: [
      { kind: 'part', part: 0 },
      { kind: 'not', operand: { kind: 'part', part: 0 } },
    ],
  });
});

test('a file over the limit, a bomb of aliases and a deep tree are refused at once', () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x]\n${[...'bcdefgh'].map((name, i) => `${name}: &${name} [${Array(8).fill(`*${'abcdefgh'[i]}`).join(',')}]`).join('\n')}`;
  const started = performance.now();
  const { report } = load(
    `title: ${'x'.repeat(3 * 1024 * 1024)}`,
    bomb,
    `a: ${'['.repeat(60)}${']'.repeat(60)}`,
    `title: t\ndetection: { s: [${'*a,'.repeat(10)}] }`,
    Array.from({ length: 30_000 }, (_, i) => `k${i}: 1`).join('\n'),
    `title: a\ntitle: b`,
    '__proto__: { polluted: yes }\nconstructor: x',
  );
  expect(performance.now() - started).toBeLessThan(5_000);
  expect(report.map(({ fate }) => fate)).toEqual(Array(7).fill('refused'));
  expect(report[0]?.reasons[0]).toContain('expected at most 2097152');
  expect(report[1]?.reasons[0]).toContain('aliases');
  expect(report[2]?.reasons[0]).toContain('nested more than 32 levels deep');
  expect(report[5]?.reasons[0]).toContain('the key "title" stands twice');
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('a rule of thousands of tests and a regular expression made to explode are handled', () => {
  const values = Array.from({ length: 5_000 }, (_, i) => `      - 'value ${i}*x'`).join('\n');
  const big = RULE.replace(/ {2}s: .*/, () => `  s:\n    CommandLine|contains:\n${values}\n    Image|re: '(a+)+$'`);
  const started = performance.now();
  expect(load(big).report[0]?.fate).toBe('loaded');
  expect(performance.now() - started).toBeLessThan(5_000);
});

/** A tar archive of regular files, with a long name in PAX form when it needs one. */
function tar(files: Readonly<Record<string, string>>): Buffer {
  const blocks: Buffer[] = [];
  const put = (name: string, type: string, data: Buffer): void => {
    const header = Buffer.alloc(512);
    header.write(name.slice(0, 100), 0);
    header.write(`${data.length.toString(8).padStart(11, '0')} `, 124);
    header.write(type, 156);
    header.write('ustar\u000000', 257);
    header.fill(0x20, 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148);
    blocks.push(header, data, Buffer.alloc((512 - (data.length % 512)) % 512));
  };
  for (const [name, text] of Object.entries(files)) {
    if (name.length > 100) put('pax', 'x', Buffer.from(`${name.length + 10} path=${name}\n`));
    put(name, '0', Buffer.from(text));
  }
  put('../../etc/passwd', '2', Buffer.alloc(0));
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

test('an archive is read in memory; names in it are labels', () => {
  const long = `${'deep/'.repeat(30)}rule.yml`;
  const archive = tar({ '../../outside.yml': 'a: 1', [long]: 'b: 2', empty: '' });
  for (const packed of [archive, gzipSync(archive)]) {
    expect(readTar(packed).map(({ name, bytes }) => [name, bytes.toString()])).toEqual([
      ['../../outside.yml', 'a: 1'],
      [long, 'b: 2'],
      ['empty', ''],
    ]);
  }
});

test('a damaged archive and one that unfolds too far are refused', () => {
  const archive = tar({ a: 'x'.repeat(600) });
  expect(() => readTar(archive.subarray(0, 1000))).toThrow('is cut off');
  expect(() => readTar(Buffer.from('y'.repeat(2048)))).toThrow('no tar header at byte 0');
  expect(() => readTar(gzipSync(archive).subarray(0, 60))).toThrow('cannot read the archive');
  expect(() => readTar(gzipSync(Buffer.alloc(300 * 1024 * 1024)))).toThrow('cannot read the archive');
});

const FILTER = `title: Not the admin
id: f1
logsource: { product: windows, category: process_creation }
filter:
  rules: [whoami]
  selection: { User: admin }
  condition: not selection
`;

test('a filter narrows the rules that it names; one that narrows none is refused', () => {
  const { rules, report } = load(RULE, FILTER, FILTER.replace('f1', 'f2').replace('process_creation', 'file_event'));
  expect(reasons(report)).toEqual([
    ['loaded'],
    ['applied'],
    ['refused', 'no rule of its log source is one that it narrows'],
  ]);
  const [rule] = rules;
  if (rule === undefined) throw new Error('no rule');
  const holds = closureOf(rule.condition, eventAccess);
  const whoami = (User: string) => new EventView().of(sysmon(1, { Image: 'C:\\whoami.exe', User }));
  expect([whoami('bob'), whoami('ADMIN')].map(holds)).toEqual([true, false]);
});

test('whatever stands in a file, the import answers with a line for it', () => {
  const pieces = fc.constantFrom(
    'title: x\n',
    'id: y\n',
    'logsource: { product: windows, category: process_creation }\n',
    'detection:\n',
    '  s:\n',
    '    Image|re: "("\n',
    '    A|contains|all: [a, null, 3]\n',
    '    - b\n',
    '  condition: 1 of s* and not (s)\n',
    '  condition: [s, 5]\n',
    'correlation:\n',
    '  type: temporal\n',
    'filter: []\n',
    '---\n',
    '&a [*a]\n',
    '? {}\n',
    '\u0000',
    'level: [high]\n',
    'tags: { a: b }\n',
    'detection: { s: { "a|b|c": {} }, condition: s }\n',
    '!!js/function x\n',
    '\t',
  ); // prettier-ignore
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(pieces, { maxLength: 14 }).map((all) => all.join('')),
        fc.string(),
      ),
      (text) => {
        const { rules, correlations, report } = load(text);
        for (const { fate, reasons: why } of report) expect(why.length > 0).toBe(fate === 'refused');
        expect([...rules, ...correlations]).toHaveLength(report.filter(({ fate }) => fate === 'loaded').length);
      },
    ),
    { numRuns: 1_500, seed: 5 },
  );
});
