import type { User } from '../accounts/user.ts';
import type { ReadTx, Tx } from '../control/control-store.ts';
import { present } from '../shared/assert.ts';
import { AppError, refuse } from '../shared/errors.ts';
import { isObjectId, type LogpointId, newObjectId, type ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import { BulkRefusals, type Refused } from './bulk-refusals.ts';
import {
  type Change,
  type Changed,
  type ChangeItem,
  changeIncidents,
  type IncidentDeps,
  type VerbRequest,
} from './change-incident.ts';
import { checkComment } from './comment-text.ts';
import {
  DISPOSITIONS,
  type Disposition,
  INCIDENT_STATUSES,
  type Incident,
  type IncidentSource,
  numberOf,
  numberText,
  type SlaState,
} from './incident.ts';
import { type FetchIncidentsInput, filterOf } from './incident-filter.ts';
import { DEFAULT_KEY_LIMITS } from './incident-keys.ts';
import { INCIDENT_COLUMNS, type IncidentRecord, incidentOf } from './incident-record.ts';
import { loadPlainSources } from './list-incidents.ts';
import { findActingUser, type IncidentAction, requireRight, Standing } from './rights.ts';
import { statusChange } from './set-status.ts';
import { loadSlaPolicy } from './sla-policy.ts';
import { incidentKeys } from './walk-keys.ts';
import { checkReason, commentChange, commentChars, dispositionChange, reassignChange } from './work-incident.ts';

export const BULK_ACTIONS = ['resolve', 'close', 'reopen', 'reassign', 'comment', 'disposition'] as const;
export type BulkAction = (typeof BULK_ACTIONS)[number];

/** Incidents that one order changes: they are one transaction, which other changes wait for. */
export const BULK_INCIDENTS_MAX = 10_000;
/** Incidents that are read and written at one time. */
const SLICE = 500;

export type BulkRequest = Omit<VerbRequest, 'incidentId'> & {
  readonly action: BulkAction;
  readonly comment?: string | undefined;
  readonly newAssignee?: ObjectId | undefined;
  readonly disposition?: Disposition | null | undefined;
  readonly reason?: string | null | undefined;
};

export type BulkResult = {
  readonly bulkId: ObjectId;
  readonly done: number;
  readonly refused: readonly Refused[];
  readonly refusedCount: number;
};

/**
 * Ids of the incidents that the filter leaves now.
 *
 * @throws AppError `BULK_TOO_MANY` beyond `BULK_INCIDENTS_MAX`, and as `incidentKeys`
 */
export async function bulkIds(
  tx: ReadTx,
  logpointId: LogpointId,
  input: FetchIncidentsInput,
): Promise<readonly ObjectId[]> {
  const limits = { ...DEFAULT_KEY_LIMITS, scanRowsMax: Number.MAX_SAFE_INTEGER };
  const page = await incidentKeys(tx, {
    logpointId,
    filter: filterOf(input),
    after: null,
    limit: BULK_INCIDENTS_MAX,
    limits,
  });
  if (page.next !== null) {
    throw refuse('BULK_TOO_MANY', `The filter leaves more than ${BULK_INCIDENTS_MAX} incidents; narrow it`);
  }
  return page.ids;
}

/**
 * Does to each incident what the verb alone would do, in one transaction. An incident that refuses is left as it is and
 * named in the answer; it does not keep the others.
 *
 * @throws AppError `INCIDENT_USER_INVALID`, `BULK_TOO_MANY`, `BULK_INVALID`, `COMMENT_*`
 */
export async function bulkChange(
  tx: Tx,
  request: BulkRequest,
  ids: readonly ObjectId[],
  deps: IncidentDeps,
): Promise<BulkResult> {
  if (ids.length > BULK_INCIDENTS_MAX) {
    throw refuse('BULK_TOO_MANY', `ids names ${ids.length} incidents, at most ${BULK_INCIDENTS_MAX} are allowed`);
  }
  const user = await findActingUser(tx, request.logpointId, request.userId);
  const changeOf = await changeMaker(tx, request, user, deps);
  const standing = new Standing(tx, user);
  const bulkId = newObjectId(tx.nowMs);
  const tally = new BulkRefusals();
  await tx.run(
    'insert into incident_bulks (id, logpoint_id, action, user_id, at_ms, done, undone_at) values (?, ?, ?, ?, ?, 0, null)',
    [bulkId, request.logpointId, request.action, user.id, tx.nowMs],
  );
  const sources = new Map<string, IncidentSource>();
  let done = 0;
  for (const [part, slice] of [...slices([...new Set(ids)])].entries()) {
    const { incidents, missing } = await loadIncidents(tx, request.logpointId, slice, sources);
    for (const id of missing) tally.add(id, null, NOT_FOUND);
    const chars =
      request.action === 'comment'
        ? await commentChars(
            tx,
            incidents.map(({ id }) => id),
          )
        : [];
    const items: ChangeItem[] = [];
    for (const [place, incident] of incidents.entries()) {
      try {
        await requireRight(tx, incident, user, RIGHTS[request.action], deps.resolvePolicy, standing);
        const change = changeOf(incident, chars[place] ?? 0);
        items.push({ incident, user, request: { ...request, incidentId: incident.id }, change });
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        tally.add(incident.id, numberText(incident), error);
      }
    }
    const changed = await changeIncidents(tx, items, deps.listeners);
    await savePart(tx, bulkId, part, items, changed);
    done += items.length;
  }
  await tx.run('update incident_bulks set done = ? where id = ?', [done, bulkId]);
  await tally.audit(tx, request, `/Incidents/${request.action}`);
  return { bulkId, done, refused: tally.shown, refusedCount: tally.count };
}

const NOT_FOUND = { code: 'INCIDENT_NOT_FOUND', message: 'Incident not found' };

const RIGHTS: Record<BulkAction, IncidentAction> = {
  resolve: 'resolve',
  close: 'close',
  reopen: 'reopen',
  reassign: 'reassign',
  comment: 'comment',
  disposition: 'comment',
};

type ChangeOf = (incident: Incident, commentChars: number) => Change;

async function changeMaker(tx: Tx, request: BulkRequest, user: User, deps: IncidentDeps): Promise<ChangeOf> {
  const { action } = request;
  if (action === 'comment') {
    if (request.comment === undefined) throw invalid('comment');
    const comment = checkComment(request.comment);
    return (incident, chars) => commentChange(incident, comment, chars);
  }
  if (action === 'reassign') {
    if (request.newAssignee === undefined) throw invalid('new_assignee');
    const assignee = await findActingUser(tx, request.logpointId, request.newAssignee);
    return (incident) => reassignChange(incident, assignee.id);
  }
  if (action === 'disposition') {
    const { disposition } = request;
    if (disposition === undefined) throw invalid('disposition');
    const reason = checkReason(request.reason);
    return (incident) => dispositionChange(incident, disposition, reason);
  }
  const policy = await loadSlaPolicy(tx, user.logpointId);
  return (incident) => statusChange(incident, action, deps, policy, tx.nowMs);
}

const invalid = (field: string): AppError => refuse('BULK_INVALID', `${field} must be present in request.`);

function* slices<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < list.length; start += SLICE) yield list.slice(start, start + SLICE);
}

