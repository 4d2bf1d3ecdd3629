import type { Tx } from '../../control/control-store.ts';
import { type Correlation, inOrder, leastOf, sinceOf, timingOf } from '../../correlation/correlation.ts';
import { fedMatch } from '../../correlation/evaluate-chain.ts';
import { openState, type TrailingState } from '../../correlation/trailing-state.ts';
import { holdsEmpty, WindowTally, windowEndOf } from '../../correlation/window-tally.ts';
import type { LogpointId } from '../../shared/ids.ts';
import type { AlertRule } from '../alert-rule.ts';
import { groupKeyOf, LATENESS_MS } from '../episodes.ts';
import type { FiringSink } from '../firing-sink.ts';
import type { Match } from '../match.ts';
import { limitedSink } from '../raise-limit.ts';
import { CounterTally } from '../rule-stats.ts';
import { getRule } from '../rule-store.ts';
import { StreamFirings } from '../stream-firings.ts';
import type { Hit } from '../stream-hits.ts';
import { type ChainNode, chainNode, innerReachMs, nodeOf, placedKey } from './chain-place.ts';
import type { StateCache } from './state-cache.ts';
import type { StatefulRule } from './stateful-rule.ts';
import * as store from './stateful-store.ts';

export type SettleOptions = {
  /** Decisions wait so long for events that come out of order. */
  readonly latenessMs: number;
  readonly cache: StateCache;
};

/** Matches and timers decided in one go. */
const PAGE = 2_000;

/**
 * Keeps the matches of a stateful rule until their time has come. Answers how many came later than is waited for: they
 * are judged all the same, but what was raised in their absence stays as it is.
 */
export async function keepMatches(
  tx: Tx,
  rule: AlertRule,
  stateful: StatefulRule,
  stream: string,
  matches: readonly Match[],
  settledMs: number,
): Promise<number> {
  let late = 0;
  for (const { correlated, eventAtMs, seq, throttleValue, entities } of matches) {
    const place = correlated === undefined ? null : chainNode(stateful, correlated.node ?? 0);
    if (correlated === undefined || place === null) continue;
    if (eventAtMs <= settledMs) late += 1;
    const { parts, value, groupKey, up: above = [] } = correlated;
    const up = above.map((one) => ({ ...one, groupKey: groupKeyOf(one.groupKey) }));
    const match = { seq, stream, eventAtMs, parts, value, throttleValue, entities, up };
    await keepMatch(tx, rule, place, { ...match, ruleId: rule.id, groupKey: groupKeyOf(groupKey) });
  }
  return late;
}

/** Keeps a match of one of the rule's correlations, and the decisions that it makes due later. */
async function keepMatch(
  tx: Tx,
  { id: ruleId, logpointId }: AlertRule,
  { node, depth, correlation }: ChainNode,
  plain: Omit<store.WaitingMatch, 'isHit'>,
): Promise<void> {
  const timing = timingOf(correlation);
  const match = { ...plain, groupKey: placedKey(node, plain.groupKey) };
  const { groupKey, eventAtMs, parts, stream, seq } = match;
  await store.storeMatch(tx, logpointId, match, { depth, isSettled: timing !== 'match' });
  const setTimer = (timer: Pick<store.Timer, 'untilMs' | 'stream' | 'seq'>) =>
    store.setTimer(tx, logpointId, depth, { ruleId, groupKey, ...timer });
  if (timing === 'window') {
    const untilMs = windowEndOf(correlation, eventAtMs) - 1;
    await setTimer({ untilMs, stream: '', seq: 0 });
    if (holdsEmpty(correlation)) await setTimer({ untilMs: untilMs + correlation.spanMs, stream: '', seq: 0 });
  } else if (timing === 'follower' && (parts & 1) !== 0) {
    await setTimer({ untilMs: eventAtMs + correlation.spanMs, stream, seq });
  }
}

/** Up to where the events of a logpoint are taken for known: what comes from before is late. */
export async function settledTo(tx: Tx, logpointId: LogpointId, latenessMs: number): Promise<number> {
  const newestMs = await store.newestEvent(tx, logpointId);
  return newestMs === null ? Number.NEGATIVE_INFINITY : newestMs - latenessMs;
}

/**
 * Moves the logpoint's clock on to the newest event and decides what is due by then, in the order of events: the same
 * matches raise the same incidents however they were cut into batches.
 */
