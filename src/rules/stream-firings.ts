import type { Tx } from '../control/control-store.ts';
import { distinctEntities } from '../events/entity.ts';
import { digestHex, type ObjectId } from '../shared/ids.ts';
import type { AlertRule, Throttling } from './alert-rule.ts';
import { type Episode, EpisodeBook, throttleKeyOf } from './episodes.ts';
import type { Firing } from './firing.ts';
import type { FiringSink } from './firing-sink.ts';
import { countIn, countWindow } from './match-store.ts';
import { MINUTE_MS } from './plan-run.ts';
import type { CounterTally } from './rule-stats.ts';
import { type Hit, neededBy, rangeMsOf, windowOf } from './stream-hits.ts';

/** Hits of an incident that is known to be unresolved, told to it in one piece. */
type Pending = {
  readonly incidentId: ObjectId;
  readonly groupKey: string;
  hits: number;
  last: Hit;
  entities?: Hit['entities'];
};

/**
 * Turns the hits of one rule, given in order, into incidents raised and extended.
 *
 * - Hits less than the range apart are one episode and one incident; a hit whose incident is no longer unresolved begins
 *   a new one.
 * - With throttling, a value that raised an incident raises no other within the throttling range of that first hit,
 *   whatever became of it; an unresolved incident gets the hits.
 * - With `flush_on_trigger` every hit raises, because it stands for events that no other hit has used.
 */
export class StreamFirings {
  readonly #tx: Tx;
  readonly #rule: AlertRule;
  readonly #sink: FiringSink;
  readonly #tally: CounterTally;
  readonly #book: EpisodeBook;
  readonly #pending = new Map<ObjectId, Pending>();
  readonly #rangeMs: number;

  constructor(tx: Tx, rule: AlertRule, sink: FiringSink, tally: CounterTally) {
    this.#tx = tx;
    this.#rule = rule;
    this.#sink = sink;
    this.#tally = tally;
    this.#book = new EpisodeBook(tx, rule.id);
    this.#rangeMs = rangeMsOf(rule);
  }

  async fire(hit: Hit): Promise<void> {
    this.#tally.add('hits');
    this.#tally.hitAt(hit.match.eventAtMs);
    const value = hit.match.throttleValue;
    const { throttling } = this.#rule;
    // An event without the field (or with an empty one) repeats no value: the rule treats it as it would unthrottled.
    if (throttling !== null && value !== null && value !== '') await this.#fireThrottled(hit, throttling, value);
    else await this.#fireEpisode(hit);
  }

  async save(): Promise<void> {
    for (const { incidentId, groupKey, hits, last, entities } of this.#pending.values()) {
      const hit = { ...last, entities };
      if (hits > 0) await this.#sink.extend(this.#tx, incidentId, this.#firing(hit, groupKey, hits, hits));
    }
    await this.#book.save(Math.max(this.#rangeMs, (this.#rule.throttling?.rangeMinutes ?? 0) * MINUTE_MS));
  }

  async #fireThrottled(hit: Hit, throttling: Throttling, value: string): Promise<void> {
    const { eventAtMs } = hit.match;
    const key = throttleKeyOf(value);
    // Of several events the group says what they have in common; their throttling value only keeps others silent.
    const groupKey = hit.group?.key ?? value;
    const within = throttling.rangeMinutes * MINUTE_MS;
    const episode = await this.#book.find(key, ({ firstMs }) => Math.abs(eventAtMs - firstMs) < within);
    if (episode === null) {
      await this.#book.begin(key, eventAtMs, await this.#raise(hit, groupKey));
      return;
    }
    this.#tally.add('throttled');
    await this.#extend(hit, groupKey, episode);
  }

  async #fireEpisode(hit: Hit): Promise<void> {
    const { eventAtMs } = hit.match;
    const key = hit.group?.key ?? '';
    if (this.#rule.flushOnTrigger) {
      await this.#raise(hit, key);
      return;
    }
    const reach = this.#rangeMs;
    const episode = await this.#book.find(
      key,
      ({ firstMs, lastMs }) => eventAtMs > firstMs - reach && eventAtMs < lastMs + reach,
    );
    if (episode !== null) {
      if (await this.#extend(hit, '', episode)) {
        this.#tally.add('extended');
        await this.#book.stretch(key, episode, eventAtMs);
        return;
      }
      await this.#book.end(key, episode);
    }
    await this.#book.begin(key, eventAtMs, await this.#raise(hit, key));
  }

  async #raise(hit: Hit, groupKey: string): Promise<ObjectId> {
    const rows = await this.#rowsOf(hit);
    await this.#countIn(hit);
    this.#tally.add('raised');
    const incidentId = await this.#sink.raise(this.#tx, this.#firing(hit, groupKey, rows, rows));
    // Nobody else writes within this transaction, so what was just raised stays unresolved until it ends.
    // Beyond the limit of incidents a minute it is one that was there, whose hits may wait already.
    if (!this.#pending.has(incidentId)) this.#pending.set(incidentId, { incidentId, groupKey, hits: 0, last: hit });
    return incidentId;
  }

  /** False, with the incident untouched, when it is no longer unresolved. */
  async #extend(hit: Hit, groupKey: string, { incidentId }: Episode): Promise<boolean> {
    const events = await this.#countIn(hit);
    const pending = this.#pending.get(incidentId);
    if (pending !== undefined) {
      pending.hits += events;
      pending.last = hit;
      pending.entities = distinctEntities([pending.entities, hit.entities]);
      return true;
    }
    const isOpen = await this.#sink.extend(this.#tx, incidentId, this.#firing(hit, groupKey, events, events));
    if (isOpen) this.#pending.set(incidentId, { incidentId, groupKey, hits: 0, last: hit });
    return isOpen;
  }

  async #rowsOf(hit: Hit): Promise<number> {
    if (hit.group !== undefined) return hit.group.rows();
    return hit.used?.length ?? (await countWindow(this.#tx, this.#rule.id, hit.match, hit.sinceMs));
  }

  /** Events of the hit that no firing has told of yet. */
  async #countIn(hit: Hit): Promise<number> {
    if (hit.group !== undefined) return hit.group.fresh();
    return neededBy(this.#rule) === 1 ? 1 : countIn(this.#tx, this.#rule.id, hit.match, hit.sinceMs);
  }

  #firing(hit: Hit, groupKey: string, rowsCount: number, hits: number): Firing {
    const { stream, seq } = hit.match;
    const { id, version, logpointId } = this.#rule;
    const window = windowWith(hit, this.#rangeMs);
    return {
      logpointId,
      ruleId: id,
      ruleVersion: version,
      firingKey: digestHex(['stream', id, String(version), groupKey, stream, String(seq)], 32),
      detectedAtMs: this.#tx.nowMs,
      windowFromMs: window.fromMs,
      windowToMs: window.toMs,
      rowsCount,
      hits,
      groupKey,
      entities: hit.entities,
    };
  }
}

/** The window that ends with the hit; a stateful hit may be about events from before it. */
function windowWith(
  { match, sinceMs, group }: Hit,
  rangeMs: number,
): { readonly fromMs: number; readonly toMs: number } {
  const { fromMs, toMs } = windowOf(match.eventAtMs, rangeMs);
  return { fromMs: group === undefined ? fromMs : Math.min(fromMs, Math.floor(sinceMs / 1000) * 1000), toMs };
}
