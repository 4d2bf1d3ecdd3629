import type { ReadTx } from '../control/control-store.ts';
import { present } from '../shared/assert.ts';
import { AppError } from '../shared/errors.ts';
import { isObjectId, type LogpointId, type ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import type { IncidentSource } from './incident.ts';
import { type FetchIncidentsInput, filterOf } from './incident-filter.ts';
import type { KeyLimits, Position } from './incident-keys.ts';
import { INCIDENT_COLUMNS, type IncidentRecord, incidentOf } from './incident-record.ts';
import { type CommentRow, incidentRow, type RowContext, type SourceParts, sourceParts } from './incident-row.ts';
import { incidentKeys } from './walk-keys.ts';

/** UTF-16 units of one answer's rows, about; the page ends before the row that would exceed it. */
export const FETCH_CHARS_MAX = 32 * 1024 * 1024;
const IDS_PER_STATEMENT = 500;

export type FetchRequest = {
  readonly logpointId: LogpointId;
  readonly input: FetchIncidentsInput;
  /** Most rows of one answer, whatever `limit` says: the setting `fetch.rowsMax`. */
  readonly rowsMax: number;
  readonly context: RowContext;
  readonly limits?: KeyLimits | undefined;
};

export type FetchAnswer = {
  readonly rows: readonly JsonObject[];
  /** Opaque; null when nothing is behind the last row. */
  readonly nextCursor: string | null;
  /** What cut the answer: the asked limit, a limit of the server, or nothing. */
  readonly cut: 'limit' | 'rows' | 'bytes' | 'scan' | null;
};

export const cursorText = (position: Position): string =>
  Buffer.from(`${position.detectedAtMs}:${position.id}`, 'utf8').toString('base64url');

/** @throws AppError `INCIDENT_CURSOR` (kind `invalid`) */
export function parseCursor(text: string): Position {
  const [ms = '', id = ''] = Buffer.from(text, 'base64url').toString('utf8').split(':');
  if (!/^\d{1,15}$/.test(ms) || !isObjectId(id)) {
    throw new AppError('invalid', 'INCIDENT_CURSOR', 'cursor must be the next_cursor of an earlier answer');
  }
  return { detectedAtMs: Number(ms), id };
}

const marks = (values: readonly unknown[]): string => values.map(() => '?').join(', ');

/** In the order of the ids, which are of the same snapshot. */
export async function loadRecords(tx: ReadTx, ids: readonly ObjectId[]): Promise<IncidentRecord[]> {
  const byId = new Map<string, IncidentRecord>();
  for (let start = 0; start < ids.length; start += IDS_PER_STATEMENT) {
    const part = ids.slice(start, start + IDS_PER_STATEMENT);
    const rows = await tx.all<IncidentRecord>(
      `select ${INCIDENT_COLUMNS} from incidents where id in (${marks(part)})`,
      part,
    );
    for (const row of rows) byId.set(row.id, row);
  }
  return ids.map((id) => present(byId.get(id), 'incident of the same snapshot'));
}

export type LoadedSource = { readonly source: IncidentSource; readonly parts: SourceParts; readonly chars: number };

export async function loadSources(
  tx: ReadTx,
  records: readonly IncidentRecord[],
  context: RowContext,
): Promise<ReadonlyMap<string, LoadedSource>> {
  const ids = [...new Set(records.map((record) => record.source_id))];
  const sources = new Map<string, LoadedSource>();
  for (let start = 0; start < ids.length; start += IDS_PER_STATEMENT) {
    const part = ids.slice(start, start + IDS_PER_STATEMENT);
    const rows = await tx.all<{ id: string; source_json: string }>(
      `select id, source_json from incident_sources where id in (${marks(part)})`,
      part,
    );
    for (const { id, source_json: text } of rows) {
      const source = JSON.parse(text) as IncidentSource;
      sources.set(id, { source, parts: sourceParts(source, context), chars: text.length });
    }
  }
  return sources;
}

export async function loadComments(
  tx: ReadTx,
  records: readonly IncidentRecord[],
): Promise<ReadonlyMap<string, readonly CommentRow[]>> {
  const ids = records.filter((record) => record.comments_count > 0).map((record) => record.id);
  const comments = new Map<string, CommentRow[]>(ids.map((id) => [id, []]));
  for (let start = 0; start < ids.length; start += IDS_PER_STATEMENT) {
    const part = ids.slice(start, start + IDS_PER_STATEMENT);
    const rows = await tx.all<{ incident_id: string; title: string; comment: string; at_ms: number }>(
      `select incident_id, title, comment, at_ms from incident_comments
       where incident_id in (${marks(part)}) order by incident_id, seq`,
      part,
    );
    for (const { incident_id: id, title, comment, at_ms: atMs } of rows) {
      comments.get(id)?.push({ title, comment, atMs });
    }
  }
  return comments;
}

/** Fixed keys, ids and times of a row, and the link that repeats query and repos: for the size of the answer. */
const ROW_CHARS = 1_200;

/** The records whose rows fit into one answer, at least one. */
export function fitting(
  records: readonly IncidentRecord[],
  sources: ReadonlyMap<string, LoadedSource>,
): readonly IncidentRecord[] {
  let chars = 0;
  for (const [place, record] of records.entries()) {
    const source = present(sources.get(record.source_id), 'incident source');
    chars += ROW_CHARS + 2 * source.chars + record.comments_chars + 60 * record.comments_count;
    if (chars > FETCH_CHARS_MAX && place > 0) return records.slice(0, place);
  }
  return records;
}

/**
 * Rows of FetchIncidents, newest first.
 *
 * @throws AppError `INCIDENT_FILTER`, `INCIDENT_CURSOR`, `NAME_PATTERN_SLOW`
 */
export async function fetchIncidents(tx: ReadTx, request: FetchRequest): Promise<FetchAnswer> {
  const { input, context, rowsMax } = request;
  const asked = input.limit;
  const keys = await incidentKeys(tx, {
    logpointId: request.logpointId,
    filter: filterOf(input),
    after: input.cursor === undefined ? null : parseCursor(input.cursor),
    limit: Math.max(1, Math.min(asked ?? rowsMax, rowsMax)),
    limits: request.limits,
  });
  const found = await loadRecords(tx, keys.ids);
  const sources = await loadSources(tx, found, context);
  const records = fitting(found, sources);
  const comments = await loadComments(tx, records);
  const rows = records.map((record) => {
    const { source, parts } = present(sources.get(record.source_id), 'incident source');
    return incidentRow(incidentOf(record, source), comments.get(record.id) ?? [], context, parts);
  });
  const last = records.at(-1);
  if (last !== undefined && records.length < found.length) {
    return { rows, nextCursor: cursorText({ detectedAtMs: last.detected_at, id: last.id }), cut: 'bytes' };
  }
  if (keys.next === null) return { rows, nextCursor: null, cut: null };
  const cut = keys.isScanCut ? 'scan' : asked !== undefined && asked <= rowsMax ? 'limit' : 'rows';
  return { rows, nextCursor: cursorText(keys.next), cut };
}

/** One incident as a row, or null when the logpoint has none of that id. */
export async function incidentRowById(
  tx: ReadTx,
  logpointId: LogpointId,
  id: ObjectId,
  context: RowContext,
): Promise<JsonObject | null> {
  const record = await tx.get<IncidentRecord>(
    `select ${INCIDENT_COLUMNS} from incidents where id = ? and logpoint_id = ?`,
    [id, logpointId],
  );
  if (record === undefined) return null;
  const sources = await loadSources(tx, [record], context);
  const comments = await loadComments(tx, [record]);
  const { source, parts } = present(sources.get(record.source_id), 'incident source');
  return incidentRow(incidentOf(record, source), comments.get(id) ?? [], context, parts);
}
