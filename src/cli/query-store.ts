import type { RequestOf, TocsinClient } from '../client/client.ts';
import { BUCKET_COLUMN } from '../query/plan-chart.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Streams } from './output.ts';
import type { QueryRows } from './query-output.ts';

const BAR_WIDTH = 30;

/** A share of 0 to 1 as a bar. */
export const barOf = (share: number): string => `[${'#'.repeat(Math.round(share * BAR_WIDTH)).padEnd(BAR_WIDTH, '.')}]`;

/** Rows of a streamed search; a terminal sees how far back it has come. @throws TocsinError with the search's code */
export async function streamedRows(
  streams: Streams,
  tenant: TocsinClient,
  data: RequestOf<'StreamLogs'>['data'],
  [from, to]: readonly [number, number],
): Promise<QueryRows & { readonly note: string | null }> {
  const rows: JsonObject[] = [];
  const isSeen = streams.err.isTTY === true;
  let start: JsonObject = {};
  let message: string | null = null;
  for await (const line of tenant.search(data)) {
    if ('row' in line) rows.push(line.row);
    else if ('start' in line) start = line.start;
    else if ('end' in line) message = typeof line.end['message'] === 'string' ? line.end['message'] : null;
    else if (isSeen) {
      const share = Math.min(1, (to - line.searched_from) / Math.max(1, to - from));
      const reached = new Date(line.searched_from * 1000).toISOString();
      streams.err.write(`\r\x1b[K${barOf(share)} back to ${reached}: ${rows.length} rows`);
    }
  }
  if (isSeen) streams.err.write('\r\x1b[K');
  return { rows, ...shapeOf(start), note: message };
}

function shapeOf({ query_type: type, grouping }: JsonObject): Pick<QueryRows, 'type' | 'isTimechart'> {
  const isChart = type === 'chart';
  return {
    type: isChart ? 'chart' : 'simple',
    isTimechart: isChart && Array.isArray(grouping) && grouping[0] === BUCKET_COLUMN,
  };
}