/** In the order of the ids or numbers; what the logpoint does not have is missing. */
async function loadIncidents(
  tx: Tx,
  logpointId: LogpointId,
  names: readonly string[],
  known: Map<string, IncidentSource>,
) {
  const byName = new Map<string, IncidentRecord>();
  const numbers = names.map(numberOf).filter((number) => number !== null);
  const ids = names.filter((name) => isObjectId(name));
  for (const [column, values] of [
    ['id', ids],
    ['number', numbers],
  ] as const) {
    if (values.length === 0) continue;
    const rows = await tx.all<IncidentRecord>(
      `select ${INCIDENT_COLUMNS} from incidents where ${column === 'id' ? '+' : ''}logpoint_id = ? and ${column} in (${values.map(() => '?').join(', ')})`,
      [logpointId, ...values],
    );
    for (const row of rows) byName.set(column === 'id' ? row.id : numberText(row), row);
  }
  const found = new Map<string, IncidentRecord>();
  const missing: string[] = [];
  for (const name of names) {
    const record = byName.get(numberOf(name) === null ? name : name.toUpperCase());
    if (record === undefined) missing.push(name);
    else found.set(record.id, record);
  }
  const records = [...found.values()];
  const sources = await loadPlainSources(tx, records, known);
  const incidents = records.map((record) =>
    incidentOf(record, present(sources.get(record.source_id), 'incident source')),
  );
  return { incidents, missing };
}

/** What undoing needs of one incident. */
type Before = {
  readonly status: number;
  readonly assigned_to: ObjectId;
  readonly disposition: number | null;
  readonly reason: string | null;
  readonly sla: SlaState;
};

/** An incident that a bulk change changed: the number of that change, and what it was before. */
type KeptItem = { readonly id: ObjectId; readonly changeNo: number; readonly before: Before };

async function savePart(
  tx: Tx,
  bulkId: ObjectId,
  part: number,
  items: readonly ChangeItem[],
  changed: readonly Changed[],
): Promise<void> {
  if (items.length === 0) return;
  const kept = items.map(({ incident }, place): KeptItem => {
    const changeNo = changed[place]?.incident.changeNo ?? incident.changeNo + 1;
    return { id: incident.id, changeNo, before: beforeOf(incident) };
  });
  await tx.run('insert into incident_bulk_parts (bulk_id, part, items_json) values (?, ?, ?)', [
    bulkId,
    part,
    JSON.stringify(kept),
  ]);
}

const beforeOf = (incident: Incident): Before => ({
  status: INCIDENT_STATUSES.indexOf(incident.status),
  assigned_to: incident.assignedTo,
  disposition: incident.disposition === null ? null : DISPOSITIONS.indexOf(incident.disposition),
  reason: incident.dispositionReason,
  sla: incident.sla,
});

