import { AppError } from '../shared/errors.ts';
import { isObjectId, type LogpointId, type ObjectId } from '../shared/ids.ts';
import { type Query, query, type ReadTx, type SqlValue } from './control-store.ts';

/** Most rows of one page that was asked for with `limit`. */
export const PAGE_ROWS_MAX = 1_000;
/** Rows that a list without `limit` shows at once; a longer one says where it goes on. */
export const LIST_ROWS_MAX = 10_000;
/** Parameters of one statement, far below what stores take. */
const IDS_AT_ONCE_MAX = 1_000;

/** Which rows of a list: all in its own order, or with `afterId` or `limit` those behind an id, in the order of ids. */
export type Slice = {
  readonly afterId?: ObjectId | undefined;
  readonly limit?: number | undefined;
  /** Rows that changed at this moment or later. */
  readonly changedFromMs?: number | undefined;
};

/** How a list is read. The texts are the program's own; `scope` is the condition on what it is a list of. */
export type ListShape = {
  readonly columns: string;
  readonly from: string;
  readonly scope: string;
  readonly id: string;
  readonly order: string;
  /** Columns with times of change: any of them counts. */
  readonly changed: readonly string[];
};

/** A list that can be read in pages. */
export type StoredList<K, T> = {
  rows(tx: ReadTx, key: K, slice: Slice): Promise<readonly T[]>;
  count(tx: ReadTx, key: K, changedFromMs: number | undefined): Promise<number>;
};

export type PageRequest = {
  readonly limit?: number | undefined;
  /** The id behind which the page begins. */
  readonly cursor?: string | undefined;
  readonly changedFromMs?: number | undefined;
  /** Whether all rows are counted. */
  readonly total?: boolean | undefined;
};

/** The query of a page of a list of one logpoint; it leaves the main thread, for a list may be long. */
export type PageOf = PageRequest & { readonly logpointId: LogpointId };
export const pageQuery = <T extends { readonly id: string }>(
  name: string,
  list: StoredList<LogpointId, T>,
): Query<PageOf, Page<T>> =>
  query(name, (tx, { logpointId, ...request }: PageOf) => readPage(tx, list, logpointId, request), { slow: true });

/** `total` is null unless it was asked for. */
export type Page<T> = {
  readonly rows: readonly T[];
  readonly nextCursor: string | null;
  readonly total: number | null;
};

export async function selectSlice<R extends object>(
  tx: ReadTx,
  shape: ListShape,
  scope: readonly SqlValue[],
  slice: Slice = {},
): Promise<R[]> {
  const { where, params } = conditions(shape, scope, slice);
  const isPaged = slice.afterId !== undefined || slice.limit !== undefined;
  const tail = slice.limit === undefined ? '' : ' limit ?';
  return tx.all<R>(
    `select ${shape.columns} from ${shape.from} where ${where} order by ${isPaged ? shape.id : shape.order}${tail}`,
    slice.limit === undefined ? params : [...params, slice.limit],
  );
}

export async function countRows(
  tx: ReadTx,
  shape: ListShape,
  scope: readonly SqlValue[],
  changedFromMs: number | undefined,
): Promise<number> {
  const { where, params } = conditions(shape, scope, { changedFromMs });
  const row = await tx.get<{ n: number }>(`select count(*) as n from ${shape.from} where ${where}`, params);
  return row?.n ?? 0;
}

function conditions(shape: ListShape, scope: readonly SqlValue[], { afterId, changedFromMs }: Slice) {
  const where = [shape.scope];
  const params = [...scope];
  if (afterId !== undefined) {
    where.push(`${shape.id} > ?`);
    params.push(afterId);
  }
  if (changedFromMs !== undefined) {
    where.push(`(${shape.changed.map((column) => `${column} >= ?`).join(' or ')})`);
    params.push(...shape.changed.map(() => changedFromMs));
  }
  return { where: where.join(' and '), params };
}

