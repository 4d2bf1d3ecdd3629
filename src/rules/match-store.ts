import type { Tx } from '../control/control-store.ts';
import type { ObjectId } from '../shared/ids.ts';
import { LATENESS_MS } from './episodes.ts';
import type { Match } from './match.ts';

/** A match that waits to be counted. Ordered by (`eventAtMs`, `seq`, `stream`). */
export type StoredMatch = {
  readonly stream: string;
  readonly seq: number;
  readonly eventAtMs: number;
  readonly throttleValue: string | null;
  readonly isHit: boolean;
  readonly isCounted: boolean;
};

type MatchRow = {
  stream: string;
  seq: number;
  event_at_ms: number;
  throttle_value: string | null;
  is_hit: number;
  is_counted: number;
};

const COLUMNS = 'stream, seq, event_at_ms, throttle_value, is_hit, is_counted';

const toStored = (row: MatchRow): StoredMatch => ({
  stream: row.stream,
  seq: row.seq,
  eventAtMs: row.event_at_ms,
  throttleValue: row.throttle_value,
  isHit: row.is_hit === 1,
  isCounted: row.is_counted === 1,
});

export async function storeMatches(tx: Tx, ruleId: ObjectId, stream: string, matches: readonly Match[]): Promise<void> {
  for (const match of matches) {
    await tx.run(
      `insert into rule_matches (rule_id, ${COLUMNS}, applied_at_ms) values (?, ?, ?, ?, ?, 0, 0, ?)
       on conflict (rule_id, stream, seq) do nothing`,
      [ruleId, stream, match.seq, match.eventAtMs, match.throttleValue, tx.nowMs],
    );
  }
}

export type MatchRange = { readonly fromMs: number; readonly toMs: number };

/**
 * The matches with `fromMs <= eventAtMs < toMs`, in order; before `fromMs` as many more as `before` asks for and `sinceMs`
 * reaches. `uncountedOnly` leaves out what a firing has used up.
 */
export async function loadMatches(
  tx: Tx,
  ruleId: ObjectId,
  range: MatchRange & { readonly sinceMs: number; readonly before: number; readonly uncountedOnly: boolean },
): Promise<StoredMatch[]> {
  const only = range.uncountedOnly ? 'and is_counted = 0' : '';
  const earlier = await tx.all<MatchRow>(
    `select ${COLUMNS} from rule_matches where rule_id = ? and event_at_ms >= ? and event_at_ms < ? ${only}
      order by event_at_ms desc, seq desc, stream desc limit ?`,
    [ruleId, range.sinceMs, range.fromMs, range.before],
  );
  const rows = await tx.all<MatchRow>(
    `select ${COLUMNS} from rule_matches where rule_id = ? and event_at_ms >= ? and event_at_ms < ? ${only}
      order by event_at_ms, seq, stream`,
    [ruleId, range.fromMs, range.toMs],
  );
  return [...earlier.reverse(), ...rows].map(toStored);
}

export async function markHit(tx: Tx, ruleId: ObjectId, match: StoredMatch): Promise<void> {
  await tx.run('update rule_matches set is_hit = 1 where rule_id = ? and stream = ? and seq = ?', [
    ruleId,
    match.stream,
    match.seq,
  ]);
}

// Up to the hit itself in the order of matches, from the beginning of its window.
const UP_TO_HIT = 'event_at_ms >= ? and event_at_ms <= ? and (event_at_ms < ? or seq <= ?)';
const upToHit = (hit: StoredMatch, sinceMs: number): number[] => [sinceMs, hit.eventAtMs, hit.eventAtMs, hit.seq];

/** Matches in the hit's window, up to the hit. */
export async function countWindow(tx: Tx, ruleId: ObjectId, hit: StoredMatch, sinceMs: number): Promise<number> {
  const row = await tx.get<{ n: number }>(`select count(*) as n from rule_matches where rule_id = ? and ${UP_TO_HIT}`, [
    ruleId,
    ...upToHit(hit, sinceMs),
  ]);
  return row?.n ?? 0;
}

/** Marks the matches of the hit's window as counted; answers how many of them were not yet. */
export async function countIn(tx: Tx, ruleId: ObjectId, hit: StoredMatch, sinceMs: number): Promise<number> {
  const { changes } = await tx.run(
    `update rule_matches set is_counted = 1 where rule_id = ? and is_counted = 0 and ${UP_TO_HIT}`,
    [ruleId, ...upToHit(hit, sinceMs)],
  );
  return changes;
}

/** Sweeps matches that arrived so long ago that no event, an hour late at most, can make them count again. */
export async function sweepMatches(tx: Tx, ruleId: ObjectId, rangeMs: number): Promise<void> {
  await tx.run('delete from rule_matches where rule_id = ? and applied_at_ms < ?', [
    ruleId,
    tx.nowMs - rangeMs - LATENESS_MS,
  ]);
}
