import type { Tx } from '../control/control-store.ts';
import { refuse } from '../shared/errors.ts';
import { type Change, changeIncident, findIncident, type IncidentDeps, type VerbRequest } from './change-incident.ts';
import type { Incident } from './incident.ts';
import { type StatusAction, stepOf } from './lifecycle.ts';
import { findActingUser, requireRight } from './rights.ts';
import { loadSlaPolicy, NO_SLA, type SlaPolicy } from './sla-policy.ts';
import { reopenedClocks } from './sla-state.ts';

const WORDS = {
  resolve: { kind: 'resolved', lastAction: 'Resolved' },
  close: { kind: 'closed', lastAction: 'Closed' },
  reopen: { kind: 'reopened', lastAction: 'Reopened' },
} as const;

/** The change that the action makes, or why it is refused. `policy` = clocks of the logpoint, for one that starts again. */
export function statusChange(
  incident: Incident,
  action: StatusAction,
  deps: Pick<IncidentDeps, 'closeUnresolved'>,
  policy: SlaPolicy,
  nowMs: number,
): Change {
  const step = stepOf(incident.status, action, deps.closeUnresolved);
  if (!step.ok) throw refuse('INCIDENT_STATE', step.message);
  const { kind, lastAction } = WORDS[action];
  return {
    kind,
    done: kind,
    lastAction,
    status: step.next,
    sla: action === 'reopen' ? reopenedClocks(incident, policy, nowMs) : undefined,
    comment: lastAction,
    before: { status: incident.status },
    after: { status: step.next },
  };
}

async function setStatus(tx: Tx, request: VerbRequest, deps: IncidentDeps, action: StatusAction): Promise<Incident> {
  const incident = await findIncident(tx, request);
  const user = await findActingUser(tx, request.logpointId, request.userId);
  await requireRight(tx, incident, user, action, deps.resolvePolicy);
  const policy = action === 'reopen' ? await loadSlaPolicy(tx, request.logpointId) : NO_SLA;
  const change = statusChange(incident, action, deps, policy, tx.nowMs);
  return (await changeIncident(tx, incident, request, user, change, deps.listeners)).incident;
}

/** Unresolved → resolved. @throws AppError `INCIDENT_NOT_FOUND`, `INCIDENT_USER_INVALID`, `INCIDENT_RIGHT`, `INCIDENT_STATE` */
export const resolveIncident = (tx: Tx, request: VerbRequest, deps: IncidentDeps): Promise<Incident> =>
  setStatus(tx, request, deps, 'resolve');

/** Resolved → closed. @throws AppError as `resolveIncident` */
export const closeIncident = (tx: Tx, request: VerbRequest, deps: IncidentDeps): Promise<Incident> =>
  setStatus(tx, request, deps, 'close');

/** Resolved or closed → unresolved. @throws AppError as `resolveIncident` */
export const reopenIncident = (tx: Tx, request: VerbRequest, deps: IncidentDeps): Promise<Incident> =>
  setStatus(tx, request, deps, 'reopen');
