import { appendAudit } from '../audit/audit-chain.ts';
import { appendFeed } from '../audit/change-feed.ts';
import type { Tx } from '../control/control-store.ts';
import { type AlertRule, RISKS } from '../rules/alert-rule.ts';
import type { Firing } from '../rules/firing.ts';
import { present } from '../shared/assert.ts';
import { newObjectId, type ObjectId } from '../shared/ids.ts';
import type { Author } from '../tenancy/author.ts';
import { INCIDENT_STATUSES, type Incident, type IncidentSource, numberText } from './incident.ts';
import { announce, type IncidentListener } from './incident-change.ts';
import { getIncident } from './incident-record.ts';
import { addOwnRows, saveOwnRows } from './incident-rows.ts';
import { saveSource, sourceOf } from './incident-source.ts';
import { saveEntities } from './save-entities.ts';
import { loadSlaPolicy } from './sla-policy.ts';
import { clocksOf } from './sla-state.ts';

/** Audit actor of what the rules do by themselves. */
export const RULES_ACTOR = 'rules';
const UNRESOLVED = INCIDENT_STATUSES.indexOf('unresolved');

async function nextNumber(tx: Tx, logpointId: string): Promise<number> {
  await tx.run(
    `insert into incident_counters (logpoint_id, last_number) values (?, 1)
     on conflict (logpoint_id) do update set last_number = incident_counters.last_number + 1`,
    [logpointId],
  );
  const row = await tx.get<{ last_number: number }>('select last_number from incident_counters where logpoint_id = ?', [
    logpointId,
  ]);
  return present(row, 'incident counter').last_number;
}

/**
 * A new unresolved incident from a firing, with what its rule (as it is now) gives to it. A firing key that is already there adds
 * nothing and answers the incident that has it, so a firing may be computed again after a crash.
 */
export async function raiseIncident(
  tx: Tx,
  firing: Firing,
  rule: AlertRule,
  listeners: readonly IncidentListener[],
): Promise<ObjectId> {
  const { logpointId } = firing;
  const known = await tx.get<{ id: string }>('select id from incidents where logpoint_id = ? and firing_key = ?', [
    logpointId,
    firing.firingKey,
  ]);
  if (known !== undefined) return known.id;
  const source = sourceOf(rule);
  const entry: NewIncident = {
    id: newObjectId(firing.detectedAtMs),
    sourceId: await saveSource(tx, source),
    source,
    assignedTo: rule.assignedTo ?? rule.ownerId,
    moment: firing,
    by: { actor: RULES_ACTOR },
  };
  const raised = await insertIncident(tx, entry, listeners);
  await saveEntities(tx, raised, firing.entities);
  return raised.id;
}

export type NewIncident = {
  readonly id: ObjectId;
  /** Of `saveSource`. */
  readonly sourceId: string;
  readonly source: IncidentSource;
  readonly assignedTo: ObjectId;
  readonly moment: Pick<
    Firing,
    'firingKey' | 'detectedAtMs' | 'windowFromMs' | 'windowToMs' | 'rowsCount' | 'hits' | 'groupKey' | 'ownRows'
  >;
  readonly by: Author & { readonly onBehalfOf?: ObjectId | undefined };
};

/** Writes a new unresolved incident with its audit event, and tells the listeners. */
export async function insertIncident(
  tx: Tx,
  { id, sourceId, source, assignedTo, moment, by }: NewIncident,
  listeners: readonly IncidentListener[],
): Promise<Incident> {
  const { logpointId } = source;
  const number = await nextNumber(tx, logpointId);
  const clocks = clocksOf(await loadSlaPolicy(tx, logpointId), source.risk, moment.detectedAtMs);
  await tx.run(
    `insert into incidents (id, logpoint_id, number, source_id, risk, status, assigned_to, detected_at, window_from,
       window_to, events_from, events_to, group_key, firing_key, rows_count, hits, last_hit_at, updated_at, comments_count, comments_chars, acknowledge_due, resolve_due, sla_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?)`,
    [
      id,
      logpointId,
      number,
      sourceId,
      RISKS.indexOf(source.risk),
      UNRESOLVED,
      assignedTo,
      moment.detectedAtMs,
      moment.windowFromMs,
      moment.windowToMs,
      moment.windowFromMs,
      moment.windowToMs,
      moment.groupKey,
      moment.firingKey,
      moment.rowsCount,
      moment.hits,
      moment.detectedAtMs,
      tx.nowMs,
      clocks.acknowledgeDueMs,
      clocks.resolveDueMs,
      clocks.nextMs,
    ],
  );
  if (moment.ownRows !== undefined) await saveOwnRows(tx, id, moment.ownRows);
  const incident = present(await getIncident(tx, logpointId, id), 'incident just raised');
  await appendAudit(tx, {
    ...by,
    logpointId,
    action: 'incident raised',
    objectType: 'incident',
    objectId: id,
    after: { number: numberText(incident), name: source.name, rule: source.ruleId, assigned_to: assignedTo },
  });
  const change = {
    kind: 'raised',
    incident,
    previousStatus: 'unresolved',
    userId: by.onBehalfOf ?? null,
    atMs: tx.nowMs,
  } as const;
  await announce(tx, change, listeners);
  return incident;
}

/**
 * One more firing of the episode that the incident stands for. False when it is no longer unresolved (or unknown): its
 * episode is over, and the caller raises a new one. Not audited: hits are what happened, not what somebody did.
 */
export async function extendIncident(
  tx: Tx,
  incidentId: ObjectId,
  firing: Firing,
  listeners: readonly IncidentListener[],
): Promise<boolean> {
  const extended = await tx.run(
    `update incidents set hits = hits + ?,
       last_hit_at = case when last_hit_at < ? then ? else last_hit_at end,
       events_from = case when events_from > ? then ? else events_from end,
       events_to = case when events_to < ? then ? else events_to end,
       updated_at = ?
     where id = ? and logpoint_id = ? and status = ?`,
    [
      firing.hits,
      firing.detectedAtMs,
      firing.detectedAtMs,
      firing.windowFromMs,
      firing.windowFromMs,
      firing.windowToMs,
      firing.windowToMs,
      tx.nowMs,
      incidentId,
      firing.logpointId,
      UNRESOLVED,
    ],
  );
  if (extended.changes === 0) return false;
  const incident = present(await getIncident(tx, firing.logpointId, incidentId), 'incident just extended');
  await saveEntities(tx, incident, firing.entities);
  if (firing.ownRows !== undefined) await addOwnRows(tx, incidentId, firing.ownRows);
  const line = { type: 'incident', objectId: incidentId, action: 'extended', by: RULES_ACTOR } as const;
  await appendFeed(tx, firing.logpointId, [line]);
  const change = { kind: 'extended', incident, previousStatus: 'unresolved', userId: null, atMs: tx.nowMs } as const;
  await announce(tx, change, listeners);
  return true;
}
