import { appendAudit } from '../audit/audit-chain.ts';
import type { Tx } from '../control/control-store.ts';
import { refuse } from '../shared/errors.ts';
import { digestHex, type LogpointId, newObjectId, type ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Author } from '../tenancy/author.ts';
import { namesUsedIn } from './label-packages.ts';
import { readLabels } from './label-store.ts';
import { AGE_LIMIT_SECONDS_MAX, ITEM_CHARS_MAX, LIST_ITEMS_MAX, LISTS_CHANGED, LISTS_MAX, type List } from './list.ts';
import { addValues, deleteList, findList, getList, listNames, removeValues, writeList } from './list-store.ts';

export type NewList = {
  readonly name: string;
  readonly kind: 'static' | 'dynamic';
  readonly description: string;
  readonly ageLimitSeconds: number | null;
  readonly items: readonly string[];
};

/** What an edit changes; undefined keeps. `items` replaces all, `add` and `remove` change single ones after that. */
export type ListEdit = {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly ageLimitSeconds?: number | undefined;
  readonly items?: readonly string[] | undefined;
  readonly add?: readonly string[] | undefined;
  readonly remove?: readonly string[] | undefined;
};

const LIST_NAME = /^[\p{L}_][\p{L}\p{N}_]{0,99}$/u;

/** @throws AppError kind `refused`: `LIST_INVALID` with a message per field, `LISTS_FULL` */
export async function createList(tx: Tx, logpointId: LogpointId, input: NewList, by: Author): Promise<List> {
  if ((await listNames(tx, logpointId)).length >= LISTS_MAX) {
    throw refuse('LISTS_FULL', `the logpoint already has ${LISTS_MAX} lists`);
  }
  const list: List = {
    id: newObjectId(tx.nowMs),
    logpointId,
    name: input.name,
    kind: input.kind,
    description: input.description,
    ageLimitMs: input.ageLimitSeconds === null ? null : input.ageLimitSeconds * 1000,
    items: [...new Set(input.items)],
    version: 1,
    createdAtMs: tx.nowMs,
    updatedAtMs: tx.nowMs,
  };
  await checkList(tx, list);
  await writeList(tx, list);
  if (list.kind === 'dynamic') await addValues(tx, list, list.items);
  await record(tx, 'list created', null, list, by);
  return list;
}

/** @throws AppError kind `refused`: `LIST_NOT_FOUND`, `LIST_INVALID`, `LIST_IN_USE` for a new name */
export async function editList(
  tx: Tx,
  logpointId: LogpointId,
  id: ObjectId,
  edit: ListEdit,
  by: Author,
): Promise<List> {
  const before = await existingList(tx, logpointId, id);
  const removed = new Set(edit.remove ?? []);
  const kept = (edit.items ?? before.items).filter((item) => !removed.has(item));
  const added = (edit.add ?? []).filter((item) => !removed.has(item));
  const list: List = {
    ...before,
    name: edit.name ?? before.name,
    description: edit.description ?? before.description,
    ageLimitMs: edit.ageLimitSeconds === undefined ? before.ageLimitMs : edit.ageLimitSeconds * 1000,
    items: [...new Set([...kept, ...added])],
    version: before.version + 1,
    updatedAtMs: tx.nowMs,
  };
  await checkList(tx, list);
  if (list.name.toLowerCase() !== before.name.toLowerCase()) await refuseWhenLabelled(tx, before);
  await writeList(tx, list);
  if (list.kind === 'dynamic') {
    const left = new Set(list.items);
    await removeValues(
      tx,
      id,
      before.items.filter((item) => !left.has(item)),
    );
    await addValues(
      tx,
      list,
      [...(edit.items ?? []), ...added].filter((item) => left.has(item)),
    );
  }
  await record(tx, 'list edited', before, list, by);
  return list;
}

/** @throws AppError kind `refused`: `LIST_NOT_FOUND`, `LIST_IN_USE` when the search of a label names it */
export async function trashList(tx: Tx, logpointId: LogpointId, id: ObjectId, by: Author): Promise<List> {
  const before = await existingList(tx, logpointId, id);
  await refuseWhenLabelled(tx, before);
  await deleteList(tx, id);
  await record(tx, 'list trashed', before, null, by);
  return before;
}