export async function settleMatches(
  tx: Tx,
  logpointId: LogpointId,
  newestMs: number,
  sink: FiringSink,
  { latenessMs, cache }: SettleOptions,
): Promise<void> {
  const before = await store.newestEvent(tx, logpointId);
  // A time to come is no reason to take the present for known.
  const newest = Math.max(before ?? Number.NEGATIVE_INFINITY, Math.min(newestMs, tx.nowMs));
  if (newest !== before) await store.saveNewestEvent(tx, logpointId, newest);
  const settledMs = newest - latenessMs;
  const rules = new RuleBook(tx, logpointId);
  let isOpen = false;
  // From the innermost correlations outwards: hits of one are matches of the next.
  for (let depth = await store.deepestWaiting(tx, logpointId); depth >= 0; depth -= 1) {
    const due = { depth, settledMs, countMax: PAGE };
    for (;;) {
      const matches = await store.dueMatches(tx, logpointId, due);
      if (matches.length === 0) break;
      if (!isOpen) await cache.open(tx);
      isOpen = true;
      for (const match of matches) {
        const open = await rules.open(match, cache, sink);
        if (open !== null) await open.judge(match);
        await store.markSettled(tx, match);
      }
    }
    for (;;) {
      const timers = await store.dueTimers(tx, logpointId, due);
      if (timers.length === 0) break;
      for (const timer of timers) {
        const open = await rules.open(timer, cache, sink);
        const isHit = open !== null && (await open.judgeTimer(timer));
        await store.closeTimer(tx, timer, isHit);
      }
    }
  }
  await rules.close();
}

/** The rules that a transaction decides for, each with one entry for each of its correlations. */
class RuleBook {
  readonly #tx: Tx;
  readonly #logpointId: LogpointId;
  readonly #open = new Map<string, OpenRule | null>();

  constructor(tx: Tx, logpointId: LogpointId) {
    this.#tx = tx;
    this.#logpointId = logpointId;
  }

