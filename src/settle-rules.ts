import type { Logger } from 'pino';
import type { Command, ControlStore } from './control/control-store.ts';
import type { IngestHandle } from './ingest/ingest-handle.ts';
import { statefulWaiting } from './rules/registry.ts';
import type { StateCacheStatus } from './rules/stateful/state-cache.ts';

const TICK_MS = 1_000;

export type SettleRulesParts = {
  readonly control: ControlStore;
  readonly settleMatches: Command<number | null, StateCacheStatus>;
  readonly ingest: Pick<IngestHandle, 'status'>;
  readonly logger: Logger;
  readonly clock?: () => number;
  /** Groups of stateful rules went from memory to the store for the first time in a while. */
  readonly onSpill: (message: string) => void;
};

const SPILL_TOLD_MS = 3_600_000;

/**
 * Lets decisions about several events fall due when no event comes that would move the time on. The time goes no further
 * than to the receipt of the oldest event that rules have not seen, so that a restart or a backlog makes none of them late.
 */
export class SettleRules {
  readonly #parts: SettleRulesParts;
  #timer: NodeJS.Timeout | null = null;
  #tick: Promise<void> = Promise.resolve();
  #isBusy = false;
  #status: StateCacheStatus = { groups: 0, cells: 0, spilled: 0, rebuilt: 0 };
  #toldAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: SettleRulesParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer ??= setInterval(() => {
      if (this.#isBusy) return;
      this.#isBusy = true;
      this.#tick = this.tick()
        .catch((error: unknown) => this.#parts.logger.error({ err: error }, 'decisions about several events wait'))
        .finally(() => {
          this.#isBusy = false;
        });
    }, TICK_MS);
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    await this.#tick;
  }

  counts(): Readonly<Record<string, number>> {
    const { groups, cells, spilled, rebuilt } = this.#status;
    return { statefulGroups: groups, statefulCells: cells, statefulSpilled: spilled, statefulRebuilt: rebuilt };
  }

  noted(status: StateCacheStatus): void {
    const spilled = status.spilled - this.#status.spilled;
    this.#status = status;
    const nowMs = (this.#parts.clock ?? Date.now)();
    if (spilled <= 0 || nowMs - this.#toldAtMs < SPILL_TOLD_MS) return;
    this.#toldAtMs = nowMs;
    this.#parts.onSpill(
      `${spilled} groups of stateful rules went from memory to the store: they cost more time, none of them is lost`,
    );
  }

  /** What the timer does once a second. */
  async tick(): Promise<void> {
    const { control, ingest, settleMatches } = this.#parts;
    if (!(await control.read(statefulWaiting, null))) return;
    const { isWorkerUp, rulesWaitingSinceMs } = await ingest.status();
    if (!isWorkerUp || rulesWaitingSinceMs === 0) return;
    this.noted(await control.write(settleMatches, rulesWaitingSinceMs));
  }
}
