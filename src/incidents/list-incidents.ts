import type { ReadTx } from '../control/control-store.ts';
import { present } from '../shared/assert.ts';
import type { LogpointId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import { countIncidents } from './count-incidents.ts';
import { cursorText, loadRecords, parseCursor } from './fetch-incidents.ts';
import type { IncidentSource } from './incident.ts';
import { type FetchIncidentsInput, filterOf } from './incident-filter.ts';
import type { KeyLimits } from './incident-keys.ts';
import { type IncidentRecord, incidentOf } from './incident-record.ts';
import { lightRow, loadEntities } from './light-row.ts';
import { incidentKeys } from './walk-keys.ts';

/** Most rows of one page, and rows of a page that does not say. */
export const LIST_ROWS_MAX = 1_000;
const LIST_ROWS_DEFAULT = 50;

export type ListRequest = {
  readonly logpointId: LogpointId;
  readonly input: FetchIncidentsInput;
  readonly limits?: KeyLimits | undefined;
};

export type IncidentList = {
  readonly rows: readonly JsonObject[];
  readonly nextCursor: string | null;
  /** True when the search stopped at its limit of rows looked at: the next page goes on. */
  readonly isScanCut: boolean;
  /** Of all pages, when it was asked for. */
  readonly total: number | null;
};

/**
 * Light rows, newest first.
 *
 * @throws AppError `INCIDENT_FILTER`, `INCIDENT_CURSOR`, `NAME_PATTERN_SLOW`
 */
export async function listIncidents(tx: ReadTx, { logpointId, input, limits }: ListRequest): Promise<IncidentList> {
  const filter = filterOf(input);
  const keys = await incidentKeys(tx, {
    logpointId,
    filter,
    after: input.cursor === undefined ? null : parseCursor(input.cursor),
    limit: Math.max(1, Math.min(input.limit ?? LIST_ROWS_DEFAULT, LIST_ROWS_MAX)),
    limits,
  });
  const records = await loadRecords(tx, keys.ids);
  const sources = await loadPlainSources(tx, records);
  const entities = await loadEntities(tx, keys.ids);
  const rows = records.map((record) => {
    const source = present(sources.get(record.source_id), 'incident source');
    return lightRow(incidentOf(record, source), entities.get(record.id) ?? []);
  });
  return {
    rows,
    nextCursor: keys.next === null ? null : cursorText(keys.next),
    isScanCut: keys.isScanCut,
    total: input.total === true ? await countIncidents(tx, logpointId, filter) : null,
  };
}

const IDS_PER_STATEMENT = 500;

/** The sources of records, by id; added to `sources`, of which none is read again. */
export async function loadPlainSources(
  tx: ReadTx,
  records: readonly Pick<IncidentRecord, 'source_id'>[],
  sources = new Map<string, IncidentSource>(),
): Promise<ReadonlyMap<string, IncidentSource>> {
  const ids = [...new Set(records.map((record) => record.source_id))].filter((id) => !sources.has(id));
  for (let start = 0; start < ids.length; start += IDS_PER_STATEMENT) {
    const part = ids.slice(start, start + IDS_PER_STATEMENT);
    const rows = await tx.all<{ id: string; source_json: string }>(
      `select id, source_json from incident_sources where id in (${part.map(() => '?').join(', ')})`,
      part,
    );
    for (const { id, source_json: text } of rows) sources.set(id, JSON.parse(text) as IncidentSource);
  }
  return sources;
}
