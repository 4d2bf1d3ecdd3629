import type { Tx } from '../control/control-store.ts';
import type { ObjectId } from '../shared/ids.ts';
import { queueAlertEvents } from './alert-event.ts';
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

/** Tells the listeners of each change in order. Answers how many deliveries they enqueued for each. */
export async function announceAll(
  tx: Tx,
  changes: readonly IncidentChange[],
  listeners: readonly IncidentListener[],
): Promise<readonly number[]> {
  const deliveries: number[] = [];
  for (const change of changes) {
    let enqueued = 0;
    for (const listen of listeners) enqueued += await listen(tx, change);
    deliveries.push(enqueued);
  }
  await queueAlertEvents(tx, changes);
  return deliveries;
}

/** The same for one change. */
export async function announce(
  tx: Tx,
  change: IncidentChange,
  listeners: readonly IncidentListener[],
): Promise<number> {
  const [deliveries] = await announceAll(tx, [change], listeners);
  return deliveries ?? 0;
}
