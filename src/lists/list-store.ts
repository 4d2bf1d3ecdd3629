import type { ReadTx, SqlValue, Tx } from '../control/control-store.ts';
import { countRows, type ListShape, type Slice, type StoredList, selectSlice } from '../control/list-page.ts';
import { listKey } from '../query/definitions.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { List } from './list.ts';

type ListRecord = {
  id: string;
  logpoint_id: string;
  name: string;
  kind: string;
  description: string;
  age_limit_ms: number | null;
  items: string | null;
  version: number;
  created_at_ms: number;
  updated_at_ms: number;
};

const COLUMNS = 'id, logpoint_id, name, kind, description, age_limit_ms, items, version, created_at_ms, updated_at_ms';

const SHAPE: ListShape = {
  columns: COLUMNS,
  from: 'lists',
  scope: 'logpoint_id = ?',
  id: 'id',
  order: 'name_key',
  changed: ['updated_at_ms'],
};

/** The list; null for one that is unknown, trashed, or another logpoint's. */
export async function getList(tx: ReadTx, logpointId: LogpointId, id: ObjectId): Promise<List | null> {
  const [list] = await select(tx, 'logpoint_id = ? and id = ?', [logpointId, id]);
  return list ?? null;
}

/** The list of that name, in any case. */
export async function findList(tx: ReadTx, logpointId: LogpointId, name: string): Promise<List | null> {
  const [list] = await select(tx, 'logpoint_id = ? and name_key = ?', [logpointId, listKey(name)]);
  return list ?? null;
}

export const listLists = (tx: ReadTx, logpointId: LogpointId, slice: Slice = {}): Promise<List[]> =>
  select(tx, SHAPE.scope, [logpointId], slice);

export const storedLists: StoredList<LogpointId, List> = {
  rows: listLists,
  count: (tx, logpointId, changedFromMs) => countRows(tx, SHAPE, [logpointId], changedFromMs),
};

export async function listNames(tx: ReadTx, logpointId: LogpointId): Promise<string[]> {
  const rows = await tx.all<{ name: string }>('select name from lists where logpoint_id = ? order by name_key', [
    logpointId,
  ]);
  return rows.map(({ name }) => name);
}

async function select(tx: ReadTx, scope: string, params: readonly SqlValue[], slice: Slice = {}): Promise<List[]> {
  const records = await selectSlice<ListRecord>(tx, { ...SHAPE, scope }, params, slice);
  const lists: List[] = [];
  for (const record of records) lists.push(await toList(tx, record));
  return lists;
}

async function toList(tx: ReadTx, record: ListRecord): Promise<List> {
  return {
    id: record.id,
    logpointId: record.logpoint_id,
    name: record.name,
    kind: record.kind === 'dynamic' ? 'dynamic' : 'static',
    description: record.description,
    ageLimitMs: record.age_limit_ms,
    items: record.items === null ? await freshValues(tx, record) : JSON.parse(record.items),
    version: record.version,
    createdAtMs: record.created_at_ms,
    updatedAtMs: record.updated_at_ms,
  };
}

async function freshValues(tx: ReadTx, { id, age_limit_ms }: ListRecord): Promise<string[]> {
  const rows = await tx.all<{ value: string }>(
    'select value from list_values where list_id = ? and seen_at_ms > ? order by value',
    [id, tx.nowMs - (age_limit_ms ?? 0)],
  );
  return rows.map(({ value }) => value);
}

/** When the next value of any dynamic list becomes too old, Unix ms; null when none will. */
export async function nextExpiryMs(tx: ReadTx): Promise<number | null> {
  const row = await tx.get<{ at: number | null }>(
    `select min(v.seen_at_ms + l.age_limit_ms) as at from list_values v join lists l on l.id = v.list_id
     where v.seen_at_ms + l.age_limit_ms > ?`,
    [tx.nowMs],
  );
  return row?.at ?? null;
}

/** Writes a new list, or the new state of one; values of a dynamic list are written with `addValues`. */
export async function writeList(tx: Tx, list: List): Promise<void> {
  await tx.run(
    `insert into lists (${COLUMNS}, name_key) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (id) do update set name = excluded.name, name_key = excluded.name_key,
       description = excluded.description, age_limit_ms = excluded.age_limit_ms, items = excluded.items,
       version = excluded.version, updated_at_ms = excluded.updated_at_ms`,
    [
      list.id,
      list.logpointId,
      list.name,
      list.kind,
      list.description,
      list.ageLimitMs,
      list.kind === 'static' ? JSON.stringify(list.items) : null,
      list.version,
      list.createdAtMs,
      list.updatedAtMs,
      listKey(list.name),
    ],
  );
}

/** Adds values to a dynamic list, or makes those that are there young again; what is too old goes. */
export async function addValues(tx: Tx, list: List, values: readonly string[]): Promise<void> {
  await tx.run('delete from list_values where list_id = ? and seen_at_ms <= ?', [
    list.id,
    tx.nowMs - (list.ageLimitMs ?? 0),
  ]);
  for (const value of values) {
    await tx.run(
      `insert into list_values (list_id, value, seen_at_ms) values (?, ?, ?)
       on conflict (list_id, value) do update set seen_at_ms = excluded.seen_at_ms`,
      [list.id, value, tx.nowMs],
    );
  }
}

export async function removeValues(tx: Tx, id: ObjectId, values: readonly string[]): Promise<void> {
  for (const value of values) await tx.run('delete from list_values where list_id = ? and value = ?', [id, value]);
}

export async function deleteList(tx: Tx, id: ObjectId): Promise<void> {
  await tx.run('delete from list_values where list_id = ?', [id]);
  await tx.run('delete from lists where id = ?', [id]);
}
