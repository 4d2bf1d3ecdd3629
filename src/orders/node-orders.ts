import type { Tx } from '../control/control-store.ts';
import type { IncidentDeps, VerbRequest } from '../incidents/change-incident.ts';
import { closeIncident, reopenIncident, resolveIncident } from '../incidents/set-status.ts';
import { commentIncident, reassignIncident } from '../incidents/work-incident.ts';
import { AppError, refuse } from '../shared/errors.ts';
import type { ObjectId } from '../shared/ids.ts';
import type { OrderContext, OrderKind, TransactionKind } from './order-kind.ts';

// The writes of the node's own incident API: each names many incidents and is one order, so that all of it happens or
// nothing. The verbs are those of the Director's orders.

/** Incidents, or comments, of one request. */
export const BATCH_MAX = 1_000;

/** The user whose access key was sent acts for himself. */
type Batch = { readonly userId: ObjectId; readonly incidentIds: readonly string[] };
export type AssignBatch = Batch & { readonly newAssignee: string };
export type CommentBatch = {
  readonly userId: ObjectId;
  readonly states: readonly { readonly id: string; readonly comments: readonly string[] }[];
};

const requestOf = (ctx: OrderContext, userId: ObjectId, incidentId: string): VerbRequest => ({
  logpointId: ctx.logpointId,
  incidentId,
  userId,
  actor: ctx.actor.name,
  orderId: ctx.orderId,
  requestId: ctx.requestId,
});

/** Does one thing to each incident; the refusal of one is that of all, and says under the incident's id why. */
async function forEach(ids: readonly string[], work: (incidentId: string) => Promise<unknown>): Promise<void> {
  const distinct = new Set(ids);
  if (distinct.size === 0) throw refuse('BATCH_EMPTY', 'incident_ids must name at least one incident');
  if (distinct.size > BATCH_MAX) {
    throw refuse('BATCH_TOO_LARGE', `incident_ids names ${distinct.size} incidents, at most ${BATCH_MAX} are allowed`);
  }
  for (const id of distinct) {
    try {
      await work(id);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      throw refuse(error.code, error.message, { [id]: [error.message] });
    }
  }
}

type Verb = (tx: Tx, request: VerbRequest, deps: IncidentDeps) => Promise<unknown>;

const statusKind = (deps: IncidentDeps, action: string, verb: Verb, message: string): TransactionKind<Batch> => ({
  mode: 'transaction',
  action,
  async run(tx, ctx, { userId, incidentIds }) {
    await forEach(incidentIds, (id) => verb(tx, requestOf(ctx, userId, id), deps));
    return { message };
  },
});

const assignKind = (deps: IncidentDeps): TransactionKind<AssignBatch> => ({
  mode: 'transaction',
  action: '/assign_incident',
  async run(tx, ctx, { userId, incidentIds, newAssignee }) {
    await forEach(incidentIds, (id) => reassignIncident(tx, { ...requestOf(ctx, userId, id), newAssignee }, deps));
    return { message: 'Incidents re-assigned' };
  },
});

const commentKind = (deps: IncidentDeps): TransactionKind<CommentBatch> => ({
  mode: 'transaction',
  action: '/add_incident_comment',
  async run(tx, ctx, { userId, states }) {
    const count = states.reduce((sum, { comments }) => sum + comments.length, 0);
    if (count === 0) throw refuse('BATCH_EMPTY', 'states must hold at least one comment');
    if (count > BATCH_MAX) {
      throw refuse('BATCH_TOO_LARGE', `states hold ${count} comments, at most ${BATCH_MAX} are allowed`);
    }
    for (const { id, comments } of states) {
      const request = requestOf(ctx, userId, id);
      await forEach([id], async () => {
        for (const comment of comments) await commentIncident(tx, { ...request, comment }, deps);
      });
    }
    return { message: 'Comments added' };
  },
});

/** Messages: contract/incident-api.md, A.2. */
export const nodeOrderKinds = (deps: IncidentDeps): readonly OrderKind[] => [
  commentKind(deps),
  assignKind(deps),
  statusKind(deps, '/resolve_incident', resolveIncident, 'Incidents resolved'),
  statusKind(deps, '/close_incident', closeIncident, 'Incidents closed'),
  statusKind(deps, '/reopen_incident', reopenIncident, 'Incidents reopened'),
];
