import type { LogEvent } from '../events/event.ts';
import type { Cursor } from './cursor.ts';
import type { DecodedEntry } from './decode-entry.ts';
import { decodeEntry } from './decode-entry.ts';
import type { Journal, JournalEntry, JournalPosition } from './journal.ts';
import { JournalReader } from './journal-reader.ts';
import {
  BATCH_BYTES_MAX,
  BATCH_EVENTS_MAX,
  BATCH_LINGER_MS,
  BATCHES_IN_FLIGHT_MAX,
  PLACE_SAVED_EVERY_MS,
  TAIL_BYTES_MAX,
} from './limits.ts';
import type { RecordContext } from './record.ts';

/** The events of one journal entry. */
export type BatchPart = { readonly context: RecordContext; readonly events: readonly LogEvent[] };

/** A stretch of the journal that is delivered as a whole, again and again under the same token until it is done. */
export type Batch = {
  readonly token: string;
  readonly stream: string;
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly parts: readonly BatchPart[];
};

export type BatcherOptions = {
  readonly journal: Journal;
  readonly cursor: Cursor;
  /** Resolves when the batch is delivered and rejects only when `signal` stops it. */
  readonly deliver: (batch: Batch, signal: AbortSignal) => Promise<void>;
  /** Told after the cursor has moved: what all readers are done with may leave the journal. */
  readonly onDone: () => Promise<void>;
  readonly lingerMs?: number | undefined;
  /**
   * Whoever takes the batches remembers in its own transaction how far they went, and takes from any longer batch what is
   * new. Then ends of batches need not be durable before they are sent, nor the place after each of them.
   */
  readonly isRepeatable?: boolean;
};

type TailItem = { readonly entry: JournalEntry; readonly decoded: DecodedEntry };
type InFlight = { readonly toSeq: number; readonly oldestMs: number | null; readonly done: Promise<void> };
type Draft = { readonly parts: BatchPart[]; events: number; bytes: number; toSeq: number };

/**
 * Takes durable entries in order and delivers them in batches.
 *
 * Where a batch ends is durable before it is sent: after a crash the same stretch is sent under the same token, so a
 * store that remembers tokens adds nothing twice. The cursor moves when a batch and all before it are delivered.
 * Entries come from memory while there is room (`offer`), else back from the journal.
 */
export class Batcher {
  readonly #options: BatcherOptions;
  readonly #journal: Journal;
  readonly #cursor: Cursor;
  readonly #tail: TailItem[] = [];
  #tailBytes = 0;
  #tailEvents = 0;
  /** Last number that was put into a batch, and where the journal goes on after it. */
  #takenSeq: number;
  #position: JournalPosition | undefined;
  #reader: JournalReader | null = null;
  #wake: (() => void) | null = null;
  #isWoken = false;
  #isStopped = false;
  readonly #abort = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  #inFlight: InFlight[] = [];
  #doneSeq: number;
  /** Ends of batches that may have been sent: durable before the sending, gone after the finish. */
  #batchEnds: readonly number[];
  #saving: Promise<void> = Promise.resolve();
  /** Receipt of the oldest record of the batch that is being put together. */
  #gatheredMs: number | null = null;
  #savedAtMs = 0;
  #saveTimer: NodeJS.Timeout | null = null;
  #failure: unknown = null;
  #onFailure: (error: unknown) => void = () => undefined;
  #idle: (() => void)[] = [];
  /** Opens when deliveries may go on; null when they are not held. */
  #gate: { readonly opened: Promise<void>; readonly open: () => void } | null = null;
  #sending: Promise<void> = Promise.resolve();
  batches = 0;
  damagedBytes = 0;

  constructor(options: BatcherOptions) {
    this.#options = options;
    this.#journal = options.journal;
    this.#cursor = options.cursor;
    const { doneSeq, batchEnds } = options.cursor.state;
    this.#takenSeq = doneSeq;
    this.#doneSeq = doneSeq;
    this.#batchEnds = batchEnds;
  }

