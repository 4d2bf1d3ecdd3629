import type { Tx } from '../control/control-store.ts';
import type { IncidentListener } from '../incidents/incident-change.ts';
import { raiseIncident } from '../incidents/raise-incident.ts';
import { digestHex } from '../shared/ids.ts';
import { builtInRule } from './built-in-rule.ts';
import { queueDownEvent } from './down-event.ts';
import type { MessageContent } from './message-content.ts';

export type CheckTargets = {
  /** How long a target may take nothing. */
  readonly downMs: number;
};

type DownRow = { readonly target: string; readonly failing_since_ms: number };
type WaitingRow = { readonly logpoint_id: string; readonly content: string; readonly reason: string | null };

/**
 * Raises one incident for each target that has taken nothing for so long, in each logpoint whose deliveries wait for it or
 * have died of it; not again until the target has answered. Answers how many were raised.
 *
 * The incident comes from a rule that is built in and stored nowhere: the same id for a logpoint for ever, so its
 * incidents are one series, and no notification of its own, so a dead channel never tells of itself through itself.
 */
export async function raiseForDownTargets(
  tx: Tx,
  { downMs }: CheckTargets,
  listeners: readonly IncidentListener[],
): Promise<number> {
  const down = await tx.all<DownRow>(
    `select target, failing_since_ms from notify_targets
     where failing_since_ms is not null and failing_since_ms <= ? and incident_raised_at_ms is null`,
    [tx.nowMs - downMs],
  );
  let raised = 0;
  for (const { target, failing_since_ms: sinceMs } of down) {
    for (const waiting of await waitingIn(tx, target, sinceMs)) {
      await raiseFor(tx, target, sinceMs, waiting, listeners);
      raised += 1;
    }
    await tx.run('update notify_targets set incident_raised_at_ms = ? where target = ?', [tx.nowMs, target]);
  }
  return raised;
}

/** For each logpoint the newest delivery that the target owes. */
async function waitingIn(tx: Tx, target: string, sinceMs: number): Promise<WaitingRow[]> {
  const owed = `target = ? and (state = 'queued' or (state = 'dead' and finished_at_ms >= ?))`;
  const logpoints = await tx.all<{ readonly logpoint_id: string }>(
    `select distinct logpoint_id from outbox where ${owed} order by logpoint_id`,
    [target, sinceMs],
  );
  const waiting: WaitingRow[] = [];
  for (const { logpoint_id: logpointId } of logpoints) {
    const row = await tx.get<WaitingRow>(
      `select logpoint_id, content, reason from outbox where ${owed} and logpoint_id = ?
       order by enqueued_at_ms desc, delivery_id limit 1`,
      [target, sinceMs, logpointId],
    );
    if (row !== undefined) waiting.push(row);
  }
  return waiting;
}

const RULE_NAME = 'Notifications do not arrive';

async function raiseFor(
  tx: Tx,
  target: string,
  sinceMs: number,
  waiting: WaitingRow,
  listeners: readonly IncidentListener[],
): Promise<void> {
  const { logpoint_id: logpointId } = waiting;
  const { ownerId } = JSON.parse(waiting.content) as MessageContent;
  const reason = waiting.reason ?? 'no answer';
  const description = `${target} has taken nothing since ${new Date(sinceMs).toISOString()}: ${reason}`;
  // The owner is that of the rule whose notification waits: whom it concerns.
  const named = { logpointId, ownerId, description, key: 'notification target down', name: RULE_NAME };
  const rule = builtInRule(named, tx.nowMs);
  await raiseIncident(
    tx,
    {
      logpointId,
      ruleId: rule.id,
      ruleVersion: rule.version,
      firingKey: digestHex([rule.id, target, String(sinceMs)], 32),
      detectedAtMs: tx.nowMs,
      windowFromMs: sinceMs,
      windowToMs: tx.nowMs + 1,
      rowsCount: 1,
      hits: 1,
      groupKey: target,
    },
    rule,
    listeners,
  );
  await queueDownEvent(tx, { logpointId, target, reason, what: 'notifications' });
}
