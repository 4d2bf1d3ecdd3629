import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LINE_BYTES_MAX } from './limits.ts';
import { LineCutter, openLines } from './read-lines.ts';
import { splitLines } from './split-records.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tocsin-lines-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function read(name: string, content: Buffer | string) {
  const path = join(dir, name);
  await writeFile(path, content);
  const file = await openLines(path);
  const chunks: { text: string; firstLine: number; bytesRead: number }[] = [];
  for await (const { bytes, ...chunk } of file.chunks) chunks.push({ text: bytes.toString(), ...chunk });
  return { ...file, chunks };
}

test('plain, gzip and Brotli files give the same lines', async () => {
  const text = Array.from(
    { length: 60_000 },
    (_, i) => `line number ${i} of the file, long enough to need chunks`,
  ).join('\n');
  for (const [name, content] of [
    ['a.log', Buffer.from(text)],
    ['a.log.gz', gzipSync(text)],
    ['gzip-by-its-mark', gzipSync(text)],
    ['a.log.br', brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })],
  ] as const) {
    const { chunks, bytesTotal } = await read(name, content);
    expect(chunks.map((chunk) => chunk.text).join('')).toBe(text);
    expect(chunks.length).toBeGreaterThan(2);
    expect(chunks.every((chunk, i) => i === chunks.length - 1 || chunk.text.endsWith('\n'))).toBe(true);
    const second = chunks[1];
    expect(second?.text.startsWith(`line number ${(second?.firstLine ?? 0) - 1} `)).toBe(true);
    expect(chunks.at(-1)?.bytesRead).toBe(bytesTotal);
  }
});

test('a JSON array over many lines becomes bodies that are arrays', async () => {
  const { chunks } = await read('a.json', ' [\n {"a": 1},\n {"b":\n 2}\n]\n');
  expect(chunks.map(({ text }) => text)).toEqual(['[{"a": 1},{"b":\n 2}]']);
});

test('a line without end does not fill the memory and its neighbours are whole', async () => {
  const { chunks } = await read('a.log', `first\n${'x'.repeat(5 * LINE_BYTES_MAX)}\nlast\n`);
  const lines = chunks
    .map(({ text }) => text)
    .join('')
    .split('\n');
  expect(lines.map(({ length }) => length)).toEqual([5, LINE_BYTES_MAX + 1, 4, 0]);
});

test('a missing file and a damaged one are said by name', async () => {
  await expect(openLines(join(dir, 'none'))).rejects.toMatchObject({ code: 'INGEST_FILE' });
  const damaged = gzipSync('x'.repeat(100_000));
  damaged.fill(0, 30);
  await expect(read('bad.gz', damaged)).rejects.toMatchObject({ code: 'INGEST_FILE' });
});

test('lines are the same however the stream is cut', () => {
  const part = fc
    .uint8Array({ maxLength: 30 })
    .map((bytes) => Buffer.from(bytes.map((byte) => (byte % 5 === 0 ? 10 : byte))));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
      const cutter = new LineCutter();
      const out: Buffer[] = [];
      for (const data of parts) for (const { bytes } of cutter.push(data)) out.push(bytes);
      const rest = cutter.end();
      if (rest !== null) out.push(rest.bytes);
      expect(Buffer.concat(out).equals(Buffer.concat(parts))).toBe(true);
    }),
  );
});

test('splitting lines gives what splitting the text gives', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'bc', ' ', '\r', '\n', '\n', '\t', 'é')), (parts) => {
      const text = parts.join('');
      const bytes = Buffer.from(text);
      const spans = splitLines(bytes);
      const lines = Array.from({ length: spans.length / 2 }, (_, i) =>
        bytes.toString('utf8', spans[i * 2], spans[i * 2 + 1]),
      );
      const expected = text
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line) => line.replace(/\r$/, ''));
      expect(lines).toEqual(expected);
    }),
  );
});

test('a pipe is read as it comes, packed as its name says', async (context) => {
  for (const [name, content] of [
    ['pipe', Buffer.from('a\nb\n')],
    ['pipe.gz', gzipSync('a\nb\n')],
  ] as const) {
    const path = join(dir, name);
    if (spawnSync('mkfifo', [path]).status !== 0) context.skip('this system has no mkfifo');
    const written = writeFile(path, content);
    const { bytesTotal, chunks } = await openLines(path);
    const texts: string[] = [];
    for await (const { bytes } of chunks) texts.push(bytes.toString());
    await written;
    expect([bytesTotal, texts.join('')]).toEqual([null, 'a\nb\n']);
  }
});