/**
 * Puts what a rule found into a dynamic list; values that are there become young again. Null, or what was left out and
 * why: the list is then as full, or as absent, as it was. Only new values are a change that is written down.
 */
export async function collectValues(
  tx: Tx,
  logpointId: LogpointId,
  { name, values }: { readonly name: string; readonly values: readonly string[] },
  by: Author,
): Promise<string | null> {
  const before = await findList(tx, logpointId, name);
  if (before === null || before.kind !== 'dynamic') {
    return `toList names ${name.slice(0, 100)}, expected a dynamic list: nothing was kept`;
  }
  const known = new Set(before.items);
  const fitting = [...new Set(values)].filter((value) => value !== '' && value.length <= ITEM_CHARS_MAX);
  const fresh = fitting.filter((value) => !known.has(value));
  const kept = fresh.slice(0, Math.max(0, LIST_ITEMS_MAX - before.items.length));
  await addValues(tx, before, [...fitting.filter((value) => known.has(value)), ...kept]);
  if (kept.length > 0) {
    const list = { ...before, items: [...before.items, ...kept], version: before.version + 1, updatedAtMs: tx.nowMs };
    await writeList(tx, list);
    await record(tx, 'list collected', before, list, by);
  }
  return kept.length === fresh.length
    ? null
    : `the list ${before.name} has ${LIST_ITEMS_MAX} values, the most: ${fresh.length - kept.length} new ones were left out`;
}

export async function existingList(tx: Tx, logpointId: LogpointId, id: ObjectId): Promise<List> {
  const list = await getList(tx, logpointId, id);
  if (list === null) throw refuse('LIST_NOT_FOUND', 'List not found');
  return list;
}

async function refuseWhenLabelled(tx: Tx, list: List): Promise<void> {
  for (const { query, labels } of await readLabels(tx, list.logpointId)) {
    if (!namesUsedIn(query).has(list.name.toLowerCase())) continue;
    throw refuse('LIST_IN_USE', `the list ${list.name} is used by the definition of label ${labels.join(', ')}`);
  }
}

async function checkList(tx: Tx, list: List): Promise<void> {
  const fields: Record<string, string[]> = {};
  const clash = await findList(tx, list.logpointId, list.name);
  if (!LIST_NAME.test(list.name)) {
    fields['name'] = [
      `1 to 100 letters, digits or '_' that begin with no digit were expected, got ${JSON.stringify(list.name.slice(0, 60))}`,
    ];
  } else if (clash !== null && clash.id !== list.id) fields['name'] = [`List ${clash.name} already exists`];
  const age = list.ageLimitMs === null ? null : list.ageLimitMs / 1000;
  if (list.kind === 'static' && age !== null) fields['age_limit'] = ['a static list has no age limit'];
  if (list.kind === 'dynamic' && (age === null || age < 1 || age > AGE_LIMIT_SECONDS_MAX)) {
    fields['age_limit'] = [`1 to ${AGE_LIMIT_SECONDS_MAX} seconds were expected, got ${age}`];
  }
  const long = list.items.find((item) => item.length > ITEM_CHARS_MAX);
  if (list.items.length > LIST_ITEMS_MAX) {
    fields['items'] = [`at most ${LIST_ITEMS_MAX} items were expected, got ${list.items.length}`];
  } else if (long !== undefined) {
    fields['items'] = [`items of at most ${ITEM_CHARS_MAX} characters were expected, got one of ${long.length}`];
  }
  const [first] = Object.values(fields);
  if (first?.[0] !== undefined) throw refuse('LIST_INVALID', first[0], fields);
}

async function record(tx: Tx, action: string, before: List | null, after: List | null, by: Author): Promise<void> {
  const list = after ?? before;
  if (list === null) return;
  await appendAudit(tx, {
    ...by,
    logpointId: list.logpointId,
    action,
    objectType: 'list',
    objectId: list.id,
    before: before === null ? null : stateOf(before),
    after: after === null ? null : stateOf(after),
  });
  tx.signal(LISTS_CHANGED, { logpointId: list.logpointId });
}

/** Items as their number and digest: a list may be longer than an audit event should be. */
const stateOf = (list: List): JsonObject => ({
  name: list.name,
  type: list.kind,
  description: list.description,
  age_limit_ms: list.ageLimitMs,
  items_count: list.items.length,
  items_digest: digestHex([...list.items].sort(), 32),
  version: list.version,
});
