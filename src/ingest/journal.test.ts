import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Cursor } from './cursor.ts';
import { Journal, type JournalEntry } from './journal.ts';
import { type JournalFiles, realJournalFiles } from './journal-files.ts';
import { decodeFrame, encodeFrame } from './journal-frame.ts';
import { JournalReader } from './journal-reader.ts';
import type { RecordContext, Records } from './record.ts';

const context: RecordContext = {
  poolId: 'a'.repeat(32),
  logpointId: 'b'.repeat(32),
  logpointName: 'LP1',
  repo: 'default',
  format: 'text',
  colType: 'http',
  remoteIp: '127.0.0.1',
  sourceName: 'test',
  timeZone: 'UTC',
  receivedAtMs: 1_700_000_000_000,
};

function recordsOf(lines: readonly string[]): Records {
  const spans = new Uint32Array(lines.length * 2);
  let at = 0;
  lines.forEach((line, i) => {
    spans[i * 2] = at;
    at += Buffer.byteLength(line);
    spans[i * 2 + 1] = at;
    at += 1;
  });
  return { bytes: Buffer.from(lines.map((line) => `${line}\n`).join('')), spans };
}

const linesOf = ({ records }: { records: Records }): string[] =>
  Array.from({ length: records.spans.length / 2 }, (_, i) =>
    records.bytes.toString('utf8', records.spans[i * 2], records.spans[i * 2 + 1]),
  );

async function readAll(journal: Journal, afterSeq = 0): Promise<JournalEntry[]> {
  const reader = new JournalReader(journal, afterSeq);
  const entries: JournalEntry[] = [];
  for (let entry = await reader.next(); entry !== null; entry = await reader.next()) entries.push(entry);
  return entries;
}

const appendLine = (journal: Journal, line: string) => journal.append(context, recordsOf([line])).durable;

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tocsin-journal-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('decoding an encoded frame gives the frame back', () => {
  const line = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 20 }), fc.nat(), (lines, seq) => {
      const records = recordsOf(lines);
      const encoded = Buffer.concat(encodeFrame(seq, context, records));
      const read = decodeFrame(Buffer.concat([Buffer.from('xyz'), encoded, Buffer.from('more')]), 3);
      if (read.kind !== 'frame') throw new Error(read.kind);
      expect(read.end).toBe(3 + encoded.length);
      expect(read.frame.firstSeq).toBe(seq);
      expect(read.frame.context).toEqual(context);
      expect(linesOf(read.frame)).toEqual(lines.map((text) => Buffer.from(text).toString('utf8')));
    }),
  );
});

test('any changed byte of a frame is noticed', () => {
  const encoded = Buffer.concat(encodeFrame(7, context, recordsOf(['one', 'two'])));
  for (let at = 0; at < encoded.length; at += 1) {
    const damaged = Buffer.from(encoded);
    damaged.writeUInt8(damaged.readUInt8(at) ^ 0x41, at);
    expect(decodeFrame(damaged, 0).kind, `byte ${at}`).not.toBe('frame');
  }
});

test('what was appended is read back in order, also after opening again', async () => {
  let journal = await Journal.open({ dir });
  for (const line of ['a', 'b', 'c']) await appendLine(journal, line);
  await journal.close();
  journal = await Journal.open({ dir });
  await journal.append(context, recordsOf(['d', 'e'])).durable;
  const entries = await readAll(journal);
  expect(entries.map((entry) => [entry.firstSeq, entry.lastSeq, linesOf(entry)])).toEqual([
    [1, 1, ['a']],
    [2, 2, ['b']],
    [3, 3, ['c']],
    [4, 5, ['d', 'e']],
  ]);
  expect((await readAll(journal, 3)).map(linesOf)).toEqual([['d', 'e']]);
  await journal.close();
});

test('appends that arrive together share one sync', async () => {
  const journal = await Journal.open({ dir });
  await Promise.all(Array.from({ length: 100 }, (_, i) => appendLine(journal, `line ${i}`)));
  expect(journal.syncs).toBeLessThanOrEqual(3);
  expect((await readAll(journal)).length).toBe(100);
  await journal.close();
});

test('a file cut at any byte of its last frame opens with every whole frame and goes on', async () => {
  let journal = await Journal.open({ dir });
  await appendLine(journal, 'first');
  const before = journal.bytes;
  await appendLine(journal, 'second');
  await journal.close();
  const path = join(dir, (await readdir(dir))[0] ?? '');
  const whole = await readFile(path);
  for (let cut = before; cut < whole.length; cut += 1) {
    await writeFile(path, whole.subarray(0, cut));
    journal = await Journal.open({ dir });
    expect(journal.cutBytes).toBe(cut - before);
    expect(journal.durableSeq).toBe(1);
    await appendLine(journal, 'third');
    expect((await readAll(journal)).map((entry) => [entry.firstSeq, ...linesOf(entry)])).toEqual([
      [1, 'first'],
      [2, 'third'],
    ]);
    await journal.close();
  }
});

test('damage inside a segment is skipped, counted, and what follows is read', async () => {
  const journal = await Journal.open({ dir });
  for (const line of ['first', 'second', 'third']) await appendLine(journal, line);
  const path = join(dir, (await readdir(dir))[0] ?? '');
  const whole = await readFile(path);
  const frameBytes = whole.length - Buffer.concat(encodeFrame(3, context, recordsOf(['third']))).length;
  whole.writeUInt8(0xff, Math.floor(frameBytes / 2) + 60);
  await writeFile(path, whole);
  const reader = new JournalReader(journal, 0);
  const lines: string[] = [];
  for (let entry = await reader.next(); entry !== null; entry = await reader.next()) lines.push(...linesOf(entry));
  expect(lines).toEqual(['first', 'third']);
  expect(reader.damagedBytes).toBeGreaterThan(0);
  await journal.close();
});

