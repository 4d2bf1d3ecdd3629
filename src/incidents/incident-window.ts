import type { User } from '../accounts/user.ts';
import type { ReadTx, SqlValue } from '../control/control-store.ts';
import { RISKS } from '../rules/alert-rule.ts';
import { present } from '../shared/assert.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import { fitting, loadComments, loadRecords, loadSources } from './fetch-incidents.ts';
import { INCIDENT_STATUSES, type Incident } from './incident.ts';
import type { IncidentFilter } from './incident-filter.ts';
import { incidentOf } from './incident-record.ts';
import type { CommentRow, RowContext, SourceParts } from './incident-row.ts';
import { type ViewRight, viewRightOf } from './incident-view-right.ts';
import { matchingSources, type SourceChoice, sourcesWithMetadata } from './matching-sources.ts';
import { nodeIncidentRow, nodeStateRow } from './node-rows.ts';

/** Keys that one statement looks at. */
const CHUNK_ROWS = 2_000;
/** Keys that one answer looks through for those that the filter and the user's right leave. */
export const WINDOW_SCAN_ROWS_MAX = 200_000;

/** What the node's own API asks: incidents of a window of time, oldest first. */
export type WindowRequest = {
  readonly logpointId: LogpointId;
  readonly user: User;
  /** `incidents`: by detection. `states`: by the last change that a person made, those without one left out. */
  readonly kind: 'incidents' | 'states';
  /** Unix ms, both inclusive. */
  readonly fromMs: number;
  /**
   * Milliseconds before `fromMs` that are given, too. Their rows do not count towards `rowsMax`: a caller that comes back
   * with its newest moment knows them, and would be led back before it when they alone filled the answer.
   */
  readonly slackMs: number;
  readonly toMs: number;
  /** Without its times. `name` and `metadata` are given beside it, because they may have several values. */
  readonly filter: IncidentFilter;
  /** Any of; empty = no filter. */
  readonly names: readonly string[];
  /** All fields; of each any of the values. */
  readonly metadata: readonly { readonly field: string; readonly values: readonly string[] }[];
  /** Rows of one answer, about: a moment is given whole or not at all. */
  readonly rowsMax: number;
  readonly context: RowContext;
};

export type WindowAnswer = {
  readonly rows: readonly JsonObject[];
  /** Unix ms from which to ask again for what the answer could not hold; null when it is whole. */
  readonly nextFromMs: number | null;
};

type Key = { readonly id: string; readonly at_ms: number; readonly source_id: string; readonly assigned_to: string };
type Position = { readonly atMs: number; readonly id: ObjectId };

/**
 * Rows of a window, oldest first. An answer that is cut ends between two moments, so that a caller that asks again from
 * its newest moment, as all known ones do, gets everything that follows.
 *
 * @throws AppError `INCIDENT_FILTER`, `NAME_PATTERN_SLOW`
 */
export async function readIncidentWindow(tx: ReadTx, request: WindowRequest): Promise<WindowAnswer> {
  const right = await viewRightOf(tx, request.user);
  const passes = await passOf(tx, request, right);
  const found: Key[] = [];
  let after: Position = { atMs: Math.max(0, request.fromMs - request.slackMs), id: '' };
  let early = 0;
  let scanned = 0;
  let isWhole = false;
  while (found.length - early <= request.rowsMax && scanned < WINDOW_SCAN_ROWS_MAX) {
    const keys = await nextKeys(tx, request, after);
    scanned += keys.length;
    for (const key of keys) {
      if (!passes(key)) continue;
      found.push(key);
      if (key.at_ms < request.fromMs) early += 1;
    }
    const last = keys.at(-1);
    isWhole = last === undefined || keys.length < CHUNK_ROWS;
    if (last === undefined || isWhole) break;
    after = { atMs: last.at_ms, id: last.id };
  }
  const nextFromMs =
    isWhole && found.length - early <= request.rowsMax ? null : cutMoment(found, early, after, request.rowsMax);
  const kept = nextFromMs === null ? found : found.filter((key) => key.at_ms < nextFromMs);
  return rowsOf(tx, request, kept, nextFromMs);
}

/**
 * The first moment that is not given: that of the row behind the last one that fits, but never the very first. The first
 * `early` rows do not count.
 */
function cutMoment(found: readonly Key[], early: number, scannedTo: Position, rowsMax: number): number {
  const beyond = found[early + rowsMax];
  if (beyond === undefined) return scannedTo.atMs;
  const first = found[early];
  if (first === undefined || beyond.at_ms > first.at_ms) return beyond.at_ms;
  // One moment alone is more than fits: it is given whole.
  return found.find((key) => key.at_ms > first.at_ms)?.at_ms ?? first.at_ms + 1;
}

