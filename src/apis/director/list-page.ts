import { Type } from 'typebox';
import { AppError } from '../../shared/errors.ts';
import { isObjectId } from '../../shared/ids.ts';
import type { JsonObject } from '../../shared/json.ts';

/** Most rows of one page of a list. */
export const PAGE_ROWS_MAX = 1_000;

export const PageQuery = Type.Object({
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: PAGE_ROWS_MAX, description: 'Rows of a page; without it the list is whole.' }),
  ),
  cursor: Type.Optional(Type.String({ description: '`x-next-cursor` of the answer before.' })),
  total: Type.Optional(Type.Boolean({ description: 'Count all pages, as `x-total-count`.' })),
});
export type PageRequest = { readonly limit?: number; readonly cursor?: string; readonly total?: boolean };

export type ListPage = { readonly rows: readonly JsonObject[]; readonly nextCursor: string | null };

/**
 * The page of a list that follows the cursor. Pages are in the order of ids, so what is made or removed meanwhile
 * neither repeats a row nor leaves one out.
 *
 * @throws AppError `CURSOR_INVALID`
 */
export function pageOf(rows: readonly JsonObject[], { limit, cursor }: PageRequest): ListPage {
  if (limit === undefined && cursor === undefined) return { rows, nextCursor: null };
  checkCursor(cursor);
  const idOf = (row: JsonObject): string => String(row['id']);
  const after = rows
    .filter((row) => cursor === undefined || idOf(row) > cursor)
    .sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  const page = after.slice(0, limit ?? PAGE_ROWS_MAX);
  const last = page.at(-1);
  return { rows: page, nextCursor: last !== undefined && after.length > page.length ? idOf(last) : null };
}

function checkCursor(cursor: string | undefined): void {
  if (cursor === undefined || isObjectId(cursor)) return;
  throw new AppError('invalid', 'CURSOR_INVALID', 'cursor is not the x-next-cursor of an answer');
}

/** A page that the store itself reads: `next` answers the rows with the ids behind one. @throws AppError `CURSOR_INVALID` */
export async function storedPage(
  { limit = PAGE_ROWS_MAX, cursor }: PageRequest,
  next: (afterId: string, limit: number) => Promise<readonly JsonObject[]>,
): Promise<ListPage> {
  checkCursor(cursor);
  const found = await next(cursor ?? '', limit + 1);
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  return { rows, nextCursor: found.length > limit && last !== undefined ? String(last['id']) : null };
}

/** Where the next page is: as a value, and as a link (RFC 8288). The answer itself stays the vendor's bare array. */
export function nextHeaders(url: string, cursor: string): { 'x-next-cursor': string; link: string } {
  const next = new URL(url, 'http://localhost');
  next.searchParams.set('cursor', cursor);
  return { 'x-next-cursor': cursor, link: `<${next.pathname}${next.search}>; rel="next"` };
}
