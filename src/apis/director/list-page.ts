import { Type } from 'typebox';
import type { ControlStore, Query } from '../../control/control-store.ts';
import { LIST_ROWS_MAX, PAGE_ROWS_MAX, type Page, type PageOf, type PageRequest } from '../../control/list-page.ts';
import { AppError } from '../../shared/errors.ts';
import type { LogpointId } from '../../shared/ids.ts';
import type { JsonObject } from '../../shared/json.ts';

/** The last second of the year 9999: later dates have no form in the answers. */
export const EPOCH_SECONDS_MAX = 253_402_300_799;

export const PageQuery = Type.Object({
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: PAGE_ROWS_MAX,
      description: `Rows of a page; without it the list is whole, up to ${LIST_ROWS_MAX} rows.`,
    }),
  ),
  cursor: Type.Optional(Type.String({ description: '`x-next-cursor` of the answer before.' })),
  total: Type.Optional(Type.Boolean({ description: 'Count all pages, as `x-total-count`.' })),
  updated_since: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: EPOCH_SECONDS_MAX,
      description: 'Only rows that were made or changed then or later; epoch seconds.',
    }),
  ),
});
const { limit, cursor, total } = PageQuery.properties;
/** Of lists whose rows bear no time of change. */
export const RowsQuery = Type.Object({ limit, cursor, total });
export type PageAsked = {
  readonly limit?: number;
  readonly cursor?: string;
  readonly total?: boolean;
  readonly updated_since?: number;
};

export const pageRequest = ({ limit, cursor, total, updated_since: since }: PageAsked): PageRequest => ({
  limit,
  cursor,
  total,
  changedFromMs: since === undefined ? undefined : since * 1000,
});

/** Reads a page and shows each of its rows. */
export const pageReader =
  <T>(page: Query<PageOf, Page<T>>, row: (value: T) => JsonObject) =>
  async (control: ControlStore, logpointId: LogpointId, asked: PageAsked): Promise<Page<JsonObject>> => {
    const { rows, ...rest } = await control.read(page, { logpointId, ...pageRequest(asked) });
    return { ...rest, rows: rows.map(row) };
  };

/**
 * A page of rows that are all at hand. Without `limit` and `cursor` all of them in their own order, else in the order of
 * the key, which no two share.
 *
 * @throws AppError `CURSOR_INVALID`
 */
export function pageOfRows<T>(rows: readonly T[], keyOf: (row: T) => string, asked: PageAsked): Page<T> {
  const count = asked.total === true ? rows.length : null;
  if (asked.limit === undefined && asked.cursor === undefined) return { rows, nextCursor: null, total: count };
  const after = asked.cursor === undefined ? null : Buffer.from(asked.cursor, 'base64url').toString('utf8');
  if (after === '') throw new AppError('invalid', 'CURSOR_INVALID', 'cursor is not the x-next-cursor of an answer');
  const keyed = rows.map((row) => ({ key: keyOf(row), row })).sort((a, b) => (a.key < b.key ? -1 : 1));
  const behind = after === null ? keyed : keyed.filter(({ key }) => key > after);
  const page = behind.slice(0, asked.limit ?? PAGE_ROWS_MAX);
  const last = page.at(-1);
  const isMore = last !== undefined && page.length < behind.length;
  return {
    rows: page.map(({ row }) => row),
    nextCursor: isMore ? Buffer.from(last.key, 'utf8').toString('base64url') : null,
    total: count,
  };
}

/** Headers of a page: how many rows all pages have, and where the next one is. */
export const pageHeaders = (url: string, { nextCursor, total }: Page<unknown>): Record<string, string> => ({
  ...(total === null ? {} : { 'x-total-count': String(total) }),
  ...(nextCursor === null ? {} : nextHeaders(url, nextCursor)),
});

/** Where the next page is: as a value, and as a link (RFC 8288). The answer itself stays the vendor's bare array. */
export function nextHeaders(url: string, cursor: string): { 'x-next-cursor': string; link: string } {
  const next = new URL(url, 'http://localhost');
  next.searchParams.set('cursor', cursor);
  return { 'x-next-cursor': cursor, link: `<${next.pathname}${next.search}>; rel="next"` };
}
