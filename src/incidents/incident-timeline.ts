import { type AuditFilter, listAudit } from '../audit/list-audit.ts';
import type { ReadTx } from '../control/control-store.ts';
import type { Page } from '../control/list-page.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Incident } from './incident.ts';
import { getIncident } from './incident-record.ts';

/** Entries of each kind that one timeline holds, newest of them. */
export const TIMELINE_ENTRIES_MAX = 500;

type AuditLine = {
  readonly seq: number;
  readonly at_ms: number;
  readonly actor: string;
  /** The name of the user, as comments have it; the id of one who is gone. */
  readonly on_behalf_of: string | null;
  readonly action: string;
  readonly after_json: string | null;
};

/**
 * What happened to an incident, oldest first: its events in short, comments, changes. Times are epoch seconds. Null for an
 * unknown incident. Deliveries belong to the notifications and are joined by who may see them.
 */
export async function incidentTimeline(
  tx: ReadTx,
  logpointId: LogpointId,
  id: ObjectId,
): Promise<{ readonly incidentId: ObjectId; readonly entries: readonly JsonObject[] } | null> {
  const incident = await getIncident(tx, logpointId, id);
  if (incident === null) return null;
  const comments = await tx.all<{ seq: number; title: string; comment: string; at_ms: number }>(
    'select seq, title, comment, at_ms from incident_comments where incident_id = ? order by seq desc limit ?',
    [incident.id, TIMELINE_ENTRIES_MAX],
  );
  const changes = await changesOf(tx, incident);
  const entries = [
    ...eventsOf(incident),
    ...comments.map(({ seq, title, comment, at_ms: atMs }) => entry(atMs, 'comment', title, comment, String(seq))),
    ...changes.map((line) =>
      entry(line.at_ms, 'change', line.on_behalf_of ?? line.actor, textOf(line), String(line.seq)),
    ),
  ];
  return { incidentId: incident.id, entries: inOrder(entries) };
}

export const entry = (atMs: number, kind: string, who: string, text: string, ref: string): JsonObject => ({
  at: atMs / 1000,
  kind,
  who,
  text,
  ref,
});

export const inOrder = (entries: readonly JsonObject[]): readonly JsonObject[] =>
  entries.toSorted((a, b) => Number(a['at']) - Number(b['at']));

function eventsOf(incident: Incident): JsonObject[] {
  const { hits, eventsFromMs, eventsToMs, lastHitAtMs, detectedAtMs } = incident;
  const first = entry(eventsFromMs, 'events', '', 'first event of the range', incident.id);
  if (lastHitAtMs === detectedAtMs) return [first];
  return [first, entry(eventsToMs, 'events', '', `${hits} hits so far`, incident.id)];
}

function changesOf(tx: ReadTx, { logpointId, id }: Incident): Promise<AuditLine[]> {
  return tx.all<AuditLine>(
    `select e.seq, e.at_ms, e.actor, e.action, e.after_json,
       coalesce((select u.username from users u where u.id = e.on_behalf_of), e.on_behalf_of) as on_behalf_of
      from audit_events e where e.logpoint_id = ? and e.object_type = 'incident' and e.object_id = ?
      order by e.seq desc limit ?`,
    [logpointId, id, TIMELINE_ENTRIES_MAX],
  );
}

const textOf = ({ action, after_json: after }: AuditLine): string =>
  after === null ? action : `${action} ${after.slice(0, 300)}`;

export type IncidentAuditAsked = Pick<AuditFilter, 'limit' | 'beforeSeq' | 'fromMs' | 'total'>;

/** The incident's own audit events, newest first, page by page; null for an unknown incident. */
export async function incidentAudit(
  tx: ReadTx,
  logpointId: LogpointId,
  id: ObjectId,
  asked: IncidentAuditAsked,
): Promise<Page<JsonObject> | null> {
  const incident = await getIncident(tx, logpointId, id);
  if (incident === null) return null;
  const page = await listAudit(tx, { logpointId, objectType: 'incident', objectId: incident.id, ...asked });
  const rows = page.events.map((row) => ({
    seq: row.seq,
    at: row.at_ms / 1000,
    actor: row.actor,
    on_behalf_of: row.on_behalf_of,
    action: row.action,
    before: row.before_json === null ? null : JSON.parse(row.before_json),
    after: row.after_json === null ? null : JSON.parse(row.after_json),
    request_id: row.request_id,
    order_id: row.order_id,
    hash: row.hash,
  }));
  return { rows, nextCursor: page.nextBefore === null ? null : String(page.nextBefore), total: page.total };
}
