import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { MatchBatch } from '../rules/match.ts';
import { compiledUrl } from '../shared/compiled.ts';
import type { IngestHandle, IngestNotice } from './ingest-handle.ts';
import { startIngest } from './start-ingest.ts';

const target = { poolId: 'a'.repeat(32), logpointId: 'b'.repeat(32), logpointName: 'LP1', repo: 'default' };
const request = (text: string) => ({
  ...target,
  body: Buffer.from(text),
  encoding: 'identity' as const,
  format: 'jsonl' as const,
  remoteIp: '192.0.2.1',
  sourceName: 'test',
});

let dir = '';
let handle: IngestHandle | null = null;
let batches: MatchBatch[] = [];
let notices: IngestNotice[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tocsin-thread-'));
  batches = [];
  notices = [];
});
afterEach(async () => {
  await handle?.close();
  handle = null;
  await rm(dir, { recursive: true, force: true });
});

/** A worker whose store is a file of lines `token user`, and which dies once at the first event of the user `die`. */
async function start(tcpPort = 0): Promise<IngestHandle> {
  const entry = join(dir, 'entry.mjs');
  const run = compiledUrl('./run-ingest-thread.ts', import.meta.url).href;
  await writeFile(
    entry,
    `import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
    import { runIngestThread } from ${JSON.stringify(run)};
    await runIngestThread(({ file }) => ({
      openLogpoint: async () => undefined,
      append: async (logpoint, events, token) => {
        if (existsSync(file) && readFileSync(file, 'utf8').includes(token)) return;
        if (events.some(({ fields }) => fields.user === 'die') && !existsSync(file + '.died')) {
          writeFileSync(file + '.died', '');
          process.exit(1);
        }
        appendFileSync(file, events.map(({ fields }) => token + ' ' + fields.user + '\\n').join(''));
      },
      close: async () => undefined,
    }));`,
  );
  handle = await startIngest(
    {
      dataDir: dir,
      eventStore: { file: join(dir, 'store') },
      syslog: { host: '127.0.0.1', udpPort: 0, tcpPort, target },
      batchLingerMs: 1,
      rules: [
        {
          ruleId: 'c'.repeat(24),
          ruleVersion: 1,
          logpointId: target.logpointId,
          query: 'user=*',
          repos: ['default'],
          throttlingField: null,
        },
      ],
      onMatches: async (batch) => void batches.push(batch),
      onDeadLetterRepo: async () => undefined,
      onNotice: (notice) => notices.push(notice),
    },
    pathToFileURL(entry),
  );
  return handle;
}

const stored = async (): Promise<string[]> =>
  (await readFile(join(dir, 'store'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .sort();

test('a worker that dies is started again with its rules and ports, and loses nothing', async () => {
  const ingest = await start();
  const before = await ingest.status();
  await ingest.accept(request('{"user":"a"}'));
  await ingest.accept(request('{"user":"die"}'));
  await vi.waitFor(async () => expect(await ingest.status()).toMatchObject({ workerRestarts: 1, isWorkerUp: true }), {
    timeout: 10_000,
  });
  await ingest.accept(request('{"user":"b"}'));
  expect(await ingest.status()).toMatchObject({ rulesLoaded: 1, syslogTcpPort: before.syslogTcpPort });
  await ingest.drain();
  expect(await stored()).toEqual(['a', 'b', 'die']);
  expect(new Set(batches.flatMap(({ matches }) => matches.map(({ seq }) => seq)))).toEqual(new Set([1, 2, 3]));
  expect(notices.map(({ code }) => code)).toEqual(['INGEST_WORKER_DIED', 'INGEST_WORKER_UP']);
});

test('while no worker is up, requests are rejected as ones to try again', async () => {
  const ingest = await start();
  const answers: unknown[] = [];
  await ingest.accept(request('{"user":"die"}'));
  await vi.waitFor(
    async () => {
      answers.push(await ingest.accept(request('{"user":"x"}')).catch((error: unknown) => error));
      expect(answers.at(-1)).toMatchObject({ code: 'INGEST_RESTARTING', kind: 'unavailable', retryAfterSeconds: 2 });
    },
    { timeout: 10_000, interval: 1 },
  );
  await vi.waitFor(async () => expect((await ingest.status()).workerRestarts).toBe(1), { timeout: 10_000 });
});

test('errors cross the thread as they are', async () => {
  const ingest = await start();
  const broken = { ...request('x'), encoding: 'gzip' as const };
  await expect(ingest.accept(broken)).rejects.toMatchObject({ name: 'AppError', code: 'INGEST_BODY_INVALID' });
  const report = await ingest.setRules([]);
  expect(report).toMatchObject({ loaded: 0, refused: [], expensive: [] });
});

test('a syslog port that is taken stops the start with the port and the reason', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await expect(start(port)).rejects.toMatchObject({
    name: 'AppError',
    code: 'SYSLOG_PORT',
    message: expect.stringContaining(String(port)),
  });
  other.close();
});
