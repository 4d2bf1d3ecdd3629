import type { Tx } from '../control/control-store.ts';
import { refuse } from '../shared/errors.ts';
import { changeIncident, findIncident, type IncidentDeps, type VerbRequest } from './change-incident.ts';
import type { Incident } from './incident.ts';
import { type StatusAction, stepOf } from './lifecycle.ts';
import { findActingUser, requireRight } from './rights.ts';

const WORDS = {
  resolve: { kind: 'resolved', lastAction: 'Resolved' },
  close: { kind: 'closed', lastAction: 'Closed' },
  reopen: { kind: 'reopened', lastAction: 'Reopened' },
} as const;

async function setStatus(tx: Tx, request: VerbRequest, deps: IncidentDeps, action: StatusAction): Promise<Incident> {
  const incident = await findIncident(tx, request);
  const user = await findActingUser(tx, request.logpointId, request.userId);
  await requireRight(tx, incident, user, action, deps.resolvePolicy);
  const step = stepOf(incident.status, action, deps.closeUnresolved);
  if (!step.ok) throw refuse('INCIDENT_STATE', step.message);
  const { kind, lastAction } = WORDS[action];
  const change = {
    kind,
    done: kind,
    lastAction,
    status: step.next,
    comment: lastAction,
    before: { status: incident.status },
    after: { status: step.next },
  };
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