test('segments rotate and go away once everything in them is done', async () => {
  const journal = await Journal.open({ dir, segmentBytes: 2000 });
  for (let i = 0; i < 40; i += 1) await appendLine(journal, `line ${i}`);
  expect(journal.segmentCount).toBeGreaterThan(3);
  expect((await readAll(journal)).flatMap(linesOf)).toEqual(Array.from({ length: 40 }, (_, i) => `line ${i}`));
  await journal.release(20);
  expect((await readAll(journal, 20)).length).toBe(20);
  await journal.release(40);
  expect(journal.segmentCount).toBe(1);
  expect((await readdir(dir)).length).toBe(1);
  await journal.close();
});

test('a full journal refuses with a time to retry, and takes more once something is done', async () => {
  const journal = await Journal.open({ dir, segmentBytes: 1000, bytesMax: 4000 });
  const fill = async () => {
    for (let i = 0; i < 100; i += 1) await appendLine(journal, `line ${i}`);
  };
  await expect(fill()).rejects.toMatchObject({ code: 'JOURNAL_FULL', kind: 'overloaded', retryAfterSeconds: 5 });
  await journal.release(journal.durableSeq);
  await appendLine(journal, 'after');
  expect((await readAll(journal)).flatMap(linesOf)).toContain('after');
  await journal.close();
});

/** A disk with room for so many bytes: short writes, then ENOSPC, as a real one. */
function diskWith(room: { bytes: number; failSyncs: number }): JournalFiles {
  return {
    ...realJournalFiles,
    open: async (path) => {
      const file = await realJournalFiles.open(path);
      return {
        ...file,
        async write(buffers, position) {
          const all = Buffer.concat(buffers);
          const fits = Math.min(all.length, room.bytes);
          room.bytes -= fits;
          if (fits > 0) await file.write([all.subarray(0, fits)], position);
          if (fits < all.length) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        },
        async datasync() {
          if (room.failSyncs > 0) {
            room.failSyncs -= 1;
            throw Object.assign(new Error('input/output error'), { code: 'EIO' });
          }
          await file.datasync();
        },
      };
    },
  };
}

test('a full disk refuses, loses nothing acknowledged and works again when space returns', async () => {
  const room = { bytes: 1500, failSyncs: 0 };
  const journal = await Journal.open({ dir, files: diskWith(room) });
  const kept: string[] = [];
  let refused = 0;
  for (let i = 0; i < 20; i += 1) {
    if (i === 12) room.bytes = 100_000;
    await appendLine(journal, `line ${i}`).then(
      () => kept.push(`line ${i}`),
      (error) => {
        expect(error).toMatchObject({ code: 'JOURNAL_DISK_FULL', kind: 'unavailable', retryAfterSeconds: 30 });
        refused += 1;
      },
    );
  }
  expect(refused).toBeGreaterThan(3);
  expect(kept).toContain('line 19');
  expect((await readAll(journal)).flatMap(linesOf)).toEqual(kept);
  await journal.close();
  const again = await Journal.open({ dir });
  expect((await readAll(again)).flatMap(linesOf)).toEqual(kept);
  await again.close();
});

test('a failed sync refuses what it carried and nothing else', async () => {
  const room = { bytes: 1_000_000, failSyncs: 0 };
  const journal = await Journal.open({ dir, files: diskWith(room) });
  await appendLine(journal, 'before');
  room.failSyncs = 1;
  await expect(appendLine(journal, 'during')).rejects.toMatchObject({ code: 'JOURNAL_DISK_ERROR' });
  await appendLine(journal, 'after');
  expect((await readAll(journal)).flatMap(linesOf)).toEqual(['before', 'after']);
  await journal.close();
});

test('the cursor survives a torn write of either slot', async () => {
  let cursor = await Cursor.open(dir, 'cursor');
  const { stream } = cursor.state;
  await cursor.save({ stream, doneSeq: 5, batchEnds: [9] });
  await cursor.save({ stream, doneSeq: 9, batchEnds: [12, 15] });
  await cursor.close();
  const path = join(dir, 'cursor');
  const whole = await readFile(path);
  // The newest state is in the first slot, the one before it in the second.
  for (const [slot, doneSeq] of [
    [0, 5],
    [4096, 9],
  ] as const) {
    const torn = Buffer.from(whole);
    torn.fill(0xee, slot + 20, slot + 600);
    await writeFile(path, torn);
    cursor = await Cursor.open(dir, 'cursor');
    expect(cursor.state).toMatchObject({ stream, doneSeq });
    await cursor.close();
  }
  const journal = await Journal.open({ dir });
  await journal.close();
  await writeFile(path, Buffer.alloc(8192, 0xee));
  await expect(Cursor.open(dir, 'cursor')).rejects.toMatchObject({ code: 'JOURNAL_CURSOR_DAMAGED' });
});

test('a first start that was cut short does not stop the next one', async () => {
  await writeFile(join(dir, 'cursor'), Buffer.alloc(100, 0xee));
  const cursor = await Cursor.open(dir, 'cursor');
  expect(cursor.state.doneSeq).toBe(0);
  await cursor.close();
});

test('a cursor without its segments never lets a number be given twice', async () => {
  const journal = await Journal.open({ dir, seqAtLeast: 41 });
  const entry = await appendLine(journal, 'next');
  expect([entry.firstSeq, entry.previousSeq]).toEqual([42, 41]);
  expect((await readAll(journal, 41)).flatMap(linesOf)).toEqual(['next']);
  await journal.close();
});
