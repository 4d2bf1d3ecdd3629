import { randomUUID } from 'node:crypto';
import { copyFile, link, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from './shared/errors.ts';

/** Where the server leaves what it has frozen, in the data folder: hard links need the same file system. */
export const STAGING_FOLDER = 'backup.staging';
/** Longest time that deliveries to the event store and the rules are held. */
export const HOLD_MS_MAX = 30_000;
/** What a delivery that is on its way may take; a store that does not answer keeps a backup from beginning. */
const QUIET_MS_MAX = 15_000;
const CURSORS = ['store.cursor', 'rules.cursor'];

export type OnlineBackupParts = {
  readonly dataDir: string;
  /** Holds deliveries for that long at most; resolves when none is on its way. */
  readonly hold: (msMax: number) => Promise<void>;
  /** Answers whether they were held until now. */
  readonly goOn: () => Promise<boolean>;
  /** Freezes every stored event into a folder. */
  readonly freezeEvents: (into: string) => Promise<void>;
};

export type BackupStart = { readonly id: string; readonly folder: string; readonly holdMs: number };

type Running = { readonly id: string; readonly pid: number; readonly beganAtMs: number; isSealed: boolean };

/**
 * The server's part in a copy that is taken while it serves, for a process beside it that does the copying.
 *
 * `begin` holds deliveries and freezes the events and the cursors; the other process then fixes its view of the control
 * store; `seal` freezes the journal and lets deliveries go on. Lines and orders are accepted all the time. What `begin`
 * found acknowledged is in the events, the journal or the control store of the copy, and what the cursors call done is in
 * the first or the last.
 */
export class OnlineBackup {
  readonly #parts: OnlineBackupParts;
  readonly #staging: string;
  #running: Running | null = null;

  constructor(parts: OnlineBackupParts) {
    this.#parts = parts;
    this.#staging = join(parts.dataDir, STAGING_FOLDER);
  }

  /** Removes what a server that was killed has left. */
  clear(): Promise<void> {
    return rm(this.#staging, { recursive: true, force: true });
  }

  /**
   * `pid` is the process that copies: when it has ended, or has not sealed in time, the next backup may begin.
   *
   * @throws AppError `BACKUP_RUNNING`; `BACKUP_NOT_QUIET` when the event store does not answer
   */
  async begin(pid: number): Promise<BackupStart> {
    if (this.#running !== null && isGoingOn(this.#running)) {
      throw new AppError('conflict', 'BACKUP_RUNNING', `process ${this.#running.pid} is taking a backup`);
    }
    const running = { id: randomUUID(), pid, beganAtMs: performance.now(), isSealed: false };
    this.#running = running;
    try {
      await this.clear();
      await mkdir(join(this.#staging, 'journal'), { recursive: true, mode: 0o700 });
      await this.#quiet();
      const journal = join(this.#parts.dataDir, 'journal');
      for (const name of CURSORS) await copyFile(join(journal, name), join(this.#staging, 'journal', name));
      await this.#parts.freezeEvents(join(this.#staging, 'events', 'chdb'));
    } catch (error) {
      await this.end(running.id);
      throw error;
    }
    return { id: running.id, folder: STAGING_FOLDER, holdMs: HOLD_MS_MAX };
  }

  /** @throws AppError `BACKUP_UNKNOWN`; `BACKUP_LATE` when deliveries went on before: the copy would not agree */
  async seal(id: string): Promise<void> {
    const running = this.#named(id);
    if (running.isSealed) return;
    const journal = join(this.#parts.dataDir, 'journal');
    for (const name of await readdir(journal)) {
      if (!CURSORS.includes(name)) await link(join(journal, name), join(this.#staging, 'journal', name));
    }
    running.isSealed = await this.#parts.goOn();
    if (running.isSealed) return;
    await this.end(id);
    throw new AppError('conflict', 'BACKUP_LATE', `deliveries were not held until now: begin the backup again`);
  }

  /** What was frozen is given up. @throws AppError `BACKUP_UNKNOWN` */
  async end(id: string): Promise<void> {
    this.#named(id);
    this.#running = null;
    // A worker that is starting again holds nothing.
    await this.#parts.goOn().catch(() => false);
    await this.clear();
  }

  #named(id: string): Running {
    if (this.#running?.id === id) return this.#running;
    throw new AppError('not-found', 'BACKUP_UNKNOWN', 'no backup of that id is being taken');
  }

  async #quiet(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const text = `what is on its way to the event store has not arrived within ${QUIET_MS_MAX} ms`;
      const error = new AppError('unavailable', 'BACKUP_NOT_QUIET', text, { retryAfterSeconds: 30 });
      timer = setTimeout(() => reject(error), QUIET_MS_MAX);
    });
    try {
      await Promise.race([this.#parts.hold(HOLD_MS_MAX), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** One that was not sealed in time can never be whole. */
const isGoingOn = ({ pid, beganAtMs, isSealed }: Running): boolean =>
  isAlive(pid) && (isSealed || performance.now() - beganAtMs < HOLD_MS_MAX + QUIET_MS_MAX);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
