import type { ReadTx, Tx } from '../../control/control-store.ts';
import type { CorrelatedMatch } from '../../correlation/correlation.ts';
import type { ReadFields } from '../../correlation/match-fields.ts';
import type { Entity } from '../../events/entity.ts';
import type { LogpointId, ObjectId } from '../../shared/ids.ts';

/** A match as it waits in the store. */
export type WaitingMatch = CorrelatedMatch & {
  readonly ruleId: ObjectId;
  readonly groupKey: string;
  readonly throttleValue: string | null;
  readonly isHit: boolean;
  readonly entities?: readonly Entity[] | undefined;
  /** In a chain: group and value in the correlations that this one feeds. */
  readonly up: readonly ReadFields[];
};

type MatchRow = {
  rule_id: string;
  group_key: string;
  stream: string;
  seq: number;
  event_at_ms: number;
  parts: number;
  value: string | null;
  throttle_value: string | null;
  is_hit: number;
  entities: string | null;
  up: string | null;
};

const COLUMNS = 'rule_id, group_key, stream, seq, event_at_ms, parts, value, throttle_value, is_hit, entities, up';
const IN_ORDER = 'order by event_at_ms, seq, stream';

const toMatch = (row: MatchRow): WaitingMatch => ({
  ruleId: row.rule_id,
  groupKey: row.group_key,
  stream: row.stream,
  seq: row.seq,
  eventAtMs: row.event_at_ms,
  parts: row.parts,
  value: row.value,
  throttleValue: row.throttle_value,
  isHit: row.is_hit === 1,
  entities: row.entities === null ? undefined : JSON.parse(row.entities),
  up: row.up === null ? [] : JSON.parse(row.up),
});

export type Group = { readonly ruleId: ObjectId; readonly groupKey: string };

export async function storeMatch(
  tx: Tx,
  logpointId: LogpointId,
  match: Omit<WaitingMatch, 'isHit'>,
  { depth, isSettled }: { readonly depth: number; readonly isSettled: boolean },
): Promise<void> {
  await tx.run(
    `insert into stateful_matches (${COLUMNS}, logpoint_id, depth, is_settled, is_counted, applied_at_ms)
     values (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, 0, ?) on conflict (rule_id, stream, seq, group_key) do nothing`,
    [
      match.ruleId,
      match.groupKey,
      match.stream,
      match.seq,
      match.eventAtMs,
      match.parts,
      match.value,
      match.throttleValue,
      match.entities === undefined ? null : JSON.stringify(match.entities),
      match.up.length === 0 ? null : JSON.stringify(match.up),
      logpointId,
      depth,
      isSettled ? 1 : 0,
      tx.nowMs,
    ],
  );
}

/** How deep in chains of correlations matches and timers wait; 0 when none of them is in a chain. */
export async function deepestWaiting(tx: ReadTx, logpointId: LogpointId): Promise<number> {
  const row = await tx.get<{ matches: number | null; timers: number | null }>(
    `select (select max(depth) from stateful_matches where logpoint_id = ? and is_settled = 0) as matches,
            (select max(depth) from stateful_timers where logpoint_id = ? and is_open = 1) as timers`,
    [logpointId, logpointId],
  );
  return Math.max(row?.matches ?? 0, row?.timers ?? 0);
}

/** What is due of one depth: all of it is decided before what lies above. */
export type Due = { readonly depth: number; readonly settledMs: number; readonly countMax: number };

/** The next matches whose time has come, in the order of events. */
export async function dueMatches(
  tx: ReadTx,
  logpointId: LogpointId,
  { depth, settledMs, countMax }: Due,
): Promise<WaitingMatch[]> {
  const rows = await tx.all<MatchRow>(
    `select ${COLUMNS} from stateful_matches
      where logpoint_id = ? and is_settled = 0 and depth = ? and event_at_ms <= ? ${IN_ORDER} limit ?`,
    [logpointId, depth, settledMs, countMax],
  );
  return rows.map(toMatch);
}

export async function markSettled(tx: Tx, { ruleId, stream, seq, groupKey }: WaitingMatch): Promise<void> {
  await tx.run(
    'update stateful_matches set is_settled = 1 where rule_id = ? and stream = ? and seq = ? and group_key = ?',
    [ruleId, stream, seq, groupKey],
  );
}

export async function markHit(tx: Tx, { ruleId, stream, seq, groupKey }: WaitingMatch): Promise<void> {
  await tx.run(
    'update stateful_matches set is_hit = 1 where rule_id = ? and stream = ? and seq = ? and group_key = ?',
    [ruleId, stream, seq, groupKey],
  );
}

const place = ({ eventAtMs, seq, stream }: CorrelatedMatch) => [eventAtMs, seq, stream] as const;

