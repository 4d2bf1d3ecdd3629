import { basename } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Command } from 'commander';
import { type FileChunk, openLines } from '../ingest/read-lines.ts';
import { AppError } from '../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../shared/json.ts';
import type { ApiClient } from './api-client.ts';
import { addConnectionOptions, type ConnectionOptions, withApi } from './connection.ts';
import { printable, printJson, type Streams } from './output.ts';
import { chooseTenant } from './tenant.ts';

type IngestFlags = ConnectionOptions & {
  readonly pool?: string;
  readonly logpoint?: string;
  readonly repo: string;
  readonly format: string;
  readonly json?: boolean;
};

/** A server that is full for longer than this stops the run with what was stored so far. */
const RETRIES_MAX = 120;
const REJECTIONS_SHOWN_MAX = 20;

export function ingestCommand(streams: Streams): Command {
  return addConnectionOptions(new Command('ingest').description('Send files of log lines to a repo.'))
    .argument('<file...>', 'plain, .gz or .br; - is standard input')
    .option('--pool <pool>', 'id or name of the pool, when there are several')
    .option('--logpoint <logpoint>', 'id or name of the logpoint, when there are several')
    .option('--repo <name>', 'repo that keeps the events', 'default')
    .option('--format <format>', 'auto, jsonl, syslog, web or text', 'auto')
    .option('--json', 'print JSON')
    .action(async (files: string[], options: IngestFlags) => {
      const counts = await withApi(options, (client) => sendFiles(client, files, options, streams));
      if (options.json === true) return printJson(streams, countsJson(counts), true);
      streams.out.write(`read ${counts.read}, stored ${counts.stored}, rejected ${counts.rejected}\n`);
      for (const { file, line, reason } of counts.rejections) {
        streams.out.write(`  ${printable(file)}:${line}: ${printable(reason)}\n`);
      }
      if (counts.rejected > 0) streams.out.write('rejected lines are in the repo _DeadLetter\n');
    });
}

type RejectedLine = { readonly file: string; readonly line: number; readonly reason: string };
type Counts = { read: number; stored: number; rejected: number; readonly rejections: RejectedLine[] };

const countsJson = (counts: Counts): JsonObject => ({
  read: counts.read,
  stored: counts.stored,
  rejected: counts.rejected,
  rejections: counts.rejections.map((rejection) => ({ ...rejection })),
});

/** Sends every line of the files, in order; resolves when all of them are durable. */
export async function sendFiles(
  client: ApiClient,
  files: readonly string[],
  options: IngestFlags,
  streams: Streams,
): Promise<Counts> {
  const { poolId, logpointId } = await chooseTenant(client, options);
  const counts: Counts = { read: 0, stored: 0, rejected: 0, rejections: [] };
  for (const file of files) {
    const name = file === '-' ? 'stdin' : basename(file);
    const query = new URLSearchParams({ format: options.format, source_name: name });
    const path = `/ingest/${poolId}/${logpointId}/${encodeURIComponent(options.repo)}?${query}`;
    const { bytesTotal, chunks } = await openLines(file);
    for await (const chunk of chunks) {
      addAnswer(counts, file, chunk, await sendChunk(client, path, chunk));
      showProgress(streams, name, chunk.bytesRead, bytesTotal, counts);
    }
  }
  if (streams.err.isTTY === true) streams.err.write('\r\x1b[K');
  return counts;
}

async function sendChunk(client: ApiClient, path: string, chunk: FileChunk): Promise<Json> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await client.send(path, chunk.bytes, { 'content-type': 'application/x-ndjson' });
    } catch (error) {
      const isFull = error instanceof AppError && (error.code === 'HTTP_429' || error.code === 'HTTP_503');
      if (!isFull || attempt > RETRIES_MAX) throw error;
      await wait((error.retryAfterSeconds ?? 1) * 1000);
    }
  }
}

function addAnswer(counts: Counts, file: string, chunk: FileChunk, answer: Json): void {
  if (!isJsonObject(answer))
    throw new AppError('unavailable', 'SERVER_ANSWER', 'unexpected answer to an ingest request');
  const accepted = Number(answer['accepted']);
  const rejected = Number(answer['rejected']);
  counts.read += accepted + rejected;
  counts.stored += accepted;
  counts.rejected += rejected;
  const rejections = Array.isArray(answer['rejections']) ? answer['rejections'] : [];
  for (const rejection of rejections.filter(isJsonObject)) {
    if (counts.rejections.length >= REJECTIONS_SHOWN_MAX) return;
    const line = Number(rejection['line']) + chunk.firstLine - 1;
    counts.rejections.push({ file, line, reason: String(rejection['reason']) });
  }
}

const BAR_WIDTH = 30;

function showProgress(streams: Streams, name: string, read: number, total: number | null, counts: Counts): void {
  if (streams.err.isTTY !== true) return;
  const share = total === null || total === 0 ? 0 : Math.min(1, read / total);
  const bar = total === null ? '' : `[${'#'.repeat(Math.round(share * BAR_WIDTH)).padEnd(BAR_WIDTH, '.')}] `;
  streams.err.write(`\r\x1b[K${bar}${printable(name)}: ${counts.stored} stored, ${counts.rejected} rejected`);
}
