import type { ControlStore } from '../../control/control-store.ts';
import type { LogEvent } from '../../events/event.ts';
import type { FieldConstants } from '../../events/event-layout.ts';
import { type RowContext, rowConstants } from '../../events/event-row.ts';
import type { EventStore } from '../../events/event-store.ts';
import { eventAccess } from '../../query/access.ts';
import type { QueryDefinitions } from '../../query/definitions.ts';
import { closureOf } from '../../query/evaluate-condition.ts';
import { EventView } from '../../query/event-view.ts';
import type { Plan } from '../../query/plan.ts';
import { runPlan } from '../../query/run-plan.ts';
import { present } from '../../shared/assert.ts';
import type { AlertRule } from '../alert-rule.ts';
import { type Correlated, isSameGroup, joined, type Match } from '../match.ts';
import { alignDown, MINUTE_MS, planRun } from '../plan-run.ts';
import { planRuleQuery } from '../rule-query.ts';
import type { RuleStats } from '../rule-stats.ts';
import { correlatedBy, type PlacedPart, placedParts } from '../stateful/stateful-rule.ts';
import type { StreamException } from '../stream-rule.ts';
import { throttleValueOf, type WindowRows } from '../window-rows.ts';
import { windowSearch } from '../window-search.ts';
import { BusyHours } from './busy-hours.ts';
import { NoisyValues } from './noisy-values.ts';
import {
  type OpenScratch,
  type PlayedIncident,
  scratchCommands,
  scratchMigrations,
  scratchRegistry,
} from './scratch.ts';

/** Matches and windows of one backtest, its time, and incidents that it hands on. What is beyond is said in `cut`. */
export const BACKTEST_MATCHES_MAX = 100_000;
export const BACKTEST_WINDOWS_MAX = 2_000;
export const BACKTEST_MS_MAX = 30_000;
export const BACKTEST_INCIDENTS_MAX = 1_000;
const PAGE_EVENTS = 5_000;
const BATCH_MATCHES = 500;
const DAY_MS = 86_400_000;
const PAGE_MS_FIRST = 3_600_000;
const SEARCH_TIMEOUT_MS = 20_000;

export type PlayParts = {
  readonly events: EventStore;
  readonly openScratch: OpenScratch;
  readonly context: RowContext;
  readonly definitions: QueryDefinitions;
  readonly signal: AbortSignal;
};

export type PlayRequest = {
  readonly rule: AlertRule;
  readonly exceptions: readonly StreamException[];
  readonly fromMs: number;
  readonly toMs: number;
};

export type PlayedDay = { readonly day: string; readonly hits: number; readonly incidents: number };

export type Played = {
  readonly hits: number;
  readonly incidents: number;
  readonly suppressed: number;
  readonly throttled: number;
  readonly days: readonly PlayedDay[];
  readonly noisiest: readonly { readonly field: string; readonly value: string; readonly count: number }[];
  /** Why it ends before the range does, and where; null when it does not. */
  readonly cut: { readonly reason: string; readonly reachedMs: number } | null;
  readonly list: readonly PlayedIncident[];
};

/** Plays a rule over the stored events of a range: the live code, on a store that is thrown away. */
export async function play(parts: PlayParts, request: PlayRequest): Promise<Played> {
  let nowMs = request.fromMs;
  const store = await parts.openScratch({
    registry: scratchRegistry,
    migrations: scratchMigrations,
    clock: () => nowMs,
  });
  try {
    // As new: what it counted and was edited for before is no part of the range.
    const rule = { ...request.rule, active: true, usedFrom: undefined, version: 1, matchVersion: 1 };
    const player = new Player(parts, { ...request, rule }, store, (atMs) => {
      nowMs = atMs;
    });
    return await player.run();
  } finally {
    await store.close();
  }
}

class Player {
  readonly #parts: PlayParts;
  readonly #request: PlayRequest;
  readonly #store: ControlStore;
  readonly #setClock: (atMs: number) => void;
  readonly #days: PlayedDay[] = [];
  readonly #noisy = new NoisyValues();
  readonly #endMs = performance.now() + BACKTEST_MS_MAX;
  #seen = { hits: 0, raised: 0 };
  #cut: Played['cut'] = null;

  constructor(parts: PlayParts, request: PlayRequest, store: ControlStore, setClock: (atMs: number) => void) {
    this.#parts = parts;
    this.#request = request;
    this.#store = store;
    this.#setClock = setClock;
  }

  async run(): Promise<Played> {
    const { rule, exceptions, fromMs } = this.#request;
    const firstMs = alignDown(fromMs, rule.intervalMinutes * MINUTE_MS);
    await this.#store.write(scratchCommands.begin, { rule, exceptions, fromMs: firstMs });
    if (rule.mode === 'stream') await this.#playMatches();
    else await this.#playWindows(firstMs);
    const stats = await this.#stats();
    return {
      hits: stats?.hits ?? 0,
      incidents: stats?.raised ?? 0,
      suppressed: stats?.suppressed ?? 0,
      throttled: stats?.throttled ?? 0,
      days: this.#days,
      noisiest: this.#noisy.top(),
      cut: this.#cut,
      list: await this.#store.read(scratchCommands.incidents, BACKTEST_INCIDENTS_MAX),
    };
  }

