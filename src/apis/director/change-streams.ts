import { FEED_CHANGED, type FeedPage } from '../../audit/change-feed.ts';
import { feedRead } from '../../audit/registry.ts';
import type { ControlStore } from '../../control/control-store.ts';
import { AppError } from '../../shared/errors.ts';
import type { LogpointId } from '../../shared/ids.ts';

export type FeedLimits = {
  /** Setting `feed.connectionsMax`. */
  readonly connectionsMax: number;
  /** Setting `feed.connectionsPerCallerMax`. */
  readonly connectionsPerCallerMax: number;
};
export const DEFAULT_FEED_LIMITS: FeedLimits = { connectionsMax: 500, connectionsPerCallerMax: 20 };

/** Changes of one read. */
const PAGE_ROWS = 500;
/** Changes that follow a sending so closely go out together; the first after a pause goes at once. */
const GATHER_MS = 50;
export const HEARTBEAT_MS = 15_000;
/** A reader that takes nothing for so long is cut off; it resumes where it was. */
const STALLED_MS_MAX = 30_000;

/** Where a stream's text goes. */
export type FeedSink = {
  /** False when the reader is slower than the changes: nothing more until `drained`. */
  write(text: string): boolean;
  drained(): Promise<void>;
  end(): void;
};

export type OpenFeed = {
  readonly logpointId: LogpointId;
  readonly lastEventId: string | undefined;
  readonly sink: FeedSink;
  /** Fires when the reader is gone. */
  readonly gone: AbortSignal;
  /** @throws when the caller may read no longer */
  checkAgain(): Promise<void>;
};

/**
 * Open change feeds. What a reader has not taken stays in the store, never in memory; readers of one logpoint that are
 * at the same place share one read.
 */
export class ChangeStreams {
  readonly #control: ControlStore;
  readonly #limits: FeedLimits;
  readonly #stopping: AbortSignal;
  readonly #byCaller = new Map<string, number>();
  readonly #wakers = new Map<LogpointId, Set<() => void>>();
  readonly #reads = new Map<string, Promise<FeedPage>>();
  #open = 0;
  #isListening = false;

  constructor(control: ControlStore, limits: FeedLimits, stopping: AbortSignal) {
    this.#control = control;
    this.#limits = limits;
    this.#stopping = stopping;
  }

  /** Open connections. */
  get open(): number {
    return this.#open;
  }

