import type { Tx } from '../control/control-store.ts';
import { distinctEntities } from '../events/entity.ts';
import { keepWritten } from '../lists/table-edits.ts';
import type { Written } from '../query/run-steps.ts';
import { digestHex, type LogpointId, type ObjectId } from '../shared/ids.ts';
import type { AlertRule } from './alert-rule.ts';
import { conditionHolds } from './condition.ts';
import { type Episode, EpisodeBook, groupKeyOf } from './episodes.ts';
import { countSuppressed } from './exceptions.ts';
import type { Firing } from './firing.ts';
import type { FiringSink } from './firing-sink.ts';
import { isThrottledBy, ownRowsOf, type RowGroup } from './own-rows.ts';
import { type EvaluationWindow, MINUTE_MS } from './plan-run.ts';
import { limitedSink } from './raise-limit.ts';
import { CounterTally } from './rule-stats.ts';
import { getRule } from './rule-store.ts';
import { GAP_TOO_OLD, getSchedule, recordGap, saveSchedule } from './schedule-store.ts';

/** The answer of one window's search. Crosses threads as plain data. */
export type WindowOutcome = {
  readonly logpointId: LogpointId;
  readonly ruleId: ObjectId;
  /** Version that was searched with. */
  readonly ruleVersion: number;
  readonly window: EvaluationWindow;
  /** Windows given up before this one. */
  readonly gap: EvaluationWindow | null;
  readonly rowsCount: number;
  /** There were more rows than these. */
  readonly isCut: boolean;
  /** Each key once. */
  readonly groups: readonly RowGroup[];
  /** Events that exceptions took out. */
  readonly suppressed?: readonly { readonly id: ObjectId; readonly count: number }[] | undefined;
  /** What `toList` asks to be kept when the rule fires. */
  readonly written?: readonly Written[] | undefined;
};

export type AppliedWindow = {
  /** False when the window had been applied, or the rule was changed, stopped or trashed since it was read. */
  readonly isApplied: boolean;
  /** Events before it count no more for this rule (flush_on_trigger). */
  readonly flushedToMs: number;
};

/**
 * Applies one window: gap, counters, incidents and the rule's cursor move in one transaction, so each window counts
 * exactly once whatever crashes in between. An answer for another version of the rule changes nothing; the window is
 * then evaluated again with the rule as it is.
 */
export async function applyWindow(tx: Tx, outcome: WindowOutcome, sink: FiringSink): Promise<AppliedWindow> {
  const rule = await getRule(tx, outcome.logpointId, outcome.ruleId);
  const isCurrent = rule?.active === true && rule.mode === 'schedule' && rule.version === outcome.ruleVersion;
  const schedule = isCurrent ? await getSchedule(tx, rule.id) : null;
  const { window, gap } = outcome;
  const refused = { isApplied: false, flushedToMs: schedule?.flushedToMs ?? 0 };
  if (rule === null || schedule === null) return refused;
  if (window.toMs - rule.intervalMinutes * MINUTE_MS !== (gap?.toMs ?? schedule.toMs)) return refused;
  if (gap !== null && gap.fromMs !== schedule.toMs) return refused;

  if (gap !== null) await recordGap(tx, rule.id, gap, GAP_TOO_OLD);
  const tally = new CounterTally();
  tally.add('windows');
  if (outcome.isCut) tally.add('cut');
  for (const { id, count } of outcome.suppressed ?? []) {
    tally.add('suppressed', count);
    await countSuppressed(tx, id, count, window.toMs);
  }
  const holds = conditionHolds(rule.conditionOption, rule.conditionValue, outcome.rowsCount);
  if (holds) await fireWindow(tx, rule, outcome, limitedSink(sink, tally), tally);
  const flushedToMs = holds && rule.flushOnTrigger ? window.toMs : schedule.flushedToMs;
  const lastError = holds ? await keepAll(tx, rule, outcome.written ?? []) : null;
  await saveSchedule(tx, rule, { toMs: window.toMs, flushedToMs, failures: 0, retryAtMs: 0, lastError });
  await tally.save(tx, rule.id);
  return { isApplied: true, flushedToMs };
}

/** Keeps what the rule's query collects for other queries to read; null, or what could not be kept. */
async function keepAll(tx: Tx, rule: AlertRule, written: readonly Written[]): Promise<string | null> {
  const left: string[] = [];
  for (const one of written) {
    const trouble = await keepWritten(tx, rule.logpointId, one, { actor: `rule ${rule.id}` });
    if (trouble !== null) left.push(trouble);
  }
  return left.length === 0 ? null : left.join('; ').slice(0, 500);
}

/** A row's episode: by throttling value within the throttling range of its first hit, else by group. */
type Lane = { readonly key: string; readonly isThrottled: boolean; readonly groups: RowGroup[] };

