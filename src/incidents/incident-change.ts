import type { Tx } from '../control/control-store.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import { queueAlertEvent } from './alert-event.ts';
import type { Incident, IncidentStatus } from './incident.ts';

export const CHANGE_KINDS = [
  'raised',
  'extended',
  'resolved',
  'closed',
  'reopened',
  'reassigned',
  'commented',
  'investigation',
  'dispositioned',
  'merged',
  'unmerged',
  'undone',
  'sla_breached',
] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

export type IncidentChange = {
  readonly kind: ChangeKind;
  /** As it is after the change. */
  readonly incident: Incident;
  readonly previousStatus: IncidentStatus;
  /** The user named by the request; null when a rule acts. */
  readonly userId: ObjectId | null;
  /** Text that the change added; null or absent when it added none. */
  readonly comment?: string | null;
  readonly atMs: number;
};

/**
 * Called inside the transaction of every change. Answers how many deliveries it enqueued: `investigation` is refused
 * when all listeners together enqueue none.
 */
export type IncidentListener = (tx: Tx, change: IncidentChange) => Promise<number>;

/** Topic of `Tx.signal` after every change. */
export const INCIDENTS_CHANGED = 'incidents.changed';

/** Payload of the topic: enough to write the incident as an event of `_LogPointAlerts` without asking again. */
export type IncidentSignal = {
  readonly kind: ChangeKind;
  readonly logpointId: LogpointId;
  readonly incidentId: ObjectId;
  readonly number: string;
  readonly name: string;
  readonly description: string;
  readonly risk: string;
  readonly status: string;
  readonly type: string;
  readonly ruleId: ObjectId;
  readonly alertRuleId: string;
  readonly seriesId: string;
  readonly ownerId: ObjectId;
  readonly assignedTo: ObjectId;
  readonly detectedAtMs: number;
  readonly windowFromMs: number;
  readonly windowToMs: number;
  readonly query: string;
  readonly repos: readonly string[];
  readonly rowsCount: number;
  readonly hits: number;
  readonly groupKey: string;
  readonly attackIds: readonly string[];
  readonly attackTags: readonly string[];
  readonly attackCategories: readonly string[];
  readonly logSource: readonly string[];
  readonly atMs: number;
};

export function signalOf(change: IncidentChange): IncidentSignal {
  const { incident, kind, atMs } = change;
  const { source } = incident;
  return {
    kind,
    logpointId: incident.logpointId,
    incidentId: incident.id,
    number: `INC-${incident.number}`,
    name: source.name,
    description: source.description,
    risk: source.risk,
    status: incident.status,
    type: source.type,
    ruleId: source.ruleId,
    alertRuleId: source.alertRuleId,
    seriesId: source.incidentId,
    ownerId: source.ownerId,
    assignedTo: incident.assignedTo,
    detectedAtMs: incident.detectedAtMs,
    windowFromMs: incident.windowFromMs,
    windowToMs: incident.windowToMs,
    query: source.query,
    repos: source.repos,
    rowsCount: incident.rowsCount,
    hits: incident.hits,
    groupKey: incident.groupKey,
    attackIds: source.attackIds,
    attackTags: source.attackTags,
    attackCategories: source.attackCategories,
    logSource: source.logSource,
    atMs,
  };
}

/** Tells the listeners in order and signals the change. Answers how many deliveries they enqueued together. */
export async function announce(
  tx: Tx,
  change: IncidentChange,
  listeners: readonly IncidentListener[],
): Promise<number> {
  let deliveries = 0;
  for (const listen of listeners) deliveries += await listen(tx, change);
  const signal = signalOf(change);
  await queueAlertEvent(tx, signal);
  tx.signal(INCIDENTS_CHANGED, signal);
  return deliveries;
}
