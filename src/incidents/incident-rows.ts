import type { ReadTx, Tx } from '../control/control-store.ts';
import { fieldAliases } from '../events/taxonomy.ts';
import { fold } from '../query/fold.ts';
import { anyOf } from '../query/join-conditions.ts';
import type { Condition, FieldRef, Plan } from '../query/plan.ts';
import { joinOwnRows, type OwnRows } from '../rules/own-rows.ts';
import type { ObjectId } from '../shared/ids.ts';

/** Which rows of its windows the incident is about; null when it is about all. */
export async function ownRowsOfIncident(tx: ReadTx, incidentId: ObjectId): Promise<OwnRows | null> {
  const row = await tx.get<{ rows_json: string }>('select rows_json from incident_rows where incident_id = ?', [
    incidentId,
  ]);
  return row === undefined ? null : JSON.parse(row.rows_json);
}

export async function saveOwnRows(tx: Tx, incidentId: ObjectId, own: OwnRows): Promise<void> {
  await tx.run(
    `insert into incident_rows (incident_id, rows_json) values (?, ?)
     on conflict (incident_id) do update set rows_json = excluded.rows_json`,
    [incidentId, JSON.stringify(own)],
  );
}

/** An incident that is about all rows stays so. */
export async function addOwnRows(tx: Tx, incidentId: ObjectId, own: OwnRows): Promise<void> {
  const known = await ownRowsOfIncident(tx, incidentId);
  if (known !== null) await saveOwnRows(tx, incidentId, joinOwnRows(known, own));
}

/** Digests stand for values that are long or not plain: those are told apart when the rows are there. */
const isDigest = (text: string): boolean => text.startsWith('sha256:');

/**
 * The plan, narrowed to events with the throttling values of the incident, so that its `limit` is not used up by others. It
 * may still give rows of others that differ in case only. A chart is left as it is: its rows stand for themselves.
 */
export function narrowToOwn(plan: Plan, { field, values, keys }: OwnRows): Plan {
  if (plan.type === 'chart' || field === null || values.some(isDigest)) return plan;
  const ref: FieldRef = { kind: 'field', names: [field, ...fieldAliases(field)], isSet: false };
  const conditions: Condition[] = [];
  const anyOfThese = (exact: readonly string[]): Condition => ({
    kind: 'matches',
    ref,
    values: { exact, numbers: [], patterns: [] },
  });
  if (values.length > 0) conditions.push(anyOfThese([...new Set(values.map(fold))]));
  if (keys.length > 0) conditions.push(anyOfThese(['']), { kind: 'not', operand: { kind: 'exists', ref } });
  return { ...plan, steps: [...plan.steps, { kind: 'where', condition: anyOf(conditions) }] };
}
