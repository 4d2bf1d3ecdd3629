import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { numberOf, objectOf, rowsOf, textOf, textOrNull, textsOf, timeOf } from '../api/read-json.ts';

export type Entity = { readonly kind: string; readonly value: string };
export type Sla = { readonly dueAtMs: number | null; readonly isBreached: boolean };

/** A row of the list, as `GET Incidents` gives it. */
export type IncidentRow = {
  readonly id: string;
  readonly number: string;
  readonly name: string;
  readonly status: string;
  readonly risk: string;
  readonly type: string;
  readonly detectedAtMs: number;
  readonly updatedAtMs: number;
  readonly assignedTo: string;
  readonly logSources: readonly string[];
  /** Id of the incident that this one was merged into. */
  readonly mergedInto: string | null;
  readonly attackIds: readonly string[];
  readonly hits: number;
  readonly comments: number;
  readonly disposition: string | null;
  readonly sla: Sla | null;
  readonly entities: readonly Entity[];
};

export function slaOf(value: Json | undefined): Sla | null {
  if (value === null || value === undefined) return null;
  const sla = objectOf(value);
  return { dueAtMs: timeOf(sla['due_at']), isBreached: sla['breached'] === true };
}

export const entitiesOf = (value: Json | undefined): Entity[] =>
  rowsOf(value).map((entity) => ({ kind: textOf(entity['kind']), value: textOf(entity['value']) }));

export function incidentRowOf(row: JsonObject): IncidentRow {
  return {
    id: textOf(row['id']),
    number: textOf(row['number']),
    name: textOf(row['name']),
    status: textOf(row['status']),
    risk: textOf(row['risk']),
    type: textOf(row['type']),
    detectedAtMs: timeOf(row['detection_timestamp']) ?? 0,
    updatedAtMs: timeOf(row['updated_at']) ?? 0,
    assignedTo: textOf(row['assigned_to']),
    logSources: textsOf(row['log_source']),
    mergedInto: textOrNull(row['merged_into']),
    attackIds: textsOf(row['attack_id']),
    hits: numberOf(row['hits']),
    comments: numberOf(row['commentscount']),
    disposition: textOrNull(row['disposition']),
    sla: slaOf(row['sla']),
    entities: entitiesOf(row['entities']),
  };
}
