import type { Tx } from '../control/control-store.ts';
import { assert } from '../shared/assert.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { AlertRule } from './alert-rule.ts';
import { groupKeyOf } from './episodes.ts';
import { activeExceptions, countSuppressed, isAbout } from './exceptions.ts';
import type { FiringSink } from './firing-sink.ts';
import type { Match, MatchBatch } from './match.ts';
import { limitedSink } from './raise-limit.ts';
import { CounterTally } from './rule-stats.ts';
import { getRule } from './rule-store.ts';
import { keepMatches, type SettleOptions, settledTo, settleMatches } from './stateful/settle-matches.ts';
import { StateCache } from './stateful/state-cache.ts';
import { LATENESS_MS_DEFAULT } from './stateful/stateful-rule.ts';
import { StreamFirings } from './stream-firings.ts';
import { hitsOf } from './stream-hits.ts';

export type AppliedBatch = {
  /** Matches that were counted for their rule. */
  readonly applied: number;
  /** Matches that an earlier batch had brought. */
  readonly repeated: number;
  /** Matches of rules that were inactive, had been changed, or are gone. */
  readonly ignored: number;
  readonly outdated: number;
  readonly unknown: number;
  /** Numbers between the last batch of the stream and this one, both inclusive; null when it follows closely. */
  readonly missing: { readonly fromSeq: number; readonly toSeq: number } | null;
};

/**
 * Counts the matches of a batch and raises or extends what fires, in the transaction that moves the stream's cursor:
 * a batch that was applied adds nothing when it comes again, alone or within a longer one.
 *
 * A match of an older version still counts as long as query, repos and throttling field are what they were then: an
 * edited description must not cost an event. Where they differ it is counted as outdated, because the query that the
 * incident would show never accepted it. Source: design/detection.md, stateful rules.
 */
export async function applyMatches(
  tx: Tx,
  batch: MatchBatch,
  sink: FiringSink,
  settling: SettleOptions = { latenessMs: LATENESS_MS_DEFAULT, cache: new StateCache() },
): Promise<AppliedBatch> {
  const { stream, fromSeq, toSeq } = batch;
  assert(
    batch.matches.every(({ seq }) => seq >= fromSeq && seq <= toSeq),
    'the matches of a batch lie between its ends',
  );
  const row = await tx.get<{ to_seq: number }>('select to_seq from rule_streams where stream = ?', [stream]);
  const appliedTo = row?.to_seq ?? null;
  const fresh = batch.matches.filter((match) => appliedTo === null || match.seq > appliedTo);
  const result = { applied: 0, repeated: batch.matches.length - fresh.length, ignored: 0, outdated: 0, unknown: 0 };
  const missing = appliedTo !== null && fromSeq > appliedTo + 1 ? { fromSeq: appliedTo + 1, toSeq: fromSeq - 1 } : null;
  if (appliedTo !== null && toSeq <= appliedTo) return { ...result, missing };

  for (const { logpointId, ruleId, matches } of byRule(fresh)) {
    const rule = await getRule(tx, logpointId, ruleId);
    if (rule === null) {
      result.unknown += matches.length;
      continue;
    }
    const counted = await applyToRule(tx, rule, stream, matches, sink, settling.latenessMs);
    result.applied += counted.applied;
    result.ignored += counted.ignored;
    result.outdated += counted.outdated;
  }
  for (const [logpointId, newestMs] of newestOf(batch)) await settleMatches(tx, logpointId, newestMs, sink, settling);
  await tx.run(
    `insert into rule_streams (stream, to_seq) values (?, ?)
     on conflict (stream) do update set to_seq = excluded.to_seq`,
    [stream, toSeq],
  );
  return { ...result, missing };
}

function newestOf({ newest, matches }: MatchBatch): ReadonlyMap<LogpointId, number> {
  const times = new Map<LogpointId, number>(Object.entries(newest ?? {}));
  for (const { logpointId, eventAtMs } of matches) {
    times.set(logpointId, Math.max(times.get(logpointId) ?? eventAtMs, eventAtMs));
  }
  return times;
}