/** Matches of the group from `sinceMs` on that come before this one and are not used up, the newest `countMax`. */
export async function matchesBefore(
  tx: ReadTx,
  match: WaitingMatch,
  options: { readonly sinceMs: number; readonly unusedOnly: boolean; readonly countMax: number },
): Promise<WaitingMatch[]> {
  const rows = await tx.all<MatchRow>(
    `select ${COLUMNS} from stateful_matches
      where rule_id = ? and group_key = ? and event_at_ms >= ? and (event_at_ms, seq, stream) < (?, ?, ?)
        ${options.unusedOnly ? 'and is_counted = 0' : ''}
      order by event_at_ms desc, seq desc, stream desc limit ?`,
    [match.ruleId, match.groupKey, options.sinceMs, ...place(match), options.countMax],
  );
  return rows.map(toMatch).reverse();
}

/** Matches of the group, judged before, that this one comes before and that its window may reach. */
export async function judgedAfter(tx: ReadTx, match: WaitingMatch, untilMs: number): Promise<WaitingMatch[]> {
  const later = `from stateful_matches
      where rule_id = ? and group_key = ? and event_at_ms <= ? and (event_at_ms, seq, stream) > (?, ?, ?)
        and is_settled = 1`;
  const params = [match.ruleId, match.groupKey, untilMs, ...place(match)];
  // Nearly always none: asking for one row costs a fraction of asking for all.
  if ((await tx.get(`select 1 as found ${later} limit 1`, params)) === undefined) return [];
  return (await tx.all<MatchRow>(`select ${COLUMNS} ${later} ${IN_ORDER}`, params)).map(toMatch);
}

/** Matches of the group with `fromMs <= eventAtMs <= toMs`, in order. */
export async function matchesWithin(tx: ReadTx, group: Group, fromMs: number, toMs: number): Promise<WaitingMatch[]> {
  const rows = await tx.all<MatchRow>(
    `select ${COLUMNS} from stateful_matches
      where rule_id = ? and group_key = ? and event_at_ms >= ? and event_at_ms <= ? ${IN_ORDER}`,
    [group.ruleId, group.groupKey, fromMs, toMs],
  );
  return rows.map(toMatch);
}

/** From the beginning of a hit's window up to the hit, inclusive. */
export type HitRange = Group & {
  readonly fromMs: number;
  readonly toMs: number;
  readonly last: CorrelatedMatch | null;
};

const RANGE = 'rule_id = ? and group_key = ? and event_at_ms >= ? and event_at_ms <= ?';
const rangeOf = ({ last }: HitRange): string =>
  last === null ? RANGE : `${RANGE} and (event_at_ms, seq, stream) <= (?, ?, ?)`;
const paramsOf = ({ ruleId, groupKey, fromMs, toMs, last }: HitRange) => [
  ...[ruleId, groupKey, fromMs, toMs],
  ...(last === null ? [] : place(last)),
];

export async function countRange(tx: ReadTx, range: HitRange): Promise<number> {
  const row = await tx.get<{ n: number }>(
    `select count(*) as n from stateful_matches where ${rangeOf(range)}`,
    paramsOf(range),
  );
  return row?.n ?? 0;
}

/** Marks the matches of the range as counted; answers how many of them were not yet. */
export async function countIn(tx: Tx, range: HitRange): Promise<number> {
  const { changes } = await tx.run(
    `update stateful_matches set is_counted = 1 where is_counted = 0 and ${rangeOf(range)}`,
    paramsOf(range),
  );
  return changes;
}

/** A decision that is due when all events up to `untilMs` are known. */
export type Timer = Group & {
  readonly untilMs: number;
  /** The event that it is about, for an absence; else '' and 0. */
  readonly stream: string;
  readonly seq: number;
};

type TimerRow = { rule_id: string; group_key: string; until_ms: number; stream: string; seq: number };

/** A timer that has gone off without a hit goes off again: a late match may change the decision. */
export async function setTimer(tx: Tx, logpointId: LogpointId, depth: number, timer: Timer): Promise<void> {
  await tx.run(
    `insert into stateful_timers
       (rule_id, group_key, until_ms, stream, seq, logpoint_id, depth, is_open, is_hit, touched_at_ms)
     values (?, ?, ?, ?, ?, ?, ?, 1, 0, ?)
     on conflict (rule_id, group_key, until_ms, stream, seq) do update
       set is_open = 1 - stateful_timers.is_hit, touched_at_ms = excluded.touched_at_ms`,
    [timer.ruleId, timer.groupKey, timer.untilMs, timer.stream, timer.seq, logpointId, depth, tx.nowMs],
  );
}