  /** Takes a place, to be given back. @throws AppError `FEED_CONNECTIONS_FULL` */
  take(callerId: string): () => void {
    const mine = this.#byCaller.get(callerId) ?? 0;
    const { connectionsMax, connectionsPerCallerMax } = this.#limits;
    if (mine >= connectionsPerCallerMax) throw full(`of this caller: at most ${connectionsPerCallerMax}`);
    if (this.#open >= connectionsMax) throw full(`of this server: at most ${connectionsMax}`);
    this.#open += 1;
    this.#byCaller.set(callerId, mine + 1);
    let isGiven = false;
    return () => {
      if (isGiven) return;
      isGiven = true;
      this.#open -= 1;
      const left = (this.#byCaller.get(callerId) ?? 1) - 1;
      if (left > 0) this.#byCaller.set(callerId, left);
      else this.#byCaller.delete(callerId);
    };
  }

  /** Sends changes until the reader goes, stalls, loses its right, or the server stops. */
  async run(feed: OpenFeed): Promise<void> {
    this.#listen();
    const end = AbortSignal.any([feed.gone, this.#stopping]);
    const bell = new Bell(end);
    const wakers = this.#wakers.get(feed.logpointId) ?? new Set();
    this.#wakers.set(feed.logpointId, wakers);
    const wake = (): void => bell.ring();
    wakers.add(wake);
    try {
      await this.#follow(feed, bell, end);
    } finally {
      wakers.delete(wake);
      if (wakers.size === 0) this.#wakers.delete(feed.logpointId);
      feed.sink.end();
    }
  }

  #listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    this.#control.onSignal(FEED_CHANGED, (logpointId) => {
      for (const wake of this.#wakers.get(String(logpointId)) ?? []) wake();
    });
  }

  async #follow(feed: OpenFeed, bell: Bell, end: AbortSignal): Promise<void> {
    let cursor = seqOf(feed.lastEventId);
    if (cursor === null) {
      cursor = (await this.#read(feed.logpointId, null)).headSeq;
      if (!(await send(feed, `id: ${cursor}\nretry: 2000\n: open\n\n`))) return;
    }
    let sentAtMs = 0;
    while (!end.aborted) {
      const page = await this.#read(feed.logpointId, cursor);
      if (page.isReset) {
        cursor = page.headSeq;
        const data = JSON.stringify({ type: 'reset', id: '', action: 'reset', at: Date.now() / 1000, by: '' });
        if (!(await send(feed, `id: ${cursor}\nevent: reset\ndata: ${data}\n\n`))) return;
        continue;
      }
      if (page.changes.length > 0) {
        cursor = page.changes.at(-1)?.seq ?? cursor;
        if (!(await send(feed, page.changes.map(eventText).join('')))) return;
        sentAtMs = performance.now();
        if (page.changes.length === PAGE_ROWS) continue;
      }
      if (await bell.wait(HEARTBEAT_MS)) {
        const waitMs = sentAtMs + GATHER_MS - performance.now();
        if (waitMs > 0) await bell.pause(waitMs);
        continue;
      }
      if (end.aborted) return;
      await feed.checkAgain();
      if (!(await send(feed, ': still here\n\n'))) return;
    }
  }

  #read(logpointId: LogpointId, afterSeq: number | null): Promise<FeedPage> {
    const key = `${logpointId} ${afterSeq}`;
    const running = this.#reads.get(key);
    if (running !== undefined) return running;
    const read = this.#control.read(feedRead, { logpointId, afterSeq, limit: PAGE_ROWS });
    this.#reads.set(key, read);
    const forget = (): void => void this.#reads.delete(key);
    read.then(forget, forget);
    return read;
  }
}

const full = (whose: string): AppError =>
  new AppError('overloaded', 'FEED_CONNECTIONS_FULL', `too many open change feeds ${whose}`, { retryAfterSeconds: 5 });

/** The number of `Last-Event-ID`; null without one. One that is no number is none of this feed. */
function seqOf(text: string | undefined): number | null {
  if (text === undefined || text === '') return null;
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.MAX_SAFE_INTEGER;
}

function eventText(change: FeedPage['changes'][number]): string {
  const { seq, type, objectId: id, action, atMs, by } = change;
  return `id: ${seq}\nevent: ${type}\ndata: ${JSON.stringify({ type, id, action, at: atMs / 1000, by })}\n\n`;
}

/** False when the reader is gone or takes nothing. */
async function send({ sink, gone }: OpenFeed, text: string): Promise<boolean> {
  if (gone.aborted) return false;
  if (sink.write(text)) return true;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), STALLED_MS_MAX);
    timer.unref();
  });
  const isTaken = await Promise.race([sink.drained().then(() => true), late]);
  clearTimeout(timer);
  return isTaken && !gone.aborted;
}

/** Wakes one waiter; rings that come while nobody waits are kept as one. */
class Bell {
  #hasRung = false;
  #wake: () => void = () => {};
  readonly #end: AbortSignal;

  constructor(end: AbortSignal) {
    this.#end = end;
    end.addEventListener('abort', () => this.#wake(), { once: true });
  }

  ring(): void {
    this.#hasRung = true;
    this.#wake();
  }

  /** True when it rang within the time. */
  async wait(ms: number): Promise<boolean> {
    if (!this.#hasRung) await this.#sleep(ms);
    const hasRung = this.#hasRung;
    this.#hasRung = false;
    return hasRung;
  }

  /** Lets time go by, whatever rings. */
  async pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => setTimeout(resolve, ms));
  }

  #sleep(ms: number): Promise<void> {
    return new Promise<void>((resolve) => {
      if (this.#end.aborted) return resolve();
      const timer = setTimeout(resolve, ms);
      timer.unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
