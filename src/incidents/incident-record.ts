import type { ReadTx } from '../control/control-store.ts';
import { present } from '../shared/assert.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import {
  DISPOSITIONS,
  INCIDENT_STATUSES,
  type Incident,
  type IncidentSource,
  LAST_ACTIONS,
  numberOf,
} from './incident.ts';

/** A row of `incidents` beside its source, column by column. */
export type IncidentRecord = {
  readonly id: string;
  readonly logpoint_id: string;
  readonly number: number;
  readonly source_id: string;
  readonly status: number;
  readonly assigned_to: string;
  readonly detected_at: number;
  readonly window_from: number;
  readonly window_to: number;
  readonly events_from: number;
  readonly events_to: number;
  readonly group_key: string;
  readonly rows_count: number;
  readonly hits: number;
  readonly last_hit_at: number;
  readonly updated_at: number;
  readonly comments_count: number;
  readonly comments_chars: number;
  readonly last_action: number | null;
  readonly last_action_at: number | null;
  readonly last_action_by: string | null;
  readonly change_no: number;
  readonly disposition: number | null;
  readonly disposition_reason: string | null;
  readonly merged_into: string | null;
  readonly acknowledged_at: number | null;
  readonly resolved_at: number | null;
  readonly acknowledge_due: number | null;
  readonly resolve_due: number | null;
  readonly breaches: number;
};

export const INCIDENT_COLUMNS =
  'id, logpoint_id, number, source_id, status, assigned_to, detected_at, window_from, window_to, events_from, events_to, group_key, rows_count, hits, last_hit_at, updated_at, comments_count, comments_chars, last_action, last_action_at, last_action_by, change_no, disposition, disposition_reason, merged_into, acknowledged_at, resolved_at, acknowledge_due, resolve_due, breaches';

export function incidentOf(record: IncidentRecord, source: IncidentSource): Incident {
  const { last_action: action, last_action_at: atMs, last_action_by: title } = record;
  return {
    id: record.id,
    logpointId: record.logpoint_id,
    number: record.number,
    source,
    status: present(INCIDENT_STATUSES[record.status], 'incident status'),
    assignedTo: record.assigned_to,
    detectedAtMs: record.detected_at,
    windowFromMs: record.window_from,
    windowToMs: record.window_to,
    eventsFromMs: record.events_from,
    eventsToMs: record.events_to,
    groupKey: record.group_key,
    rowsCount: record.rows_count,
    hits: record.hits,
    lastHitAtMs: record.last_hit_at,
    updatedAtMs: record.updated_at,
    commentsCount: record.comments_count,
    lastAction:
      action === null || atMs === null || title === null
        ? null
        : { action: present(LAST_ACTIONS[action], 'last action'), atMs, title },
    changeNo: record.change_no,
    disposition: record.disposition === null ? null : present(DISPOSITIONS[record.disposition], 'disposition'),
    dispositionReason: record.disposition_reason,
    mergedInto: record.merged_into,
    sla: {
      acknowledgeDueMs: record.acknowledge_due,
      resolveDueMs: record.resolve_due,
      acknowledgedAtMs: record.acknowledged_at,
      resolvedAtMs: record.resolved_at,
      breaches: record.breaches,
    },
  };
}

export async function loadSource(tx: ReadTx, sourceId: string): Promise<IncidentSource> {
  const row = await tx.get<{ source_json: string }>('select source_json from incident_sources where id = ?', [
    sourceId,
  ]);
  return JSON.parse(present(row, 'incident source').source_json) as IncidentSource;
}

/** The incident that an id or a number (`INC-7`) names, or null: one of another logpoint is unknown, never forbidden. */
export async function getIncident(tx: ReadTx, logpointId: LogpointId, id: ObjectId): Promise<Incident | null> {
  const number = numberOf(id);
  const record = await tx.get<IncidentRecord>(
    `select ${INCIDENT_COLUMNS} from incidents where ${number === null ? 'id' : 'number'} = ? and logpoint_id = ?`,
    [number ?? id, logpointId],
  );
  return record === undefined ? null : incidentOf(record, await loadSource(tx, record.source_id));
}