  get doneSeq(): number {
    return this.#cursor.state.doneSeq;
  }
  get tailEvents(): number {
    return this.#tailEvents;
  }
  get isIdle(): boolean {
    return this.#reachedSeq >= this.#journal.durableSeq;
  }
  /** What need not be delivered again, as far as this process knows. */
  get #reachedSeq(): number {
    return this.#options.isRepeatable === true ? this.#doneSeq : this.#cursor.state.doneSeq;
  }
  /** Receipt of the oldest record that is not done; null when there is none or it is not read back yet. */
  get oldestWaitingMs(): number | null {
    if (this.isIdle) return null;
    return this.#inFlight[0]?.oldestMs ?? this.#gatheredMs ?? this.#tail[0]?.entry.context.receivedAtMs ?? null;
  }

  /** Begins with the batches that a crash may have left half done. */
  start(onFailure: (error: unknown) => void): void {
    this.#onFailure = onFailure;
    this.#loop = this.#run().catch((error: unknown) => this.#fail(error));
  }

  #fail(error: unknown): void {
    if (this.#isStopped || this.#failure !== null) return;
    this.#failure = error;
    for (const resolve of this.#idle.splice(0)) resolve();
    this.#onFailure(error);
  }

  /** A durable entry with its events. Kept only if it follows what is in memory and there is room. */
  offer(entry: JournalEntry, decoded: DecodedEntry): void {
    const last = this.#tail.at(-1)?.entry.lastSeq ?? this.#takenSeq;
    if (last === entry.previousSeq && this.#tailBytes < TAIL_BYTES_MAX) {
      this.#tail.push({ entry, decoded });
      this.#tailBytes += entry.records.bytes.length;
      this.#tailEvents += decoded.events.length;
    }
    this.#wakeUp();
  }

  /** Resolves when everything durable is delivered. */
  async drain(): Promise<void> {
    while (!this.isIdle && this.#failure === null && !this.#isStopped) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
    if (this.#failure !== null) throw this.#failure;
    await this.#keepPlace();
  }

  /** Sends nothing further. Resolves when nothing is on its way and the cursor says so; entries are taken in as before. */
  async hold(): Promise<void> {
    if (this.#gate === null) {
      let open = (): void => undefined;
      const opened = new Promise<void>((resolve) => {
        open = resolve;
      });
      this.#gate = { opened, open };
    }
    await this.#sending;
    while (this.#inFlight.length > 0 && !this.#isStopped) await this.#inFlight.at(-1)?.done;
    await this.#saving;
  }

  goOn(): void {
    const gate = this.#gate;
    this.#gate = null;
    gate?.open();
  }

  /** Stops at once; a delivery that is on its way is left to its fate and repeated after the next start. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#abort.abort();
    this.goOn();
    this.#wakeUp();
    for (const resolve of this.#idle.splice(0)) resolve();
    await this.#loop;
    await Promise.allSettled(this.#inFlight.map((batch) => batch.done));
    if (this.#saveTimer !== null) clearTimeout(this.#saveTimer);
    await this.#saving;
    // Less comes again after the next start. What a broken disk does not take, comes again.
    if (this.#failure === null) await this.#keepPlace().catch(() => undefined);
  }

  async #run(): Promise<void> {
    for (const toSeq of [...this.#batchEnds]) {
      if (this.#isStopped) return;
      await this.#send(await this.#take((draft) => draft.toSeq >= toSeq, toSeq));
    }
    while (!this.#isStopped) {
      const draft = await this.#take(isFull, Number.POSITIVE_INFINITY);
      if (draft.events > 0) await this.#send(draft);
      else this.#gatheredMs = null;
    }
  }

  /** Gathers entries until `isDone`, the linger is over or the journal ends; never past `seqMax`. */
  async #take(isDone: (draft: Draft) => boolean, seqMax: number): Promise<Draft> {
    const draft: Draft = { parts: [], events: 0, bytes: 0, toSeq: this.#takenSeq };
    const isReplay = Number.isFinite(seqMax);
    let deadlineMs = 0;
    while (!this.#isStopped && !isDone(draft)) {
      const item = await this.#next();
      if (item !== null) {
        this.#add(draft, item);
        if (draft.events > 0 && deadlineMs === 0) deadlineMs = Date.now() + (this.#options.lingerMs ?? BATCH_LINGER_MS);
        continue;
      }
      if (isReplay) break;
      const waitMs = deadlineMs === 0 ? null : deadlineMs - Date.now();
      if (waitMs !== null && waitMs <= 0) break;
      await this.#sleep(waitMs);
    }
    // What a crash cut off the journal was never sent: the stretch ends where the journal does.
    if (isReplay && !this.#isStopped) draft.toSeq = Math.max(draft.toSeq, seqMax);
    this.#takenSeq = draft.toSeq;
    return draft;
  }

  #add(draft: Draft, { entry, decoded }: TailItem): void {
    this.#gatheredMs ??= entry.context.receivedAtMs;
    draft.parts.push({ context: entry.context, events: decoded.events });
    draft.events += decoded.events.length;
    draft.bytes += entry.records.bytes.length;
    draft.toSeq = entry.lastSeq;
    this.#takenSeq = entry.lastSeq;
    this.#position = entry.end;
  }

  async #next(): Promise<TailItem | null> {
    for (let head = this.#tail[0]; head !== undefined; head = this.#tail[0]) {
      if (head.entry.previousSeq > this.#takenSeq) break;
      this.#tail.shift();
      this.#tailBytes -= head.entry.records.bytes.length;
      this.#tailEvents -= head.decoded.events.length;
      // The journal may have given the entry just before it was offered.
      if (head.entry.firstSeq <= this.#takenSeq) continue;
      this.#reader = null;
      return head;
    }
    if (this.#takenSeq >= this.#journal.durableSeq) return null;
    this.#reader ??= new JournalReader(this.#journal, this.#takenSeq, this.#position);
    const damagedBefore = this.#reader.damagedBytes;
    const entry = await this.#reader.next();
    this.damagedBytes += this.#reader.damagedBytes - damagedBefore;
    if (entry === null) return null;
    return { entry, decoded: decodeEntry(entry.context, entry.records, entry.firstSeq) };
  }

  async #send(draft: Draft): Promise<void> {
    while (this.#gate !== null) await this.#gate.opened;
    const sending = this.#sendNow(draft);
    // Who waits for it only wants to know that it is over.
    this.#sending = sending.catch(() => undefined);
    await sending;
  }

  async #sendNow(draft: Draft): Promise<void> {
    while (this.#inFlight.length >= BATCHES_IN_FLIGHT_MAX && !this.#isStopped) await this.#inFlight[0]?.done;
    if (this.#isStopped) return;
    const { stream } = this.#cursor.state;
    const fromSeq = (this.#inFlight.at(-1)?.toSeq ?? this.#doneSeq) + 1;
    const { toSeq, parts } = draft;
    if (this.#options.isRepeatable !== true && !this.#batchEnds.includes(toSeq)) {
      this.#batchEnds = [...this.#batchEnds, toSeq];
      await this.#save();
    }
    const batch: Batch = { token: `${stream}:${fromSeq}-${toSeq}`, stream, fromSeq, toSeq, parts };
    const before = this.#inFlight.at(-1)?.done ?? Promise.resolve();
    const delivered = this.#options.deliver(batch, this.#abort.signal);
    const done = Promise.all([delivered, before]).then(() => this.#finish(toSeq));
    done.catch((error: unknown) => this.#fail(error));
    this.#inFlight.push({ toSeq, oldestMs: parts[0]?.context.receivedAtMs ?? null, done });
    this.#gatheredMs = null;
  }

  async #finish(toSeq: number): Promise<void> {
    if (this.#isStopped) return;
    this.#doneSeq = toSeq;
    this.#batchEnds = this.#batchEnds.filter((end) => end > toSeq);
    if (this.#options.isRepeatable !== true) await this.#keepPlace();
    else this.#keepPlaceSoon();
    this.#inFlight = this.#inFlight.filter((batch) => batch.toSeq > toSeq);
    this.batches += 1;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** The place, durable; then the journal before it may go. */
  async #keepPlace(): Promise<void> {
    if (this.#cursor.state.doneSeq === this.#doneSeq) return;
    this.#savedAtMs = Date.now();
    await this.#save();
    await this.#options.onDone();
  }

  #keepPlaceSoon(): void {
    if (this.#saveTimer !== null) return;
    const waitMs = Math.max(0, this.#savedAtMs + PLACE_SAVED_EVERY_MS - Date.now());
    this.#saveTimer = setTimeout(() => {
      this.#saveTimer = null;
      if (!this.#isStopped) this.#keepPlace().catch((error: unknown) => this.#fail(error));
    }, waitMs);
    this.#saveTimer.unref();
  }

  /** Makes the present state durable. One save after the other; the later one holds all that the earlier did. */
  #save(): Promise<void> {
    const saved = this.#saving.then(() => {
      const { stream } = this.#cursor.state;
      return this.#cursor.save({ stream, doneSeq: this.#doneSeq, batchEnds: this.#batchEnds });
    });
    this.#saving = saved.catch(() => undefined);
    return saved;
  }

  #sleep(ms: number | null): Promise<void> {
    if (this.#isWoken) {
      this.#isWoken = false;
      return Promise.resolve();
    }
    return new Promise<void>((resolve) => {
      const timer = ms === null ? null : setTimeout(() => this.#wakeUp(), ms);
      this.#wake = () => {
        if (timer !== null) clearTimeout(timer);
        resolve();
      };
    });
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = null;
    // Between the look at the journal and the sleep nobody waits yet: the sleep is to end at once.
    if (wake === null) this.#isWoken = true;
    else wake();
  }
}

const isFull = (draft: Draft): boolean => draft.events >= BATCH_EVENTS_MAX || draft.bytes >= BATCH_BYTES_MAX;