async function rowsOf(
  tx: ReadTx,
  request: WindowRequest,
  keys: readonly Key[],
  cutAtMs: number | null,
): Promise<WindowAnswer> {
  const records = await loadRecords(
    tx,
    keys.map(({ id }) => id),
  );
  const sources = await loadSources(tx, records, request.context);
  const fit = fitting(records, sources);
  const { records: kept, nextFromMs } = wholeMoments(keys, records, fit.length, cutAtMs);
  const comments = await loadComments(tx, kept);
  const row = ROWS[request.kind];
  const rows = kept.map((record) => {
    const { source, parts } = present(sources.get(record.source_id), 'incident source');
    return row(incidentOf(record, source), comments.get(record.id) ?? [], request.context, parts);
  });
  return { rows, nextFromMs };
}

type RowOf = (
  incident: Incident,
  comments: readonly CommentRow[],
  context: RowContext,
  parts: SourceParts,
) => JsonObject;
const ROWS: Record<WindowRequest['kind'], RowOf> = { incidents: nodeIncidentRow, states: nodeStateRow };

/** The records of the moments that fit by size; one moment alone is given whole. */
function wholeMoments<R>(
  keys: readonly Key[],
  records: readonly R[],
  fitting: number,
  cutAtMs: number | null,
): { readonly records: readonly R[]; readonly nextFromMs: number | null } {
  const beyond = keys[fitting];
  if (beyond === undefined) return { records, nextFromMs: cutAtMs };
  const firstMs = keys[0]?.at_ms ?? beyond.at_ms;
  const cut = keys.findIndex((key) => (beyond.at_ms > firstMs ? key.at_ms >= beyond.at_ms : key.at_ms > firstMs));
  const next = keys[cut];
  if (next === undefined) return { records, nextFromMs: cutAtMs };
  return { records: records.slice(0, cut), nextFromMs: next.at_ms };
}

/** Whether a key belongs to the answer, as far as no index decides it. */
async function passOf(tx: ReadTx, request: WindowRequest, right: ViewRight): Promise<(key: Key) => boolean> {
  const { logpointId, filter, names } = request;
  const choices: SourceChoice[] = [];
  for (const name of names.length === 0 ? [undefined] : names) {
    choices.push(await matchingSources(tx, logpointId, { ...filter, name }));
  }
  const named = new Set(choices.flatMap((choice) => [...choice.named]));
  const matching = choices.every((choice) => choice.sources !== null)
    ? new Set(choices.flatMap((choice) => [...(choice.sources ?? [])]))
    : null;
  const tagged: ReadonlySet<string>[] = [];
  for (const { field, values } of request.metadata) {
    tagged.push(await sourcesWithMetadata(tx, logpointId, field, values));
  }
  return (key) =>
    (matching === null || matching.has(key.source_id) || named.has(key.id)) &&
    tagged.every((sources) => sources.has(key.source_id)) &&
    (right.sources === null || key.assigned_to === right.userId || right.sources.has(key.source_id));
}

const positions = <T extends string>(list: readonly T[], asked: readonly T[] | undefined): number[] =>
  [...new Set(asked ?? list)].map((word) => list.indexOf(word));

function nextKeys(tx: ReadTx, request: WindowRequest, after: Position): Promise<Key[]> {
  return request.kind === 'incidents' ? nextDetected(tx, request, after) : nextChanged(tx, request, after);
}

/** One stretch of the index `incidents_page` for each risk and status, merged. */
async function nextDetected(tx: ReadTx, request: WindowRequest, after: Position): Promise<Key[]> {
  const order = 'order by at_ms, id limit ?';
  const params: SqlValue[] = [];
  const selects: string[] = [];
  for (const risk of positions(RISKS, request.filter.risk)) {
    for (const status of positions(INCIDENT_STATUSES, request.filter.status)) {
      selects.push(
        `select * from (select id, detected_at as at_ms, source_id, assigned_to from incidents
           where logpoint_id = ? and risk = ? and status = ? and detected_at <= ? and (detected_at, id) > (?, ?)
           order by detected_at, id limit ?) as branch`,
      );
      params.push(request.logpointId, risk, status, request.toMs, after.atMs, after.id, CHUNK_ROWS);
    }
  }
  return tx.all<Key>(`${selects.join(' union all ')} ${order}`, [...params, CHUNK_ROWS]);
}

/** Changes of people, which also are changes of the incident: `updated_at`, which is indexed, is never before them. */
async function nextChanged(tx: ReadTx, request: WindowRequest, after: Position): Promise<Key[]> {
  const marks = (values: readonly number[]): string => values.map(() => '?').join(', ');
  const statuses = positions(INCIDENT_STATUSES, request.filter.status);
  const risks = positions(RISKS, request.filter.risk);
  return tx.all<Key>(
    `select id, last_action_at as at_ms, source_id, assigned_to from incidents
      where logpoint_id = ? and updated_at >= ? and last_action is not null and last_action_at <= ?
        and (last_action_at, id) > (?, ?) and status in (${marks(statuses)}) and risk in (${marks(risks)})
      order by last_action_at, id limit ?`,
    [request.logpointId, after.atMs, request.toMs, after.atMs, after.id, ...statuses, ...risks, CHUNK_ROWS],
  );
}
