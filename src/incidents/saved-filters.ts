import { appendAudit } from '../audit/audit-chain.ts';
import type { Tx } from '../control/control-store.ts';
import { countRows, type ListShape, type StoredList, selectSlice } from '../control/list-page.ts';
import { canonicalJson } from '../shared/canonical-json.ts';
import { refuse } from '../shared/errors.ts';
import { type LogpointId, newObjectId, type ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Author } from '../tenancy/author.ts';
import { type FetchIncidentsInput, filterOf } from './incident-filter.ts';

export const SAVED_FILTERS_MAX = 500;
const NAME_CHARS_MAX = 100;
const FILTER_CHARS_MAX = 16_384;

export type SavedFilter = {
  readonly id: ObjectId;
  /** Name of the account or token that keeps it. */
  readonly owner: string;
  readonly name: string;
  readonly filter: JsonObject;
  /** Seen by everyone who may read the logpoint; changed by its owner alone. */
  readonly isShared: boolean;
  readonly updatedAtMs: number;
};

export type SavedFilterInput = {
  readonly name: string;
  /** As FetchIncidents takes it. */
  readonly filter: JsonObject;
  readonly isShared: boolean;
};

type Row = { id: string; owner: string; name: string; filter_json: string; shared: number; updated_at: number };

const savedOf = (row: Row): SavedFilter => ({
  id: row.id,
  owner: row.owner,
  name: row.name,
  filter: JSON.parse(row.filter_json),
  isShared: row.shared === 1,
  updatedAtMs: row.updated_at,
});

export const savedFilterRow = ({ id, owner, name, filter, isShared, updatedAtMs }: SavedFilter): JsonObject => ({
  id,
  owner,
  name,
  filter,
  shared: isShared,
  updated_at: updatedAtMs / 1000,
});

const LIST: ListShape = {
  columns: 'id, owner, name, filter_json, shared, updated_at',
  from: 'saved_filters',
  scope: 'logpoint_id = ? and (owner = ? or shared = 1)',
  id: 'id',
  order: 'name, id',
  changed: ['updated_at'],
};

type Reader = { readonly logpointId: LogpointId; readonly owner: string };

/** Those of the caller and the shared ones, by name. */
export const storedFilters: StoredList<Reader, SavedFilter> = {
  rows: async (tx, { logpointId, owner }, slice) =>
    (await selectSlice<Row>(tx, LIST, [logpointId, owner], slice)).map(savedOf),
  count: (tx, { logpointId, owner }, changedFromMs) => countRows(tx, LIST, [logpointId, owner], changedFromMs),
};

/** @throws AppError `SAVED_FILTER_INVALID`, `SAVED_FILTER_UNKNOWN`, `INCIDENT_FILTER` */
export async function saveFilter(
  tx: Tx,
  logpointId: LogpointId,
  id: ObjectId | null,
  input: SavedFilterInput,
  by: Author,
): Promise<SavedFilter> {
  const name = input.name.trim();
  if (name === '' || name.length > NAME_CHARS_MAX) throw invalid(`name must have 1 to ${NAME_CHARS_MAX} characters`);
  const text = canonicalJson(input.filter);
  if (text.length > FILTER_CHARS_MAX) throw invalid(`filter is longer than ${FILTER_CHARS_MAX} characters`);
  filterOf(input.filter as FetchIncidentsInput);
  const taken = await tx.get<{ id: string }>(
    'select id from saved_filters where logpoint_id = ? and owner = ? and name = ?',
    [logpointId, by.actor, name],
  );
  if (taken !== undefined && taken.id !== id) throw invalid(`name ${JSON.stringify(name)} is taken`);
  if (id === null) await refuseMore(tx, logpointId);
  else await existing(tx, logpointId, id, by.actor);
  const filterId = id ?? newObjectId(tx.nowMs);
  await tx.run(
    `insert into saved_filters (id, logpoint_id, owner, name, filter_json, shared, updated_at) values (?, ?, ?, ?, ?, ?, ?)
     on conflict (id) do update set name = excluded.name, filter_json = excluded.filter_json, shared = excluded.shared,
       updated_at = excluded.updated_at`,
    [filterId, logpointId, by.actor, name, text, input.isShared ? 1 : 0, tx.nowMs],
  );
  await audit(tx, logpointId, filterId, 'saved', { name, shared: input.isShared }, by);
  return savedOf({
    id: filterId,
    owner: by.actor,
    name,
    filter_json: text,
    shared: input.isShared ? 1 : 0,
    updated_at: tx.nowMs,
  });
}

/** @throws AppError `SAVED_FILTER_UNKNOWN` */
export async function trashFilter(tx: Tx, logpointId: LogpointId, id: ObjectId, by: Author): Promise<void> {
  await existing(tx, logpointId, id, by.actor);
  await tx.run('delete from saved_filters where id = ? and logpoint_id = ?', [id, logpointId]);
  await audit(tx, logpointId, id, 'trashed', null, by);
}

async function existing(tx: Tx, logpointId: LogpointId, id: ObjectId, owner: string): Promise<void> {
  const row = await tx.get('select id from saved_filters where id = ? and logpoint_id = ? and owner = ?', [
    id,
    logpointId,
    owner,
  ]);
  if (row === undefined) throw refuse('SAVED_FILTER_UNKNOWN', 'Saved filter not found among those of the caller');
}

async function refuseMore(tx: Tx, logpointId: LogpointId): Promise<void> {
  const row = await tx.get<{ n: number }>('select count(*) as n from saved_filters where logpoint_id = ?', [
    logpointId,
  ]);
  if ((row?.n ?? 0) >= SAVED_FILTERS_MAX) throw invalid(`a logpoint has at most ${SAVED_FILTERS_MAX} saved filters`);
}

const invalid = (message: string) => refuse('SAVED_FILTER_INVALID', message);

const audit = (
  tx: Tx,
  logpointId: LogpointId,
  objectId: ObjectId,
  done: string,
  after: JsonObject | null,
  by: Author,
) =>
  appendAudit(tx, { ...by, logpointId, action: `saved filter ${done}`, objectType: 'saved filter', objectId, after });
