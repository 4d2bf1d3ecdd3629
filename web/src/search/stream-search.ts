import type { JsonObject } from '../../../src/shared/json.ts';
import { ApiError } from '../api/api-error.ts';
import { callLines } from '../api/call.ts';
import { numberOf, objectOf, textOf, textOrNull, textsOf } from '../api/read-json.ts';

export type SearchOrder = {
  readonly query: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly userId: string;
  readonly rowsMax: number;
};

/** What is there of an answer so far. */
export type SearchProgress = {
  readonly isChart: boolean;
  readonly grouping: readonly string[];
  readonly aliases: readonly string[];
  readonly rows: readonly JsonObject[];
  /** Everything after this time was looked at, Unix ms. */
  readonly searchedFromMs: number | null;
  /** What a limit left out, in words; null when nothing was. */
  readonly cut: string | null;
};

const NOTHING: SearchProgress = {
  isChart: false,
  grouping: [],
  aliases: [],
  rows: [],
  searchedFromMs: null,
  cut: null,
};

/**
 * Searches, and tells of the answer as it grows; the last word is the whole answer. Ending the signal ends the search
 * in the event store.
 *
 * @throws ApiError
 */
export async function* streamSearch(
  base: string,
  { query, fromMs, toMs, userId, rowsMax }: SearchOrder,
  signal: AbortSignal,
): AsyncGenerator<SearchProgress> {
  const time_range = [Math.floor(fromMs / 1000), Math.ceil(toMs / 1000)];
  const data = { query, time_range, user_id: userId, limit: rowsMax };
  const rows: JsonObject[] = [];
  let found = NOTHING;
  let hasEnded = false;
  for await (const lines of callLines(`${base}/Search/logs/stream`, { data }, signal)) {
    for (const line of lines) {
      if (line['row'] !== undefined) rows.push(objectOf(line['row']));
      else if (line['error'] !== undefined) {
        throw new ApiError('refused', textOf(objectOf(line['error'])['message']) || 'the search failed', 200);
      } else {
        hasEnded ||= line['end'] !== undefined;
        found = after(found, line);
      }
    }
    found = { ...found, rows: [...rows] };
    yield found;
  }
  if (!hasEnded) throw new ApiError('unreachable', 'the answer of the search broke off', 0);
}

function after(found: SearchProgress, line: JsonObject): SearchProgress {
  if (line['start'] !== undefined) {
    const start = objectOf(line['start']);
    return {
      ...found,
      isChart: textOf(start['query_type']) === 'chart',
      grouping: textsOf(start['grouping']),
      aliases: textsOf(start['aliases']),
    };
  }
  if (line['end'] !== undefined) {
    const end = objectOf(line['end']);
    return { ...found, cut: end['is_cut'] === true ? (textOrNull(end['message']) ?? 'a limit cut it') : null };
  }
  if (line['searched_from'] === undefined) return found;
  return { ...found, searchedFromMs: numberOf(line['searched_from']) * 1000 };
}
