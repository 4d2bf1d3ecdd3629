import { queueOwnEvent } from '../audit/own-events.ts';
import type { Tx } from '../control/control-store.ts';
import type { IncidentListener } from '../incidents/incident-change.ts';
import { raiseIncident } from '../incidents/raise-incident.ts';
import type { AlertRule } from '../rules/alert-rule.ts';
import { digestHex, type LogpointId, type ObjectId } from '../shared/ids.ts';
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
  const rule = builtInRule(logpointId, ownerId, description, tx.nowMs);
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
  await queueOwnEvent(tx, {
    logpointId,
    repo: '_logpoint',
    eventAtMs: tx.nowMs,
    fields: {
      msg: `tocsin notifications do not arrive at ${target}: ${reason}`,
      norm_id: 'LogPoint',
      label: 'Tocsin',
      action: 'down',
      object: 'notification',
      target,
      reason,
    },
  });
}

/** What the incident takes over. The owner is that of the rule whose notification waits: whom it concerns. */
function builtInRule(logpointId: LogpointId, ownerId: ObjectId, description: string, nowMs: number): AlertRule {
  return {
    id: digestHex(['built-in rule', 'notification target down', logpointId], 24),
    logpointId,
    alertruleId: digestHex(['built-in rule', 'notification target down', logpointId], 32),
    ownerId,
    active: true,
    mode: 'schedule',
    version: 1,
    matchVersion: 1,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    name: RULE_NAME,
    description,
    query: 'label=Tocsin object=notification action=down',
    repos: ['_logpoint'],
    limit: 100,
    rangeMinutes: 1,
    intervalMinutes: 1,
    delayMinutes: 0,
    conditionOption: 'greaterthan',
    conditionValue: 0,
    risk: 'high',
    aggregate: 'max',
    flushOnTrigger: false,
    assignedTo: null,
    manageableBy: [],
    attack: [],
    logSource: [],
    metadata: [],
    applyJinjaTemplate: false,
    alertContextTemplate: '',
    throttling: null,
    originalData: false,
  };
}