  async open({ ruleId, groupKey }: store.Group, cache: StateCache, sink: FiringSink): Promise<OpenRule | null> {
    const node = nodeOf(groupKey);
    const key = `${ruleId} ${node}`;
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const rule = await getRule(this.#tx, this.#logpointId, ruleId);
    const stateful = rule?.active === true ? rule.stateful : undefined;
    const place = stateful === undefined ? null : chainNode(stateful, node);
    const open =
      rule === null || stateful === undefined || place === null
        ? null
        : new OpenRule(this.#tx, rule, stateful, place, cache, sink);
    this.#open.set(key, open);
    return open;
  }

  async close(): Promise<void> {
    for (const open of this.#open.values()) await open?.close();
  }
}

/** One correlation of a rule. */
class OpenRule {
  readonly #tx: Tx;
  readonly #rule: AlertRule;
  readonly #stateful: StatefulRule;
  readonly #place: ChainNode;
  readonly #correlation: Correlation;
  readonly #cache: StateCache;
  readonly #tally = new CounterTally();
  readonly #firings: StreamFirings;

  constructor(tx: Tx, rule: AlertRule, stateful: StatefulRule, place: ChainNode, cache: StateCache, sink: FiringSink) {
    this.#tx = tx;
    this.#rule = rule;
    this.#stateful = stateful;
    this.#place = place;
    this.#correlation = place.correlation;
    this.#cache = cache;
    this.#firings = new StreamFirings(tx, rule, limitedSink(sink, this.#tally), this.#tally);
  }

  async close(): Promise<void> {
    if (this.#place.feeds === null) await this.#firings.save();
    await this.#tally.save(this.#tx, this.#rule.id);
    const reachMs = this.#stateful.correlation.spanMs + innerReachMs(this.#stateful);
    await store.sweepStateful(this.#tx, this.#rule.id, 2 * reachMs + LATENESS_MS);
  }

  /** A match in its turn: after all that happened before it, unless it came late. */
  async judge(match: store.WaitingMatch): Promise<void> {
    const key = `${match.ruleId} ${this.#rule.matchVersion} ${match.groupKey}`;
    const held = this.#cache.get(key);
    if (held !== undefined && inOrder(held.last, match) < 0) {
      await this.#step(held.state, match);
      held.last = match;
      this.#cache.put(key, held);
      return;
    }
    this.#cache.drop(key);
    const state = await this.#rebuild(match);
    await this.#step(state, match);
    const later = await store.judgedAfter(this.#tx, match, match.eventAtMs + this.#correlation.spanMs);
    for (const next of later) await this.#step(state, next);
    // After a late match the state is that of the past: the next one builds it anew.
    if (later.length === 0) this.#cache.put(key, { state, last: match, cells: 0 });
  }

  /** Hits that feed another correlation use nothing up. */
  get #isFlushing(): boolean {
    return this.#rule.flushOnTrigger && this.#place.feeds === null;
  }

  async #rebuild(match: store.WaitingMatch): Promise<TrailingState> {
    const correlation = this.#correlation;
    const state = openState(correlation);
    const needed = correlation.kind === 'event_count' ? leastOf(correlation.thresholds) : Number.MAX_SAFE_INTEGER;
    const before = await store.matchesBefore(this.#tx, match, {
      sinceMs: sinceOf(correlation, match.eventAtMs),
      unusedOnly: this.#isFlushing,
      countMax: needed,
    });
    for (const earlier of before) state.accept(earlier);
    return state;
  }

  async #step(state: TrailingState, match: store.WaitingMatch): Promise<void> {
    if (!state.accept(match) || match.isHit) return;
    await store.markHit(this.#tx, match);
    const fromMs = sinceOf(this.#correlation, match.eventAtMs);
    const { ruleId, groupKey, eventAtMs: toMs } = match;
    if (await this.#feed(match, toMs)) return;
    await this.#fire(match, { ruleId, groupKey, fromMs, toMs, last: match }, match.stream);
    if (this.#isFlushing) state.clear();
  }

  async judgeTimer(timer: store.Timer): Promise<boolean> {
    const { spanMs } = this.#correlation;
    const isAbsence = timer.stream !== '';
    const fromMs = isAbsence ? timer.untilMs - spanMs : timer.untilMs - spanMs + 1;
    const within = await store.matchesWithin(this.#tx, timer, fromMs, timer.untilMs);
    const first = within.find(({ stream, seq }) => stream === timer.stream && seq === timer.seq);
    if (isAbsence && first === undefined) return false;
    const tally = new WindowTally(this.#correlation);
    for (const match of within) if (first === undefined || inOrder(first, match) < 0) tally.add(match);
    if (!tally.holds()) return false;
    // An empty window is told of only when it follows one that had matches.
    const last = first ?? within.at(-1) ?? (await store.matchesWithin(this.#tx, timer, fromMs - spanMs, fromMs)).at(-1);
    if (last === undefined) return false;
    if (await this.#feed(last, timer.untilMs + 1)) return true;
    const range = { ...timer, fromMs, toMs: first?.eventAtMs ?? timer.untilMs, last: first ?? null };
    await this.#fire({ ...last, eventAtMs: timer.untilMs }, range, `${last.stream}@${timer.untilMs}`);
    return true;
  }

  /** A hit of an inner correlation becomes a match of the one above it. False for the rule's own, whose hits fire. */
  async #feed(match: store.WaitingMatch, atMs: number): Promise<boolean> {
    const { feeds, node } = this.#place;
    if (feeds === null) return false;
    const fed = fedMatch({ match, atMs }, feeds, node);
    const above = chainNode(this.#stateful, feeds.feeds);
    if (fed !== null && above !== null) {
      await keepMatch(this.#tx, this.#rule, above, { ...fed.match, groupKey: fed.groupKey });
    }
    return true;
  }

  async #fire(match: store.WaitingMatch, range: store.HitRange, stream: string): Promise<void> {
    const tx = this.#tx;
    const { seq, eventAtMs, throttleValue, groupKey } = match;
    const hit: Hit = {
      match: { stream, seq, eventAtMs, throttleValue, isHit: true, isCounted: false },
      sinceMs: range.fromMs - innerReachMs(this.#stateful),
      used: null,
      entities: match.entities,
      group: {
        key: groupKey,
        rows: () => store.countRange(tx, range),
        // A hit without a match, or whose matches others told of, still is one.
        fresh: async () => Math.max(1, await store.countIn(tx, range)),
      },
    };
    await this.#firings.fire(hit);
  }
}
