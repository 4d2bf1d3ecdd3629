import { setTimeout as pause } from 'node:timers/promises';
import type { LogEvent } from '../events/event.ts';
import type { EventStore } from '../events/event-store.ts';
import type { Match, MatchBatch } from '../rules/match.ts';
import type { LogpointId } from '../shared/ids.ts';
import { DEAD_LETTER_REPO } from '../tenancy/logpoint.ts';
import type { Batch } from './batcher.ts';
import { add, type Counters } from './counters.ts';
import type { IngestNotice } from './ingest-handle.ts';
import { RETRY_MS_FIRST, RETRY_MS_MAX } from './limits.ts';
import type { RuleSet } from './rule-set.ts';

export type DeliveryOptions = {
  readonly store: EventStore;
  readonly rules: () => RuleSet;
  readonly sendMatches: (batch: MatchBatch) => Promise<void>;
  readonly ensureDeadLetterRepo: (logpointId: LogpointId) => Promise<void>;
  readonly counters: Counters;
  readonly onNotice: (notice: IngestNotice) => void;
};

/** Events that are matched between two turns of the event loop, so that datagrams are read in time. */
const MATCH_SLICE = 512;
/** The tries after which a delivery that fails is told to the operator, and how often again. */
const NOTICE_EVERY_TRIES = 20;
/** Logpoints of one batch that are written to at a time: a thousand at once run into the engine's time limits. */
const STORES_AT_ONCE = 8;

/**
 * Brings batches to the event store and their matches to the rules, each tried again until it is done. The two go their
 * own ways through the journal: alerts do not wait for a store that is away, nor events for rules that are.
 */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #opened = new Set<LogpointId>();
  readonly #deadLetterRepos = new Set<LogpointId>();
  #matchesBefore: Promise<void> = Promise.resolve();

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  async toStore(batch: Batch, signal: AbortSignal): Promise<void> {
    const groups = new Map<LogpointId, LogEvent[]>();
    for (const { context, events } of batch.parts) {
      const group = groups.get(context.logpointId);
      if (group === undefined) groups.set(context.logpointId, [...events]);
      else for (const event of events) group.push(event);
    }
    const waiting = [...groups];
    const storeNext = async (): Promise<void> => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        await this.#store(...next, batch.token, signal);
      }
    };
    await Promise.all(Array.from({ length: STORES_AT_ONCE }, storeNext));
    this.#options.counters.storeError = null;
  }

  /** Batches of matches are applied in the order of the journal. */
  async toRules(batch: Batch, signal: AbortSignal): Promise<void> {
    const before = this.#matchesBefore;
    const sent = this.#match(batch).then(async (matches) => {
      await before;
      const { stream, fromSeq, toSeq } = batch;
      await this.#send({ stream, fromSeq, toSeq, matches, newest: newestOf(batch) }, signal);
    });
    this.#matchesBefore = sent.catch(() => undefined);
    await sent;
    this.#options.counters.matchError = null;
  }

  async #store(logpointId: LogpointId, events: readonly LogEvent[], token: string, signal: AbortSignal): Promise<void> {
    const { counters, store } = this.#options;
    await this.#retried('event store', signal, async () => {
      await this.#prepare(logpointId, events);
      await store.append(logpointId, events, token);
    });
    counters.storedEvents += events.length;
  }

  async #prepare(logpointId: LogpointId, events: readonly LogEvent[]): Promise<void> {
    if (!this.#opened.has(logpointId)) {
      await this.#options.store.openLogpoint(logpointId);
      this.#opened.add(logpointId);
    }
    if (this.#deadLetterRepos.has(logpointId) || !events.some(({ repo }) => repo === DEAD_LETTER_REPO)) return;
    await this.#options.ensureDeadLetterRepo(logpointId);
    this.#deadLetterRepos.add(logpointId);
  }

  async #match(batch: Batch): Promise<Match[]> {
    const rules = this.#options.rules();
    const matches: Match[] = [];
    let sinceYield = 0;
    for (const { context, events } of batch.parts) {
      const matcher = rules.matcherOf(context);
      if (matcher === null) continue;
      for (const event of events) {
        matcher.match(event, matches);
        sinceYield += 1;
        if (sinceYield < MATCH_SLICE) continue;
        sinceYield = 0;
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    }
    return matches;
  }

  async #send(batch: MatchBatch, signal: AbortSignal): Promise<void> {
    const { counters } = this.#options;
    await this.#retried('rules', signal, () => this.#options.sendMatches(batch));
    counters.matches += batch.matches.length;
    for (const { ruleId } of batch.matches) add(counters.matchesByRule, ruleId);
  }

  async #retried(to: 'event store' | 'rules', signal: AbortSignal, run: () => Promise<void>): Promise<void> {
    const { counters, onNotice } = this.#options;
    for (let tries = 1, waitMs = RETRY_MS_FIRST; ; tries += 1, waitMs = Math.min(waitMs * 2, RETRY_MS_MAX)) {
      signal.throwIfAborted();
      try {
        await run();
        return;
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        if (to === 'rules') {
          counters.matchRetries += 1;
          counters.matchError = message;
        } else {
          counters.storeRetries += 1;
          counters.storeError = message;
        }
        if (tries % NOTICE_EVERY_TRIES === 1) {
          const text = `a batch for the ${to} is tried again after ${tries} tries: ${message}`;
          onNotice({ level: 'warn', code: 'INGEST_DELIVERY_RETRY', message: text });
        }
      }
      await pause(waitMs, undefined, { signal });
    }
  }
}

/** Time of the newest event of each logpoint: what decisions about several events are held to. */
function newestOf({ parts }: Batch): Record<LogpointId, number> {
  const newest: Record<LogpointId, number> = Object.create(null);
  for (const { context, events } of parts) {
    const { logpointId } = context;
    for (const { eventAtMs } of events) newest[logpointId] = Math.max(newest[logpointId] ?? eventAtMs, eventAtMs);
  }
  return { ...newest };
}