/** Rows that belong to ids, however many: `sql` says of `in ` what it needs, with `?` for each id. */
export async function selectOfIds<R extends object>(
  tx: ReadTx,
  ids: readonly ObjectId[],
  sql: (marks: string) => string,
): Promise<R[]> {
  const found: R[] = [];
  for (let at = 0; at < ids.length; at += IDS_AT_ONCE_MAX) {
    const some = ids.slice(at, at + IDS_AT_ONCE_MAX);
    found.push(...(await tx.all<R>(sql(some.map(() => '?').join(', ')), some)));
  }
  return found;
}

/**
 * A page of a list; without `limit` and `cursor` the list in its own order, unless it is longer than one answer holds.
 * Pages are in the order of ids, so what is made or removed meanwhile neither repeats a row nor leaves one out.
 *
 * @throws AppError `CURSOR_INVALID`
 */
export async function readPage<K, T extends { readonly id: string }>(
  tx: ReadTx,
  list: StoredList<K, T>,
  key: K,
  request: PageRequest,
): Promise<Page<T>> {
  const { cursor, changedFromMs } = request;
  if (cursor !== undefined && !isObjectId(cursor)) {
    throw new AppError('invalid', 'CURSOR_INVALID', 'cursor is not the x-next-cursor or next_cursor of an answer');
  }
  const total = request.total === true ? await list.count(tx, key, changedFromMs) : null;
  if (request.limit === undefined && cursor === undefined) {
    const count = total ?? (await list.count(tx, key, changedFromMs));
    if (count <= LIST_ROWS_MAX) return { rows: await list.rows(tx, key, { changedFromMs }), nextCursor: null, total };
  }
  const limit = request.limit ?? (cursor === undefined ? LIST_ROWS_MAX : PAGE_ROWS_MAX);
  const found = await list.rows(tx, key, { afterId: cursor ?? '', limit: limit + 1, changedFromMs });
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  return { rows, nextCursor: found.length > limit && last !== undefined ? last.id : null, total };
}

const PIECE_ROWS = 1_000;

/** The rows of a list that pass a test which only code can make: read piece by piece until there are enough. */
export function filtered<K, T extends { readonly id: string }>(
  list: StoredList<K, T>,
  accepts: (tx: ReadTx, row: T) => boolean | Promise<boolean>,
): StoredList<K, T> {
  const rowsOf = async (tx: ReadTx, key: K, slice: Slice): Promise<T[]> => {
    const found: T[] = [];
    for (const row of await list.rows(tx, key, slice)) if (await accepts(tx, row)) found.push(row);
    return found;
  };
  return {
    rows: async (tx, key, slice) => {
      const { afterId, limit, changedFromMs } = slice;
      if (limit === undefined) return rowsOf(tx, key, slice);
      const found: T[] = [];
      for (let from = afterId ?? ''; ; ) {
        const piece = await list.rows(tx, key, { afterId: from, limit: PIECE_ROWS, changedFromMs });
        for (const row of piece) {
          if (await accepts(tx, row)) found.push(row);
          if (found.length === limit) return found;
        }
        const last = piece.at(-1);
        if (last === undefined || piece.length < PIECE_ROWS) return found;
        from = last.id;
      }
    },
    count: async (tx, key, changedFromMs) => (await rowsOf(tx, key, { changedFromMs })).length,
  };
}

/** A list that code makes up or that is short by its own limit. */
export const listInMemory = <K, T extends { readonly id: string }>(
  all: (tx: ReadTx, key: K) => Promise<readonly T[]>,
  changedAtMs: (row: T) => number,
): StoredList<K, T> => {
  const since = async (tx: ReadTx, key: K, fromMs: number | undefined): Promise<readonly T[]> => {
    const rows = await all(tx, key);
    return fromMs === undefined ? rows : rows.filter((row) => changedAtMs(row) >= fromMs);
  };
  return {
    rows: async (tx, key, { afterId, limit, changedFromMs }) => {
      const rows = await since(tx, key, changedFromMs);
      if (afterId === undefined && limit === undefined) return rows;
      const behind = rows.filter(({ id }) => id > (afterId ?? '')).sort((a, b) => (a.id < b.id ? -1 : 1));
      return behind.slice(0, limit);
    },
    count: async (tx, key, fromMs) => (await since(tx, key, fromMs)).length,
  };
};
