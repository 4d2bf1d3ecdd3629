import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../src/cli/program.ts';

const SYSMON = 'Microsoft-Windows-Sysmon/Operational';
const RULE = `title: Whoami
id: 11111111-1111-4111-8111-111111111111
author: Ada
level: low
logsource: { product: windows, category: process_creation }
detection:
  s: { Image|endswith: '\\whoami.exe' }
  condition: s
`;

let dir: string;
const at = (name: string): string => join(dir, name);
const event = (Image: string): string => JSON.stringify({ EventID: 1, Channel: SYSMON, Image });

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-match-'));
  mkdirSync(at('rules/deep'), { recursive: true });
  writeFileSync(at('rules/deep/whoami.yml'), RULE);
  writeFileSync(at('rules/broken.yml'), RULE.replace('windows', 'windos').replace('4111', '4112'));
  writeFileSync(at('rules/readme.md'), 'no rule');
  mkdirSync(at('rules/empty'));
  const queries = [
    { id: 'q1', title: 'T', author: 'Bob', query: '"process"="*\\cmd.exe"' },
    { id: 'q2', query: '| chart count() by user' },
  ];
  writeFileSync(at('queries.jsonl'), queries.map((query) => `${JSON.stringify(query)}\n`).join(''));
  const lines = [
    '',
    event('C:\\whoami.exe'),
    'not json {',
    `${event('C:\\cmd.exe')}\r`,
    '{"broken',
    event('c:\\WHOAMI.EXE'),
  ];
  writeFileSync(at('a.jsonl'), lines.join('\n'));
  writeFileSync(at('b.jsonl.gz'), gzipSync(`${event('C:\\x.exe')}\n${event('C:\\whoami.exe')}\n`));
  writeFileSync(at('c.json'), `[\n${event('C:\\x.exe')},\n ${event('C:\\whoami.exe')}]`);
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function run(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const texts = ['', ''];
  for (const [i, stream] of [out, err].entries()) stream.on('data', (data) => (texts[i] += String(data)));
  const code = await runCli(['match', ...args], { out, err });
  out.end();
  err.end();
  await new Promise((resolve) => setImmediate(resolve));
  return { code, out: texts[0] ?? '', err: texts[1] ?? '' };
}