const CHANGED_SINCE = 'BULK_CHANGED_SINCE';

export type UndoRequest = Omit<VerbRequest, 'incidentId'> & { readonly bulkId: ObjectId };
export type UndoResult = { readonly done: number; readonly left: readonly Refused[]; readonly leftCount: number };

/**
 * Gives back what a bulk change changed, where nobody has changed the incident since; says which it left. Those that
 * were left for want of a right can still be given back by somebody who has it.
 *
 * @throws AppError `BULK_UNKNOWN`, `BULK_UNDONE`, `INCIDENT_USER_INVALID`
 */
export async function undoBulk(tx: Tx, request: UndoRequest, deps: IncidentDeps): Promise<UndoResult> {
  const bulk = await tx.get<{ action: BulkAction; undone_at: number | null }>(
    'select action, undone_at from incident_bulks where id = ? and logpoint_id = ?',
    [request.bulkId, request.logpointId],
  );
  if (bulk === undefined) throw refuse('BULK_UNKNOWN', 'Bulk change not found');
  if (bulk.undone_at !== null) throw refuse('BULK_UNDONE', 'Bulk change is already undone');
  const user = await findActingUser(tx, request.logpointId, request.userId);
  const standing = new Standing(tx, user);
  const parts = await tx.all<{ part: number; items_json: string }>(
    'select part, items_json from incident_bulk_parts where bulk_id = ? order by part',
    [request.bulkId],
  );
  const right = bulk.action === 'resolve' || bulk.action === 'close' ? 'reopen' : RIGHTS[bulk.action];
  const tally = new BulkRefusals();
  const sources = new Map<string, IncidentSource>();
  let done = 0;
  for (const { part, items_json: text } of parts) {
    const byId = new Map((JSON.parse(text) as KeptItem[]).map((item) => [item.id, item]));
    const { incidents } = await loadIncidents(tx, request.logpointId, [...byId.keys()], sources);
    const withdrawn = bulk.action === 'comment' ? await newestChars(tx, incidents) : new Map<ObjectId, number>();
    const items: ChangeItem[] = [];
    for (const incident of incidents) {
      const item = present(byId.get(incident.id), 'item of a bulk change');
      try {
        if (incident.changeNo !== item.changeNo) throw refuse(CHANGED_SINCE, 'Incident was changed since');
        await requireRight(tx, incident, user, right, deps.resolvePolicy, standing);
        const change = undoChange(incident, item.before, request.bulkId);
        items.push({
          incident,
          user,
          request: { ...request, incidentId: incident.id },
          change: { ...change, withdrawnChars: withdrawn.get(incident.id) },
        });
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        tally.add(incident.id, numberText(incident), error);
      }
    }
    await changeIncidents(tx, items, deps.listeners);
    for (const { incident } of items) byId.delete(incident.id);
    if (items.length > 0) await keepItems(tx, request.bulkId, part, [...byId.values()]);
    done += items.length;
  }
  if (tally.count === tally.countOf(CHANGED_SINCE)) {
    await tx.run('update incident_bulks set undone_at = ? where id = ?', [tx.nowMs, request.bulkId]);
  }
  await tally.audit(tx, request, '/Incidents/bulk/undo');
  return { done, left: tally.shown, leftCount: tally.count };
}

/** What was given back is not given back again. */
async function keepItems(tx: Tx, bulkId: ObjectId, part: number, left: readonly KeptItem[]): Promise<void> {
  await tx.run('update incident_bulk_parts set items_json = ? where bulk_id = ? and part = ?', [
    JSON.stringify(left),
    bulkId,
    part,
  ]);
}

/** UTF-16 units of the newest comment of each. */
async function newestChars(tx: Tx, incidents: readonly Incident[]): Promise<ReadonlyMap<ObjectId, number>> {
  const found = new Map<ObjectId, number>();
  for (const { id, commentsCount } of incidents) {
    const row = await tx.get<{ comment: string }>(
      'select comment from incident_comments where incident_id = ? and seq = ?',
      [id, commentsCount],
    );
    if (row !== undefined) found.set(id, row.comment.length);
  }
  return found;
}

function undoChange(incident: Incident, before: Before, bulkId: ObjectId): Change {
  const status = present(INCIDENT_STATUSES[before.status], 'incident status');
  const value = before.disposition === null ? null : present(DISPOSITIONS[before.disposition], 'disposition');
  const now = stateOf(incident);
  return {
    kind: 'undone',
    done: 'change undone',
    lastAction: 'Undone',
    status,
    assignedTo: before.assigned_to,
    disposition: { value, reason: before.reason },
    sla: before.sla,
    comment: 'Undone',
    before: now,
    after: { status, assigned_to: before.assigned_to, disposition: value, bulk_id: bulkId },
  };
}

const stateOf = ({ status, assignedTo, disposition }: Incident): JsonObject => ({
  status,
  assigned_to: assignedTo,
  disposition,
});
