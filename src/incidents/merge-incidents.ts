import type { Tx } from '../control/control-store.ts';
import { refuse } from '../shared/errors.ts';
import type { ObjectId } from '../shared/ids.ts';
import { type Change, changeIncidents, findIncident, type IncidentDeps, type VerbRequest } from './change-incident.ts';
import { type Incident, numberText } from './incident.ts';
import { findActingUser, requireRight, Standing } from './rights.ts';

/** Incidents that one order merges, and children that one incident may have. */
export const MERGE_CHILDREN_MAX = 500;
/** Numbers that the comment of the parent names. */
const NUMBERS_SHOWN_MAX = 20;

export type MergeRequest = VerbRequest & { readonly ids: readonly ObjectId[] };

/**
 * Makes incidents children of another. They stay whole: their events, comments, status and number are what they were, and
 * `unmergeIncidents` gives them back. One level: a child has no children, so a parent's are all there are.
 *
 * @throws AppError `INCIDENT_NOT_FOUND`, `INCIDENT_USER_INVALID`, `INCIDENT_RIGHT`, `INCIDENT_MERGE`
 */
export async function mergeIncidents(tx: Tx, request: MergeRequest, deps: IncidentDeps): Promise<Incident> {
  const parent = await findIncident(tx, request);
  const user = await findActingUser(tx, request.logpointId, request.userId);
  const standing = new Standing(tx, user);
  await requireRight(tx, parent, user, 'merge', deps.resolvePolicy, standing);
  if (parent.mergedInto !== null) throw refuse('INCIDENT_MERGE', `${numberText(parent)} is itself merged`);
  const children = await findAll(tx, request);
  const before = await childrenOf(tx, parent.id);
  if (before.length + children.length > MERGE_CHILDREN_MAX) {
    throw refuse('INCIDENT_MERGE', `An incident has at most ${MERGE_CHILDREN_MAX} merged incidents`);
  }
  for (const child of children) {
    if (child.id === parent.id) throw refuse('INCIDENT_MERGE', 'An incident cannot be merged into itself');
    if (child.mergedInto !== null) throw refuse('INCIDENT_MERGE', `${numberText(child)} is already merged`);
    if ((await childrenOf(tx, child.id)).length > 0) {
      throw refuse('INCIDENT_MERGE', `${numberText(child)} has merged incidents of its own; unmerge them first`);
    }
    await requireRight(tx, child, user, 'merge', deps.resolvePolicy, standing);
  }
  const items = children.map((incident) => ({ incident, user, request, change: mergeChange(incident, parent) }));
  const told = { incident: parent, user, request, change: parentChange(parent, children, 'Merged') };
  const changed = await changeIncidents(tx, [told, ...items], deps.listeners);
  return changed[0]?.incident ?? parent;
}

/** Takes children out again; all of them when none is named. @throws AppError as `mergeIncidents` */
export async function unmergeIncidents(
  tx: Tx,
  request: VerbRequest & { readonly ids?: readonly ObjectId[] | undefined },
  deps: IncidentDeps,
): Promise<Incident> {
  const parent = await findIncident(tx, request);
  const user = await findActingUser(tx, request.logpointId, request.userId);
  await requireRight(tx, parent, user, 'merge', deps.resolvePolicy);
  const ids = request.ids ?? (await childrenOf(tx, parent.id));
  if (ids.length === 0) throw refuse('INCIDENT_MERGE', `${numberText(parent)} has no merged incidents`);
  const children = await findAll(tx, { ...request, ids });
  const stranger = children.find((child) => child.mergedInto !== parent.id);
  if (stranger !== undefined) {
    throw refuse('INCIDENT_MERGE', `${numberText(stranger)} is not merged into ${numberText(parent)}`);
  }
  const items = children.map((incident) => ({ incident, user, request, change: unmergeChange(incident, parent) }));
  const told = { incident: parent, user, request, change: parentChange(parent, children, 'Unmerged') };
  const changed = await changeIncidents(tx, [told, ...items], deps.listeners);
  return changed[0]?.incident ?? parent;
}

async function childrenOf(tx: Tx, id: ObjectId): Promise<readonly ObjectId[]> {
  const rows = await tx.all<{ id: string }>('select id from incidents where merged_into = ? order by id', [id]);
  return rows.map((row) => row.id);
}

async function findAll(tx: Tx, request: MergeRequest): Promise<readonly Incident[]> {
  const ids = [...new Set(request.ids)];
  if (ids.length === 0) throw refuse('INCIDENT_MERGE', 'ids must name at least one incident');
  if (ids.length > MERGE_CHILDREN_MAX) {
    throw refuse('INCIDENT_MERGE', `ids names ${ids.length} incidents, at most ${MERGE_CHILDREN_MAX} are allowed`);
  }
  const found = new Map<ObjectId, Incident>();
  for (const incidentId of ids) {
    const incident = await findIncident(tx, { ...request, incidentId });
    found.set(incident.id, incident);
  }
  return [...found.values()];
}

const mergeChange = (child: Incident, parent: Incident): Change => ({
  kind: 'merged',
  done: 'merged',
  lastAction: 'Merged',
  mergedInto: parent.id,
  comment: `Merged into ${numberText(parent)}`,
  before: { merged_into: child.mergedInto },
  after: { merged_into: parent.id, number: numberText(parent) },
});

const unmergeChange = (child: Incident, parent: Incident): Change => ({
  kind: 'unmerged',
  done: 'unmerged',
  lastAction: 'Unmerged',
  mergedInto: null,
  comment: `Unmerged from ${numberText(parent)}`,
  before: { merged_into: child.mergedInto },
  after: { merged_into: null },
});

function parentChange(parent: Incident, children: readonly Incident[], lastAction: 'Merged' | 'Unmerged'): Change {
  const numbers = children.map(numberText);
  const shown = numbers.slice(0, NUMBERS_SHOWN_MAX).join(', ');
  const more = numbers.length > NUMBERS_SHOWN_MAX ? ` and ${numbers.length - NUMBERS_SHOWN_MAX} more` : '';
  const kind = lastAction === 'Merged' ? 'merged' : 'unmerged';
  return {
    kind,
    done: `children ${kind}`,
    lastAction,
    comment: `${lastAction} ${shown}${more}`,
    before: { merged_into: parent.mergedInto },
    after: { [kind === 'merged' ? 'added' : 'removed']: children.map(({ id }) => id) },
  };
}
