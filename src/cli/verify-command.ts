import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { openChdbEventStore } from '../adapters/chdb/chdb-event-store.ts';
import { checkControlFile } from '../adapters/sqlite/check-file.ts';
import { lockFolder } from '../adapters/sqlite/folder-lock.ts';
import { findAuditKey } from '../audit/audit-key.ts';
import { type Checkpoint, readCheckpoints } from '../audit/checkpoint.ts';
import { CHECKPOINTS_FOLDER, checkpointFiles } from '../audit/checkpointer.ts';
import { auditChainsList, auditVerify } from '../audit/registry.ts';
import { verifyCheckpoints } from '../audit/verify-checkpoints.ts';
import type { ControlStore } from '../control/control-store.ts';
import { verifyJournal } from '../ingest/verify-journal.ts';
import { AppError } from '../shared/errors.ts';
import type { JsonObject } from '../shared/json.ts';
import { logpointsList } from '../tenancy/registry.ts';
import { requireDataDir, withControlStore } from './data-folder.ts';
import { printable, printJson, type Streams, usageError } from './output.ts';

/** One thing that is not as it was left. */
type Fault = { readonly part: 'audit' | 'checkpoint' | 'control' | 'journal' | 'events'; readonly message: string };

/** Time that reading all events of one logpoint may take. */
const READ_EVENTS_MS = 800_000;

export function verifyCommand(streams: Streams): Command {
  return new Command('verify')
    .description('Check the audit chains, the stores and the journal of a data folder; exit 0 when all is sound.')
    .requiredOption('--data <dir>', 'data folder; a server may be using it')
    .option('--checkpoint <file>', 'a checkpoint that was exported before, beside those of the folder')
    .option('--json', 'print JSON')
    .action(async (options: { data: string; checkpoint?: string; json?: boolean }) => {
      requireDataDir(options.data);
      const given = options.checkpoint === undefined ? [] : readGiven(options.checkpoint);
      const report = await verifyFolder(options.data, given);
      const { faults, ...checked } = report;
      if (options.json === true) printJson(streams, { sound: faults.length === 0, ...report }, true);
      else {
        for (const [part, value] of Object.entries(checked)) streams.out.write(`${part}: ${JSON.stringify(value)}\n`);
        for (const { part, message } of faults) streams.out.write(`FAULT ${part}: ${printable(message)}\n`);
        if (faults.length === 0) streams.out.write('sound\n');
      }
      if (faults.length > 0) {
        const text = `${faults.length} faults, the first: ${faults[0]?.part}: ${faults[0]?.message}`;
        throw new AppError('conflict', 'VERIFY_FAILED', text);
      }
    });
}

function readGiven(file: string): Checkpoint[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw usageError(`${file} cannot be read`);
  }
  return readCheckpoints(text);
}

export async function verifyFolder(dataDir: string, given: readonly Checkpoint[]) {
  // Read before the chains: these only grow, so none is behind a checkpoint that a running server writes meanwhile.
  const faults: Fault[] = [];
  const publicKey = findAuditKey(dataDir)?.publicKey ?? null;
  const checkpoints = [...given, ...(await ownCheckpoints(dataDir, faults))];
  for (const message of checkControlFile(dataDir)) faults.push({ part: 'control', message });
  // A file that SQLite itself cannot read tells nothing about chains.
  const chains = faults.some(({ part }) => part === 'control')
    ? []
    : await withControlStore(dataDir, (store) => verifyChains(store, checkpoints, publicKey, faults));
  const journal = await verifyJournal(dataDir);
  for (const message of journal.faults) faults.push({ part: 'journal', message });
  const events = await verifyEvents(dataDir, faults);
  return {
    public_key: publicKey,
    chains,
    checkpoints: checkpoints.length,
    journal: { segments: journal.segments, records: journal.records, torn_bytes: journal.tornBytes },
    events,
    faults,
  };
}

async function ownCheckpoints(dataDir: string, faults: Fault[]): Promise<Checkpoint[]> {
  const dir = join(dataDir, CHECKPOINTS_FOLDER);
  const found: Checkpoint[] = [];
  for (const name of await checkpointFiles(dir)) {
    try {
      found.push(...readCheckpoints(readFileSync(join(dir, name), 'utf8')));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      faults.push({ part: 'checkpoint', message: `${name}: ${error.message}` });
    }
  }
  return found;
}

async function verifyChains(
  store: ControlStore,
  checkpoints: readonly Checkpoint[],
  publicKey: string | null,
  faults: Fault[],
): Promise<JsonObject[]> {
  const rows: JsonObject[] = [];
  for (const { logpointId } of await store.read(auditChainsList, {})) {
    const { events, headHash, fault } = await store.read(auditVerify, logpointId);
    rows.push({ logpoint_identifier: logpointId, events, head: headHash });
    if (fault !== null) {
      faults.push({ part: 'audit', message: `chain ${logpointId}: ${fault.kind} at ${fault.seq}: ${fault.message}` });
    }
  }
  for (const { logpointId, message } of await verifyCheckpoints(store, checkpoints, publicKey)) {
    faults.push({ part: 'checkpoint', message: `chain ${logpointId}: ${message}` });
  }
  return rows;
}

/** Reads every event: the engine holds each block against its checksum. Left out while a server has the folder. */
async function verifyEvents(dataDir: string, faults: Fault[]): Promise<JsonObject> {
  let lock: ReturnType<typeof lockFolder>;
  try {
    lock = lockFolder(dataDir);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { read: false, reason: 'a server has the folder; its engine checks what it reads' };
  }
  try {
    const store = await openChdbEventStore({ dataDir });
    try {
      return await readEvents(dataDir, store, faults);
    } finally {
      await store.close();
    }
  } catch (error) {
    faults.push({ part: 'events', message: error instanceof Error ? error.message : String(error) });
    return { read: false, reason: 'the event store does not open' };
  } finally {
    lock.release();
  }
}

async function readEvents(
  dataDir: string,
  store: Awaited<ReturnType<typeof openChdbEventStore>>,
  faults: Fault[],
): Promise<JsonObject> {
  const sql = 'SELECT count() AS events, sum(cityHash64(*)) AS digest FROM {events}';
  let events = 0;
  const logpoints = await withControlStore(dataDir, (control) => control.read(logpointsList, {}));
  for (const { id } of logpoints) {
    try {
      await store.openLogpoint(id);
      const { rows } = await store.search(id, { sql, params: {} }, { timeoutMs: READ_EVENTS_MS, rowsMax: 1 });
      events += Number(rows[0]?.['events'] ?? 0);
    } catch (error) {
      faults.push({
        part: 'events',
        message: `logpoint ${id}: ${error instanceof Error ? error.message : String(error)}`,
      });
    }
  }
  return { read: true, events };
}
