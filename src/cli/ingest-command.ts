import { basename } from 'node:path';
import { Command, Option } from 'commander';
import type { IngestAnswer, IngestOptions, TocsinClient } from '../client/client.ts';
import { type FileChunk, openLines } from '../ingest/read-lines.ts';
import type { JsonObject } from '../shared/json.ts';
import { addConnectionOptions, type ConnectionOptions, withApi } from './connection.ts';
import { printable, printJson, type Streams } from './output.ts';
import { chooseTenant } from './tenant.ts';

type IngestFlags = ConnectionOptions & {
  readonly pool?: string;
  readonly logpoint?: string;
  readonly repo: string;
  readonly format: NonNullable<IngestOptions['format']>;
  readonly json?: boolean;
};

/** A server that is full for longer than this stops the run with what was stored so far. */
const RETRIES_MAX = 120;
const FORMATS: readonly IngestFlags['format'][] = ['auto', 'jsonl', 'syslog', 'web', 'text'];
const REJECTIONS_SHOWN_MAX = 20;

export function ingestCommand(streams: Streams): Command {
  return addConnectionOptions(new Command('ingest').description('Send files of log lines to a repo.'))
    .argument('<file...>', 'plain, .gz or .br; - is standard input')
    .option('--pool <pool>', 'id or name of the pool, when there are several')
    .option('--logpoint <logpoint>', 'id or name of the logpoint, when there are several')
    .option('--repo <name>', 'repo that keeps the events', 'default')
    .addOption(new Option('--format <format>', 'how lines are read').choices(FORMATS).default('auto'))
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
  client: TocsinClient,
  files: readonly string[],
  options: IngestFlags,
  streams: Streams,
): Promise<Counts> {
  const tenant = await chooseTenant(client, options);
  const counts: Counts = { read: 0, stored: 0, rejected: 0, rejections: [] };
  for (const file of files) {
    const name = file === '-' ? 'stdin' : basename(file);
    const how = { format: options.format, source_name: name, retriesMax: RETRIES_MAX };
    const { bytesTotal, chunks } = await openLines(file);
    for await (const chunk of chunks) {
      addAnswer(counts, file, chunk, await tenant.ingest(options.repo, chunk.bytes, how));
      showProgress(streams, name, chunk.bytesRead, bytesTotal, counts);
    }
  }
  if (streams.err.isTTY === true) streams.err.write('\r\x1b[K');
  return counts;
}

function addAnswer(counts: Counts, file: string, chunk: FileChunk, answer: IngestAnswer): void {
  const { accepted, rejected, rejections = [] } = answer;
  counts.read += accepted + rejected;
  counts.stored += accepted;
  counts.rejected += rejected;
  for (const { line, reason } of rejections) {
    if (counts.rejections.length >= REJECTIONS_SHOWN_MAX) return;
    counts.rejections.push({ file, line: line + chunk.firstLine - 1, reason });
  }
}

const BAR_WIDTH = 30;

function showProgress(streams: Streams, name: string, read: number, total: number | null, counts: Counts): void {
  if (streams.err.isTTY !== true) return;
  const share = total === null || total === 0 ? 0 : Math.min(1, read / total);
  const bar = total === null ? '' : `[${'#'.repeat(Math.round(share * BAR_WIDTH)).padEnd(BAR_WIDTH, '.')}] `;
  streams.err.write(`\r\x1b[K${bar}${printable(name)}: ${counts.stored} stored, ${counts.rejected} rejected`);
}