type RuleMatches = { readonly logpointId: LogpointId; readonly ruleId: ObjectId; readonly matches: readonly Match[] };

/** One entry per rule, a match once, in the order in which the rules appear. */
function byRule(matches: readonly Match[]): Iterable<RuleMatches> {
  const groups = new Map<string, { logpointId: LogpointId; ruleId: ObjectId; matches: Match[]; seqs: Set<string> }>();
  for (const match of matches) {
    const { logpointId, ruleId } = match;
    const key = `${logpointId} ${ruleId}`;
    const group = groups.get(key) ?? { logpointId, ruleId, matches: [], seqs: new Set<string>() };
    groups.set(key, group);
    // An event may belong to several groups of a stateful rule.
    const id = `${match.seq} ${match.correlated?.node ?? 0} ${match.correlated?.groupKey ?? ''}`;
    if (group.seqs.has(id)) continue;
    group.seqs.add(id);
    group.matches.push(match);
  }
  return groups.values();
}

/** Two events have the same value exactly when they have the same key, and only the key is ever stored. */
const withPlainValue = (match: Match): Match =>
  match.throttleValue === null ? match : { ...match, throttleValue: groupKeyOf(match.throttleValue) };

async function applyToRule(
  tx: Tx,
  rule: AlertRule,
  stream: string,
  matches: readonly Match[],
  sink: FiringSink,
  latenessMs: number,
): Promise<{ applied: number; ignored: number; outdated: number }> {
  const tally = new CounterTally();
  const isRunning = rule.active && rule.mode === 'stream';
  const meant = isRunning ? matches.filter((match) => match.ruleVersion >= rule.matchVersion) : [];
  const left = await withoutSuppressed(tx, rule, meant);
  const current = left.map(withPlainValue);
  const counted = {
    applied: current.length,
    ignored: isRunning ? 0 : matches.length,
    outdated: isRunning ? matches.length - meant.length : 0,
  };
  tally.add('suppressed', meant.length - left.length);
  tally.add('matches', counted.applied);
  tally.add('ignored', counted.ignored);
  tally.add('outdated', counted.outdated);
  if (rule.stateful !== undefined) {
    const settledMs = await settledTo(tx, rule.logpointId, latenessMs);
    tally.add('late', await keepMatches(tx, rule, rule.stateful, stream, current, settledMs));
  } else if (current.length > 0) {
    const hits = await hitsOf(tx, rule, stream, current);
    const firings = new StreamFirings(tx, rule, limitedSink(sink, tally), tally);
    for (const hit of hits) await firings.fire(hit);
    await firings.save();
  }
  await tally.save(tx, rule.id);
  return counted;
}

/**
 * The matches that no exception takes out, which are counted here. The matching thread says which exceptions an event
 * satisfies; whether they still hold and are about the rule is decided now, in the transaction that counts.
 */
async function withoutSuppressed(tx: Tx, rule: AlertRule, matches: readonly Match[]): Promise<readonly Match[]> {
  if (!matches.some(({ exceptions = [] }) => exceptions.length > 0)) return matches;
  const active = (await activeExceptions(tx, rule.logpointId)).filter((exception) => isAbout(exception, rule));
  const taken = new Map<ObjectId, { count: number; lastMs: number }>();
  const left = matches.filter(({ exceptions = [], eventAtMs }) => {
    const exception = active.find(({ id }) => exceptions.includes(id));
    if (exception === undefined) return true;
    const { count, lastMs } = taken.get(exception.id) ?? { count: 0, lastMs: 0 };
    taken.set(exception.id, { count: count + 1, lastMs: Math.max(lastMs, eventAtMs) });
    return false;
  });
  for (const [id, { count, lastMs }] of taken) await countSuppressed(tx, id, count, lastMs);
  return left;
}
