import type { ReadTx, Tx } from '../control/control-store.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';

/** Keeps the copy that GetIncidentData answers, instead of the one before. `rowsJson` is a JSON array. */
export async function saveIncidentData(tx: Tx, incidentId: ObjectId, rowsJson: string): Promise<void> {
  await tx.run(
    `insert into incident_data (incident_id, fetched_at, rows_json) values (?, ?, ?)
     on conflict (incident_id) do update set fetched_at = excluded.fetched_at, rows_json = excluded.rows_json`,
    [incidentId, tx.nowMs, rowsJson],
  );
}

/** The copy that the last FetchIncidentData left as JSON text, `[]` before one; null for an unknown incident. */
export async function incidentDataText(
  tx: ReadTx,
  logpointId: LogpointId,
  incidentId: ObjectId,
): Promise<string | null> {
  const row = await tx.get<{ rows_json: string | null }>(
    `select d.rows_json from incidents i left join incident_data d on d.incident_id = i.id
     where i.id = ? and i.logpoint_id = ?`,
    [incidentId, logpointId],
  );
  return row === undefined ? null : (row.rows_json ?? '[]');
}