  #stats(): Promise<RuleStats | null> {
    return this.#store.read(scratchCommands.stats, this.#request.rule);
  }

  /** What the day that ends brought. */
  async #endDay(dayMs: number): Promise<void> {
    const stats = await this.#stats();
    const [hits, raised] = [stats?.hits ?? 0, stats?.raised ?? 0];
    const day = new Date(dayMs).toISOString().slice(0, 10);
    this.#days.push({ day, hits: hits - this.#seen.hits, incidents: raised - this.#seen.raised });
    this.#seen = { hits, raised };
  }

  #isOver(reachedMs: number): boolean {
    this.#parts.signal.throwIfAborted();
    if (this.#cut === null && performance.now() > this.#endMs) {
      this.#cut = { reason: `it took longer than ${BACKTEST_MS_MAX / 1000} s`, reachedMs };
    }
    return this.#cut !== null;
  }

  async #playMatches(): Promise<void> {
    const { rule, exceptions, fromMs, toMs } = this.#request;
    const constants = rowConstants(this.#parts.context);
    const plan = this.#planOfMatches(constants);
    const tests = exceptions.map(({ id, query }) => {
      return { id, holds: closureOf(planned(query, this.#parts.definitions, constants).filter, eventAccess) };
    });
    const view = new EventView(constants);
    const { stateful } = rule;
    const placed = stateful === undefined ? [] : placedParts(stateful);
    const parts =
      stateful?.parts.map(({ query }, place) => {
        const { filter } = planned(query, this.#parts.definitions, constants);
        return { placed: present(placed[place], 'place of a part'), holds: closureOf(filter, eventAccess) };
      }) ?? null;
    let seq = 0;
    for (let dayMs = alignDown(fromMs, DAY_MS); dayMs < toMs; dayMs += DAY_MS) {
      const [startMs, endMs] = [Math.max(dayMs, fromMs), Math.min(dayMs + DAY_MS, toMs)];
      for await (const found of this.#pages(plan, startMs, endMs)) {
        const matches = found.flatMap((event): readonly Match[] => {
          seq += 1;
          const held = tests.filter(({ holds }) => holds(view.of(event))).map(({ id }) => id);
          if (held.length === 0) this.#noisy.add(event, rule.throttling?.field ?? null);
          const match: Match = {
            logpointId: rule.logpointId,
            ruleId: rule.id,
            ruleVersion: 1,
            seq,
            eventAtMs: event.eventAtMs,
            repo: event.repo,
            throttleValue: throttleValueOf(event, rule.throttling?.field ?? null, constants),
            exceptions: held,
          };
          return parts === null ? [match] : correlated(match, event, parts, view);
        });
        await this.#apply(matches);
        if (seq >= BACKTEST_MATCHES_MAX && this.#cut === null) {
          const reachedMs = matches.at(-1)?.eventAtMs ?? endMs;
          this.#cut = { reason: `more than ${BACKTEST_MATCHES_MAX} events match`, reachedMs };
        }
        if (this.#isOver(matches.at(-1)?.eventAtMs ?? endMs)) break;
      }
      this.#setClock(endMs);
      if (parts !== null) await this.#store.write(scratchCommands.settle, rule.logpointId);
      await this.#endDay(dayMs);
      if (this.#isOver(endMs)) return;
    }
  }

  /** The search for all events that may count: of a stateful rule those of its parts. */
  #planOfMatches(constants: FieldConstants): Plan {
    const { rule } = this.#request;
    const { definitions } = this.#parts;
    const [first, ...others] = rule.stateful?.parts ?? [];
    if (first === undefined) return planned(rule.query, definitions, constants);
    const plan = planned(first.query, definitions, constants);
    const filters = others.map(({ query }) => planned(query, definitions, constants).filter);
    return filters.length === 0 ? plan : { ...plan, filter: { kind: 'or', operands: [plan.filter, ...filters] } };
  }

  async #apply(matches: readonly Match[]): Promise<void> {
    for (let at = 0; at < matches.length; at += BATCH_MATCHES) {
      const batch = matches.slice(at, at + BATCH_MATCHES);
      const [first, last] = [batch[0], batch.at(-1)];
      if (first === undefined || last === undefined) return;
      this.#setClock(last.eventAtMs);
      await this.#store.write(scratchCommands.matches, {
        stream: 'backtest',
        fromSeq: first.seq,
        toSeq: last.seq,
        matches: batch,
      });
    }
  }

  /** The events of a plan in the order in which they happened, in pieces of time that hold a page each. */
  async *#pages(plan: Plan, fromMs: number, toMs: number): AsyncGenerator<readonly LogEvent[]> {
    const { rule } = this.#request;
    let lengthMs = PAGE_MS_FIRST;
    for (let startMs = fromMs; startMs < toMs; ) {
      const endMs = Math.min(toMs, startMs + lengthMs);
      const { rows, isCut } = await runPlan(this.#parts.events, plan, {
        logpointId: rule.logpointId,
        repos: rule.repos,
        fromMs: startMs,
        toMs: endMs,
        limit: PAGE_EVENTS + 1,
        rowsMax: PAGE_EVENTS,
        timeoutMs: SEARCH_TIMEOUT_MS,
        signal: this.#parts.signal,
      });
      if (isCut && endMs - startMs > 1_000) {
        lengthMs = Math.max(1_000, Math.floor((endMs - startMs) / 2));
        continue;
      }
      if (isCut) this.#cut ??= { reason: `more than ${PAGE_EVENTS} events match in one second`, reachedMs: startMs };
      const events = rows.flatMap((row) => (row.kind === 'event' ? [row.event] : []));
      if (events.length > 0) yield [...events].sort((a, b) => a.eventAtMs - b.eventAtMs || a.seq - b.seq);
      startMs = endMs;
      if (events.length * 2 < PAGE_EVENTS) lengthMs = Math.min(lengthMs * 2, DAY_MS);
      if (this.#isOver(startMs)) return;
    }
  }

  #busyHours(): BusyHours {
    const { rule } = this.#request;
    const { definitions, context, events, signal } = this.#parts;
    const constants = rowConstants(context);
    const counting = planned('* | chart count() as n', definitions, constants);
    const run = { logpointId: rule.logpointId, repos: rule.repos, limit: 1, rowsMax: 1 };
    const plan = planned(rule.query, definitions, constants, { nowMs: this.#request.toMs, rangeMs: MINUTE_MS });
    return new BusyHours(events, plan, counting, { ...run, timeoutMs: SEARCH_TIMEOUT_MS, signal });
  }

  async #playWindows(firstMs: number): Promise<void> {
    const { rule, exceptions, toMs } = this.#request;
    const [intervalMs, rangeMs] = [rule.intervalMinutes * MINUTE_MS, rule.rangeMinutes * MINUTE_MS];
    const windowsMax = Math.ceil((toMs - firstMs) / intervalMs) + 1;
    const { windows } = planRun({ lastToMs: firstMs, nowMs: toMs, rangeMs, intervalMs, lagMs: 0, windowsMax });
    const search = windowSearch({
      events: this.#parts.events,
      rowContextOf: async () => this.#parts.context,
      definitionsOf: async () => this.#parts.definitions,
      exceptionsOf: async () => exceptions,
    });
    const busy = this.#busyHours();
    let whenQuiet: WindowRows | null = null;
    let flushedToMs = 0;
    let dayMs = alignDown(firstMs, DAY_MS);
    for (const [number, window] of windows.entries()) {
      if (number >= BACKTEST_WINDOWS_MAX) {
        this.#cut ??= { reason: `more than ${BACKTEST_WINDOWS_MAX} windows`, reachedMs: window.toMs - intervalMs };
      }
      if (this.#isOver(window.toMs - intervalMs)) break;
      for (; window.toMs > dayMs + DAY_MS; dayMs += DAY_MS) await this.#endDay(dayMs);
      const from = Math.max(window.fromMs, flushedToMs);
      const options = { timeoutMs: SEARCH_TIMEOUT_MS, signal: this.#parts.signal };
      const isQuiet = await busy.isQuiet(from, window.toMs);
      const isFired = from >= window.toMs;
      const found: WindowRows = isFired
        ? { rowsCount: 0, isCut: false, groups: [] }
        : ((isQuiet ? whenQuiet : null) ?? (await search(rule, { fromMs: from, toMs: window.toMs }, options)));
      if (isQuiet && !isFired) whenQuiet = found;
      for (const { key } of found.groups) if (key !== '') this.#noisy.addValue('group', key);
      this.#setClock(window.toMs);
      const { logpointId, id: ruleId } = rule;
      const outcome = { logpointId, ruleId, ruleVersion: 1, window, gap: null, ...found };
      ({ flushedToMs } = await this.#store.write(scratchCommands.window, outcome));
    }
    await this.#endDay(dayMs);
  }
}

function planned(
  query: string,
  definitions: QueryDefinitions,
  constants: FieldConstants,
  times: Parameters<typeof planRuleQuery>[3] = {},
): Plan {
  const { plan, errors } = planRuleQuery(query, definitions, constants, times);
  if (plan === null) throw new Error(`the query cannot run: ${errors.join('; ')}`);
  return plan;
}

type PlayedPart = { readonly placed: PlacedPart; readonly holds: (view: EventView) => boolean };

/** The event's matches of a stateful rule, one for each of its groups. */
function correlated(match: Match, event: LogEvent, parts: readonly PlayedPart[], view: EventView): readonly Match[] {
  const groups: Correlated[] = [];
  for (const { placed, holds } of parts) {
    const read = holds(view.of(event)) ? correlatedBy(event, placed) : null;
    if (read === null) continue;
    const at = groups.findIndex((one) => isSameGroup(one, read));
    const known = groups[at];
    if (known === undefined) groups.push(read);
    else groups[at] = joined(known, read);
  }
  return groups.map((group) => ({ ...match, correlated: group }));
}
