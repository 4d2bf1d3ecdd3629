import { type Page, type PageRequest, readPage, type StoredList } from '../control/list-page.ts';
import type { LogpointId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import { optionalFlag, optionalInteger, optionalText } from './order-input.ts';
import type { TransactionKind } from './order-kind.ts';

/** The page that the data of a fetch asks for. */
export function pageOf(data: JsonObject): PageRequest {
  const since = optionalInteger(data, 'updated_since');
  return {
    limit: optionalInteger(data, 'limit'),
    cursor: optionalText(data, 'cursor'),
    total: optionalFlag(data, 'total'),
    changedFromMs: since === undefined ? undefined : since * 1000,
  };
}

/** `{rows}`, with `next_cursor` when there are more and `total` when it was asked for. */
export const pageAnswer = <T>({ rows, nextCursor, total }: Page<T>, row: (value: T) => JsonObject): JsonObject => ({
  rows: rows.map(row),
  ...(nextCursor === null ? {} : { next_cursor: nextCursor }),
  ...(total === null ? {} : { total }),
});

/** The fetch of a list of the logpoint. */
export const fetchKind = <T extends { readonly id: string }>(
  action: string,
  list: StoredList<LogpointId, T>,
  row: (value: T) => JsonObject,
): TransactionKind<JsonObject> => ({
  mode: 'transaction',
  action,
  run: async (tx, ctx, data) => pageAnswer(await readPage(tx, list, ctx.logpointId, pageOf(data)), row),
});