export async function dueTimers(
  tx: ReadTx,
  logpointId: LogpointId,
  { depth, settledMs, countMax }: Due,
): Promise<Timer[]> {
  const rows = await tx.all<TimerRow>(
    `select rule_id, group_key, until_ms, stream, seq from stateful_timers
      where logpoint_id = ? and is_open = 1 and depth = ? and until_ms <= ?
      order by until_ms, seq, stream, rule_id, group_key limit ?`,
    [logpointId, depth, settledMs, countMax],
  );
  return rows.map((row) => ({
    ruleId: row.rule_id,
    groupKey: row.group_key,
    untilMs: row.until_ms,
    stream: row.stream,
    seq: row.seq,
  }));
}

export async function closeTimer(tx: Tx, timer: Timer, isHit: boolean): Promise<void> {
  await tx.run(
    `update stateful_timers set is_open = 0, is_hit = ?, touched_at_ms = ?
      where rule_id = ? and group_key = ? and until_ms = ? and stream = ? and seq = ?`,
    [isHit ? 1 : 0, tx.nowMs, timer.ruleId, timer.groupKey, timer.untilMs, timer.stream, timer.seq],
  );
}

/** Time of the newest event of the logpoint; null before the first. */
export async function newestEvent(tx: ReadTx, logpointId: LogpointId): Promise<number | null> {
  const row = await tx.get<{ newest_ms: number }>('select newest_ms from stateful_clocks where logpoint_id = ?', [
    logpointId,
  ]);
  return row?.newest_ms ?? null;
}

export async function saveNewestEvent(tx: Tx, logpointId: LogpointId, newestMs: number): Promise<void> {
  await tx.run(
    `insert into stateful_clocks (logpoint_id, newest_ms) values (?, ?)
     on conflict (logpoint_id) do update set newest_ms = excluded.newest_ms`,
    [logpointId, newestMs],
  );
}

/** Logpoints with matches or timers that wait for the time to pass. */
export async function waitingLogpoints(tx: ReadTx): Promise<LogpointId[]> {
  const rows = await tx.all<{ logpoint_id: string }>(
    `select distinct logpoint_id from stateful_matches where is_settled = 0
     union select distinct logpoint_id from stateful_timers where is_open = 1`,
  );
  return rows.map((row) => row.logpoint_id);
}

/** Matches and timers of the rule that arrived so long ago that nothing can make them count again. */
export async function sweepStateful(tx: Tx, ruleId: ObjectId, keptMs: number): Promise<void> {
  const beforeMs = tx.nowMs - keptMs;
  await tx.run('delete from stateful_matches where rule_id = ? and is_settled = 1 and applied_at_ms < ?', [
    ruleId,
    beforeMs,
  ]);
  await tx.run('delete from stateful_timers where rule_id = ? and is_open = 0 and touched_at_ms < ?', [
    ruleId,
    beforeMs,
  ]);
}

type Span = { readonly fromMs: number; readonly toMs: number };
type SpanRow = { from_ms: number | null; to_ms: number | null };

const spanOf = (rows: readonly (SpanRow | undefined)[]): Span | null => {
  const froms = rows.flatMap((row) => row?.from_ms ?? []);
  const tos = rows.flatMap((row) => row?.to_ms ?? []);
  return froms.length === 0 ? null : { fromMs: Math.min(...froms), toMs: Math.max(...tos) + 1 };
};

/** Forgets what a rule has counted; answers the time that it was about, null when there was nothing. */
export async function forgetStateful(tx: Tx, ruleId: ObjectId): Promise<Span | null> {
  const row = await tx.get<SpanRow>(
    'select min(event_at_ms) as from_ms, max(event_at_ms) as to_ms from stateful_matches where rule_id = ?',
    [ruleId],
  );
  await tx.run('delete from stateful_matches where rule_id = ?', [ruleId]);
  await tx.run('delete from stateful_timers where rule_id = ?', [ruleId]);
  return spanOf([row]);
}

/** Forgets the matches and timers of a rule whose time has not come; answers when they were, null when none waited. */
export async function forgetWaiting(tx: Tx, ruleId: ObjectId): Promise<Span | null> {
  const matches = await tx.get<SpanRow>(
    `select min(event_at_ms) as from_ms, max(event_at_ms) as to_ms from stateful_matches
      where rule_id = ? and is_settled = 0`,
    [ruleId],
  );
  const timers = await tx.get<SpanRow>(
    'select min(until_ms) as from_ms, max(until_ms) as to_ms from stateful_timers where rule_id = ? and is_open = 1',
    [ruleId],
  );
  await tx.run('delete from stateful_matches where rule_id = ? and is_settled = 0', [ruleId]);
  await tx.run('delete from stateful_timers where rule_id = ? and is_open = 1', [ruleId]);
  return spanOf([matches, timers]);
}
