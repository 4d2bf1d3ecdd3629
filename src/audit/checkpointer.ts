import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ControlStore } from '../control/control-store.ts';
import type { Clock } from '../shared/clock.ts';
import type { LogpointId } from '../shared/ids.ts';
import { CHAIN_START } from './audit-chain.ts';
import type { AuditKey } from './audit-key.ts';
import { type Checkpoint, readCheckpoints, signCheckpoint } from './checkpoint.ts';
import { auditChainsList } from './registry.ts';

export const CHECKPOINTS_FOLDER = 'checkpoints';
/** Files that are kept; the oldest beyond them go. */
export const CHECKPOINT_FILES_MAX = 1000;
const LOOK_MS = 60_000;

export type CheckpointerOptions = {
  readonly control: Pick<ControlStore, 'read'>;
  readonly dataDir: string;
  readonly key: AuditKey;
  readonly clock: Clock;
  /** New events over all chains after which a checkpoint is written at the next look, once a minute. */
  readonly events: number;
  /** Time after which it is written for any new event. */
  readonly everyMs: number;
  readonly onError: (error: unknown) => void;
};

/** Signs where the chains are and writes it to `checkpoints/`, one file at a time. */
export class Checkpointer {
  readonly #options: CheckpointerOptions;
  readonly #newest = new Map<LogpointId, Checkpoint>();
  #timer: NodeJS.Timeout | null = null;
  #writtenAtMs = 0;
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: CheckpointerOptions) {
    this.#options = options;
  }

  get publicKey(): string {
    return this.#options.key.publicKey;
  }

  /** Reads what a former process left, then looks once a minute. */
  async start(): Promise<void> {
    const dir = this.#dir();
    const newest = (await checkpointFiles(dir)).at(-1);
    if (newest !== undefined) {
      for (const checkpoint of readCheckpoints(await readFile(join(dir, newest), 'utf8'))) {
        this.#newest.set(checkpoint.logpoint_identifier, checkpoint);
      }
    }
    this.#writtenAtMs = this.#options.clock();
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  /** The newest one of a chain; null when there is none yet. */
  of(logpointId: LogpointId): Checkpoint | null {
    return this.#newest.get(logpointId) ?? null;
  }

  /** Writes one now when any chain has grown. Answers all that stand. */
  write(): Promise<readonly Checkpoint[]> {
    const written = this.#running.then(() => this.#write());
    this.#running = written.catch(() => undefined);
    return written;
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.write().catch(this.#options.onError);
  }

  #dir(): string {
    return join(this.#options.dataDir, CHECKPOINTS_FOLDER);
  }

  async #look(): Promise<void> {
    try {
      const { control, clock, events, everyMs } = this.#options;
      const grown = (await control.read(auditChainsList, {})).reduce(
        (sum, { logpointId, length }) => sum + length - (this.of(logpointId)?.length ?? 0),
        0,
      );
      if (grown >= events || (grown > 0 && clock() - this.#writtenAtMs >= everyMs)) await this.write();
    } catch (error) {
      this.#options.onError(error);
    }
  }

  async #write(): Promise<readonly Checkpoint[]> {
    const { control, clock, key } = this.#options;
    const nowMs = clock();
    let isNew = false;
    for (const chain of await control.read(auditChainsList, {})) {
      const before = this.of(chain.logpointId);
      if (chain.head === '' || chain.head === CHAIN_START || before?.length === chain.length) continue;
      this.#newest.set(chain.logpointId, await signCheckpoint(key, chain, nowMs));
      isNew = true;
    }
    const checkpoints = [...this.#newest.values()];
    if (isNew) await this.#save(checkpoints, nowMs);
    this.#writtenAtMs = nowMs;
    return checkpoints;
  }

  async #save(checkpoints: readonly Checkpoint[], nowMs: number): Promise<void> {
    const dir = this.#dir();
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const path = join(dir, `${new Date(nowMs).toISOString().replaceAll(':', '-')}.json`);
    const file = await open(`${path}.part`, 'w', 0o600);
    try {
      await file.writeFile(`${JSON.stringify({ checkpoints }, null, 1)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.part`, path);
    const files = await checkpointFiles(dir);
    for (const old of files.slice(0, Math.max(0, files.length - CHECKPOINT_FILES_MAX))) await rm(join(dir, old));
  }
}

/** Names of the files, oldest first. */
export async function checkpointFiles(dir: string): Promise<string[]> {
  try {
    return (await readdir(dir)).filter((name) => name.endsWith('.json')).sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