/**
 * The groups that no open episode knows raise one incident together; the known ones are one more hit of theirs.
 *
 * A group stays in its episode while windows that hold it end at most the rule's range apart. With throttling, a value
 * that raised an incident raises no other within the throttling range. With flush_on_trigger every firing is new.
 */
async function fireWindow(
  tx: Tx,
  rule: AlertRule,
  outcome: WindowOutcome,
  sink: FiringSink,
  tally: CounterTally,
): Promise<void> {
  const { toMs } = outcome.window;
  tally.add('hits');
  tally.hitAt(toMs);
  const book = new EpisodeBook(tx, rule.id);
  const rangeMs = rule.rangeMinutes * MINUTE_MS;
  const throttleMs = (rule.throttling?.rangeMinutes ?? 0) * MINUTE_MS;
  const fresh: Lane[] = [];
  let known = 0;
  let throttled = 0;
  const isOpen = new Map<ObjectId, boolean>();
  const lanesOfIncident = new Map<ObjectId, Lane[]>();
  const found: { readonly lane: Lane; readonly episode: Episode | null }[] = [];
  for (const lane of lanesOf(rule, outcome.groups)) {
    const episode =
      rule.flushOnTrigger && !lane.isThrottled
        ? null
        : await book.find(lane.key, ({ firstMs, lastMs }) =>
            lane.isThrottled ? Math.abs(toMs - firstMs) < throttleMs : toMs - lastMs <= rangeMs && toMs >= firstMs,
          );
    found.push({ lane, episode });
    if (episode === null) continue;
    const own = lanesOfIncident.get(episode.incidentId) ?? [];
    lanesOfIncident.set(episode.incidentId, own);
    own.push(lane);
  }
  for (const { lane, episode } of found) {
    if (episode === null) {
      fresh.push(lane);
      continue;
    }
    const { incidentId } = episode;
    const own = lanesOfIncident.get(incidentId) ?? [];
    const extended =
      isOpen.get(incidentId) ??
      (await sink.extend(tx, incidentId, firingOf(tx, rule, outcome, incidentId, lane.key, own)));
    isOpen.set(incidentId, extended);
    if (lane.isThrottled) throttled += 1;
    else if (extended) {
      known += 1;
      await book.stretch(lane.key, episode, toMs);
    } else {
      await book.end(lane.key, episode);
      fresh.push(lane);
    }
  }
  if (fresh.length > 0) {
    const groupKey = keyOfAll(fresh);
    const ownRows = ownRowsOf(
      rule.throttling?.field ?? null,
      fresh.flatMap(({ groups }) => groups),
    );
    const firing = { ...firingOf(tx, rule, outcome, 'new', groupKey, fresh), ...(ownRows === null ? {} : { ownRows }) };
    const incidentId = await sink.raise(tx, firing);
    for (const lane of fresh) await book.begin(lane.key, toMs, incidentId);
    tally.add('raised');
  } else if (known > 0) tally.add('extended');
  else if (throttled > 0) tally.add('throttled');
  await book.save(Math.max(rangeMs, throttleMs));
}

function lanesOf(rule: AlertRule, groups: readonly RowGroup[]): readonly Lane[] {
  const lanes = new Map<string, Lane>();
  // A condition may hold with no row at all; that is an episode like any other.
  for (const group of groups.length === 0 ? [{ key: '', throttleValue: null }] : groups) {
    const value = rule.throttling === null ? null : group.throttleValue;
    const isThrottled = isThrottledBy(value);
    const key = groupKeyOf(isThrottled ? value : group.key);
    const id = `${isThrottled} ${key}`;
    const lane = lanes.get(id) ?? { key, isThrottled, groups: [] };
    lane.groups.push(group);
    lanes.set(id, lane);
  }
  return [...lanes.values()];
}

/** One group stands for itself; several are told apart by their digest. */
function keyOfAll(lanes: readonly Lane[]): string {
  const [only] = lanes;
  if (only !== undefined && lanes.length === 1) return only.key;
  return `sha256:${digestHex(lanes.map(({ key }) => key).sort(), 64)}`;
}

function firingOf(
  tx: Tx,
  rule: AlertRule,
  outcome: WindowOutcome,
  incident: string,
  groupKey: string,
  lanes: readonly Lane[],
): Firing {
  const { fromMs, toMs } = outcome.window;
  return {
    logpointId: rule.logpointId,
    ruleId: rule.id,
    ruleVersion: rule.version,
    firingKey: digestHex(['schedule', rule.id, String(rule.version), String(toMs), incident, groupKey], 32),
    detectedAtMs: tx.nowMs,
    windowFromMs: fromMs,
    windowToMs: toMs,
    rowsCount: outcome.rowsCount,
    hits: 1,
    groupKey,
    entities: distinctEntities(lanes.flatMap(({ groups }) => groups.map(({ entities }) => entities))),
  };
}