const parsed = (text: string): unknown[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

test.each(['1', '2'])('matches are told by file and line, in order, with %s threads', async (threads) => {
  const files = [at('a.jsonl'), at('b.jsonl.gz'), at('c.json')];
  const rules = ['--sigma', at('rules'), '--lpql', at('queries.jsonl')];
  const { code, out, err } = await run(...rules, ...files, '--json', '--threads', threads);
  const whoami = '11111111-1111-4111-8111-111111111111';
  expect(parsed(out)).toEqual([
    { file: files[0], line: 2, rule: whoami },
    { file: files[0], line: 4, rule: 'q1' },
    { file: files[0], line: 6, rule: whoami },
    { file: files[1], line: 2, rule: whoami },
    { file: files[2], line: 2, rule: whoami },
  ]);
  expect(code).toBe(0);
  expect(err).toBe('2 rules refused; --stats says why; 1 lines could not be read\n');
});

test('a named pipe is read from its writer, who is not turned away', async (context) => {
  const pipe = at('pipe');
  if (spawnSync('mkfifo', [pipe]).status !== 0) context.skip('this system has no mkfifo');
  const writer = spawn('sh', ['-c', `cat '${at('a.jsonl')}' > '${pipe}'`], { stdio: 'ignore' });
  const ended = once(writer, 'exit');
  const { code, out } = await run('--sigma', at('rules'), pipe, '--json');
  expect(parsed(out)).toMatchObject([{ line: 2 }, { line: 6 }]);
  expect([code, (await ended)[0]]).toEqual([0, 0]);
});

test('lines of a long file may begin like arrays', async () => {
  const notes = Array.from(
    { length: 30_000 },
    (_, i) => `[${i}] a note that is long enough for several megabytes of them`,
  );
  writeFileSync(at('notes.log'), [event('C:\\whoami.exe'), ...notes, event('C:\\whoami.exe')].join('\n'));
  const { code, out } = await run('--sigma', at('rules'), at('notes.log'), '--json');
  expect([code, parsed(out)]).toMatchObject([0, [{ line: 1 }, { line: 30_002 }]]);
});

test('a match shows the author of its rule, and the stats every refused rule with the reason', async () => {
  const { out } = await run('--sigma', at('rules'), '--lpql', at('queries.jsonl'), at('a.jsonl'), '--stats');
  expect(out).toContain(`${at('a.jsonl')}:2: low: Whoami (11111111-1111-4111-8111-111111111111, by Ada)\n`);
  expect(out).toContain(`${at('a.jsonl')}:4: T (q1, by Bob)\n`);
  expect(out).toContain(
    'refused broken.yml (11111111-1111-4112-8111-111111111111): unknown product "windos"; did it mean windows?',
  );
  expect(out).toContain('(q2): the query looks at more than one event');
  expect(out).toContain('rules loaded: 2\nrules refused: 2\n');
});

test('with --json the stats are one object on standard error', async () => {
  const { out, err } = await run('--sigma', at('rules'), at('b.jsonl.gz'), '--json', '--stats');
  expect(parsed(out)).toHaveLength(1);
  expect(parsed(err)).toMatchObject([{ stats: { events: 2, matches: 1, rules_loaded: 1, rules_refused: 1 } }]);
});

test.each([
  [[], 2, 'expected --sigma or --lpql with rules to run'],
  [['--sigma', '/does/not/exist'], 2, 'expected a folder or an archive of Sigma rules'],
  [['--sigma', 'RULES', '--threads', '0'], 2, '--threads 0: expected a number from 1 to 64'],
  [['--lpql', 'RULES/readme.md'], 1, 'is not JSON'],
  [['--sigma', 'RULES/readme.md'], 1, 'cannot read the archive'],
  [['--sigma', 'RULES/empty'], 1, 'no Sigma rules in'],
])('%s ends with %s: %s', async (flags, code, message) => {
  const answer = await run(...flags.map((flag) => flag.replace('RULES', at('rules'))), at('a.jsonl'));
  expect(answer.code).toBe(code);
  expect(answer.err).toContain(message);
  expect(answer.err.split('\n')).toHaveLength(2);
});

test('placeholders of Sigma rules take their values from a file', async () => {
  const rule = `title: Tools
id: tools
logsource: { product: windows, service: security }
detection: { s: { TargetUserName|expand: '%Admins%' }, condition: s }
`;
  writeFileSync(at('expand.yml'), rule);
  const lines = ['adm1', 'bob'].map((TargetUserName) =>
    JSON.stringify({ EventID: 4625, Channel: 'Security', TargetUserName }),
  );
  writeFileSync(at('expand.jsonl'), lines.join('\n'));
  writeFileSync(at('values.json'), '{ "Admins": ["root", "adm*"] }');
  const without = await run('--sigma', at('expand.yml'), at('expand.jsonl'));
  expect([without.out, without.err]).toEqual(['', '1 rules refused; --stats says why\n']);
  const found = await run('--sigma', at('expand.yml'), '--placeholders', at('values.json'), at('expand.jsonl'));
  expect(found.out).toContain('expand.jsonl:1: Tools (tools)');
  expect(found.out.trim().split('\n')).toHaveLength(1);
  writeFileSync(at('values.json'), '{ "Admins": [] }');
  const wrong = await run('--sigma', at('expand.yml'), '--placeholders', at('values.json'), at('expand.jsonl'));
  expect(wrong.code).toBe(1);
});

test('a file that is not there ends the run with its name', async () => {
  const { code, err } = await run('--sigma', at('rules'), at('none.jsonl'));
  expect(code).toBe(1);
  expect(err).toContain('none.jsonl');
});

const logon = (at: string, user: string, id: number, extra: object = {}): string =>
  JSON.stringify({
    EventID: id,
    Channel: 'Security',
    '@timestamp': `2026-03-01T10:${at}Z`,
    TargetUserName: user,
    ...extra,
  });

const CORRELATIONS = `title: Failed logon
name: failed
id: f
logsource: { product: windows, service: security }
detection: { s: { EventID: 4625 }, condition: s }
---
title: Logon
name: logon
id: l
logsource: { product: windows, service: security }
detection: { s: { EventID: 4624 }, condition: s }
---
title: Many failed logons
id: many
author: Eve
level: high
correlation:
  type: event_count
  rules: [failed]
  group-by: [TargetUserName]
  timespan: 5m
  condition: { gte: 3 }
---
title: Many accounts from one address
id: spray
correlation:
  type: value_count
  rules: [f]
  group-by: [IpAddress]
  timespan: 5m
  condition: { field: TargetUserName, gt: 2 }
---
title: A logon after failed ones
id: guessed
correlation:
  type: temporal_ordered
  rules: [failed, logon]
  group-by: [who]
  timespan: 1m
  aliases: { who: { failed: TargetUserName, logon: TargetUserName } }
`;

test('correlation rules run over files: each episode is one line, and their rules tell nothing by themselves', async () => {
  writeFileSync(at('correlations.yml'), CORRELATIONS);
  const address = { IpAddress: '203.0.113.9' };
  const lines = [
    logon('05:20', 'root', 4625),
    logon('00:00', 'Root', 4625, address),
    logon('01:00', 'root', 4625),
    logon('02:00', 'ROOT', 4625),
    logon('02:10', 'eve', 4625, address),
    logon('02:20', 'bob', 4625, address),
    logon('02:59', 'root', 4624),
    logon('04:00', 'eve', 4624),
  ];
  writeFileSync(at('logons.jsonl'), lines.join('\n'));
  const { code, out } = await run('--sigma', at('correlations.yml'), '--json', at('logons.jsonl'));
  expect(code).toBe(0);
  const found = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(found.map(({ rule, line, group, hits }) => [rule, line, group, hits])).toEqual([
    ['many', 4, 'root', 2],
    ['spray', 6, '203.0.113.9', 1],
    ['guessed', 7, 'root', 1],
  ]);
  const threaded = await run('--sigma', at('correlations.yml'), '--json', '--threads', '2', at('logons.jsonl'));
  expect(threaded.out).toBe(out);
  const text = await run('--sigma', at('correlations.yml'), at('logons.jsonl'));
  expect(text.out).toContain(':4: high: Many failed logons (many, by Eve) [root: 2 hits, ');

  // A correlation of a correlation: the named one tells nothing by itself any more.
  const chain = `---
title: Many failed logons, then one that worked
id: breached
correlation:
  type: temporal_ordered
  rules: [many, logon]
  group-by: [TargetUserName]
  timespan: 2m
`;
  writeFileSync(at('chain.yml'), `${CORRELATIONS}${chain}`);
  const chained = await run('--sigma', at('chain.yml'), '--json', '--threads', '2', at('logons.jsonl'));
  const rules = chained.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .map(({ rule, line, group, hits }) => [rule, line, group, hits]);
  expect(rules).toEqual([
    ['spray', 6, '203.0.113.9', 1],
    ['guessed', 7, 'root', 1],
    ['breached', 7, 'root', 1],
  ]);
});
