import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from './program.ts';
import { sparklines } from './query-output.ts';

let folder: string;
let plain: string;
let packed: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-query-'));
  plain = join(folder, 'a.jsonl');
  packed = join(folder, 'b.jsonl.gz');
  const line = (second: number, user: string, note: string): string =>
    JSON.stringify({ log_ts: 1_790_000_000 + second, user, note });
  writeFileSync(plain, [line(0, 'bob', '=1+1'), line(60, 'eve', 'a "b", c')].join('\n'));
  writeFileSync(packed, gzipSync(`${line(120, 'bob', '-5')}\n${line(180, 'bob', 'x')}\n`));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function query(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const code = await runCli(['query', ...args], { out, err });
  return { code, out: String(out.read() ?? ''), err: String(err.read() ?? '') };
}

test('rows of files come newest first, one JSON object a line', async () => {
  const { code, out } = await query('user=bob | fields user, note', plain, packed, '--json');
  expect(code).toBe(0);
  expect(
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([
    { user: 'bob', note: 'x' },
    { user: 'bob', note: '-5' },
    { user: 'bob', note: '=1+1' },
  ]);
});

test('a range of time and a limit narrow the answer, and the limit says so', async () => {
  const ranged = await query('*', plain, packed, '--json', '--from', '1790000060', '--to', '1790000180');
  expect(ranged.out.trim().split('\n')).toHaveLength(2);
  const limited = await query('*', plain, packed, '--json', '--limit', '1');
  expect(limited.out.trim().split('\n')).toHaveLength(1);
  expect(limited.err).toContain('3 of 4 rows are left out, see --limit');
});

test('CSV has a head, quotes where they are needed, and nothing that a spreadsheet runs', async () => {
  const { out } = await query('* | order by log_ts | fields user, note', plain, packed, '--csv');
  expect(out).toBe(`user,note\r\nbob,'=1+1\r\neve,"a ""b"", c"\r\nbob,-5\r\nbob,x\r\n`);
});

test('a timechart is drawn under its table', async () => {
  const { out } = await query('| timechart count() as n every 2 minutes', plain, packed);
  expect(out).toMatch(/^log_ts +n\n/);
  expect(out).toMatch(/\nn {2}[▁-█]+ {2}at most 2\n/);
});

test('a drawing keeps the buckets without rows empty', () => {
  const rows = [0, 60, 240].map((log_ts) => ({ log_ts, n: 4 }));
  expect(sparklines(rows, ['log_ts', 'n'])).toBe('n  ██  █  at most 4\n1970-01-01T00:00:00Z to 1970-01-01T00:04:00Z\n');
});

test('mistakes are shown whole and end the command with 1, wrong usage with 2', async () => {
  const mistaken = await query('| sort -count', plain);
  expect(mistaken.code).toBe(1);
  expect(mistaken.err).toContain('1:3: error: expected a command, saw `sort`\n  | sort -count\n    ^^^^\n  help:');
  expect((await query('a=1', plain, '--from', 'banana')).code).toBe(2);
  expect((await query('@/nonexistent/query', plain)).code).toBe(2);
  expect((await query('a=1', join(folder, 'none'))).err).toContain('INGEST_FILE');
});

test('a query may stand in a file', async () => {
  writeFileSync(join(folder, 'q.lpql'), '| chart count() as n by user order by user');
  const { out } = await query(`@${join(folder, 'q.lpql')}`, plain, packed);
  expect(out).toBe('user  n\nbob   3\neve   1\n');
});
