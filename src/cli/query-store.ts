import { BUCKET_COLUMN } from '../query/plan-chart.ts';
import { AppError } from '../shared/errors.ts';
import { isJsonObject, type JsonObject } from '../shared/json.ts';
import type { ApiClient } from './api-client.ts';
import type { Streams } from './output.ts';
import type { QueryRows } from './query-output.ts';

const BAR_WIDTH = 30;

/** A share of 0 to 1 as a bar. */
export const barOf = (share: number): string => `[${'#'.repeat(Math.round(share * BAR_WIDTH)).padEnd(BAR_WIDTH, '.')}]`;

/** Rows of `Search/logs/stream`; a terminal sees how far back the search has come. @throws AppError with the search's code */
export async function streamedRows(
  streams: Streams,
  client: ApiClient,
  path: string,
  data: JsonObject & { readonly time_range: readonly [number, number] },
): Promise<QueryRows & { readonly note: string | null }> {
  const rows: JsonObject[] = [];
  const [from, to] = data.time_range;
  const isSeen = streams.err.isTTY === true;
  let start: JsonObject = {};
  let end: JsonObject | null = null;
  await client.lines(path, { data }, (line) => {
    const { row, error, searched_from: searchedFrom } = line;
    if (isJsonObject(row)) rows.push(row);
    else if (isJsonObject(line['start'])) start = line['start'];
    else if (isJsonObject(line['end'])) end = line['end'];
    else if (isJsonObject(error)) throw new AppError('refused', String(error['code']), String(error['message']));
    else if (isSeen && typeof searchedFrom === 'number') {
      const share = Math.min(1, (to - searchedFrom) / Math.max(1, to - from));
      streams.err.write(
        `\r\x1b[K${barOf(share)} back to ${new Date(searchedFrom * 1000).toISOString()}: ${rows.length} rows`,
      );
    }
  });
  if (isSeen) streams.err.write('\r\x1b[K');
  return { rows, ...shapeOf(start), note: noteOf(end) };
}

function shapeOf({ query_type: type, grouping }: JsonObject): Pick<QueryRows, 'type' | 'isTimechart'> {
  const isChart = type === 'chart';
  return {
    type: isChart ? 'chart' : 'simple',
    isTimechart: isChart && Array.isArray(grouping) && grouping[0] === BUCKET_COLUMN,
  };
}

/** @throws AppError `SERVER_ANSWER` when the answer broke off */
function noteOf(end: JsonObject | null): string | null {
  if (end === null) throw new AppError('unavailable', 'SERVER_ANSWER', 'the answer broke off before its end');
  const { message } = end;
  return typeof message === 'string' ? message : null;
}
