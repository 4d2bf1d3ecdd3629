import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { EventStore } from '../../events/event-store.ts';
import { writtenKeep } from '../../lists/registry.ts';
import { keptWrites } from '../../orders/kept-writes.ts';
import {
  cutMessage,
  type PreparedSearch,
  prepareSearch,
  type SearchInput,
  type SearchOrderSettings,
} from '../../orders/search-orders.ts';
import { showRow } from '../../query/result-row.ts';
import { runInSlices } from '../../query/run-in-slices.ts';
import type { Written } from '../../query/run-steps.ts';
import { AppError } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/json.ts';
import { ErrorEnvelope } from '../http/envelope.ts';
import { actorOf, logpointOf } from '../http/route-guard.ts';
import type { DirectorServices } from './director-services.ts';
import { SearchLogs } from './resource-operations.ts';
import { CONFIG_PATHS, TENANT_PARAMS } from './tenant-paths.ts';

/** Searches that stream at one time; more are answered with 429. */
export const STREAMED_SEARCHES_MAX = 16;
/** Rows between two looks at whether the client still takes them. */
const ROWS_A_WRITE = 500;

/**
 * `POST Search/logs/stream`: the search of `Search/logs/fetch` answered at once and line by line, so that the first rows
 * are there while the rest is looked for. A client that goes away ends the search in the store.
 */
export function addSearchStream(
  app: FastifyInstance,
  services: DirectorServices,
  search: SearchOrderSettings & { readonly events: EventStore },
): void {
  let running = 0;
  for (const { prefix, isDocumented } of CONFIG_PATHS) {
    app.post<{ Body: { data: SearchInput } }>(`${prefix}/Search/logs/stream`, {
      config: { permission: 'read' },
      schema: {
        ...(isDocumented ? {} : { hide: true }),
        operationId: 'StreamLogs',
        tags: ['Search'],
        summary: 'Searches events and answers rows as they are found, one JSON object a line.',
        description:
          'Lines: `{"start":…}`, then `{"row":…}` and `{"searched_from":epoch}`, at last `{"end":…}` or `{"error":…}`. ' +
          'To cancel, close the connection.',
        params: Type.Object(TENANT_PARAMS),
        body: Type.Object({ data: SearchLogs }),
        response: {
          200: {
            description: 'One JSON object a line.',
            content: { 'application/x-ndjson': { schema: Type.String() } },
          },
          default: ErrorEnvelope,
        },
      },
      handler: async (request, reply) => {
        if (running >= STREAMED_SEARCHES_MAX) {
          const message = `${STREAMED_SEARCHES_MAX} searches stream already: try again later`;
          throw new AppError('overloaded', 'SEARCHES_FULL', message, { retryAfterSeconds: 1 });
        }
        const gone = new AbortController();
        reply.raw.once('close', () => gone.abort(new AppError('unavailable', 'CANCELLED', 'the client has gone')));
        running++;
        try {
          const prepared = await prepareSearch(
            services.control,
            search,
            logpointOf(request),
            request.body.data,
            Date.now(),
          );
          reply.hijack();
          const { logpointId } = prepared.run;
          const by = { actor: actorOf(request).name, requestId: request.id };
          const caller = { actor: actorOf(request), poolId: logpointOf(request).poolId };
          const keep = (written: readonly Written[]) =>
            keptWrites(caller, written, (one) => services.control.write(writtenKeep, { logpointId, written: one, by }));
          await stream(reply.raw, search.events, prepared, keep, AbortSignal.any([gone.signal, services.stopping]));
        } finally {
          running--;
        }
      },
    });
  }
}

async function stream(
  raw: ServerResponse,
  events: EventStore,
  search: PreparedSearch,
  keep: (written: readonly Written[]) => Promise<readonly JsonObject[]>,
  signal: AbortSignal,
): Promise<void> {
  const { plan, run, context, shownMax } = search;
  const startedAtMs = performance.now();
  raw.writeHead(200, {
    'content-type': 'application/x-ndjson',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  const send = async (lines: readonly JsonObject[]): Promise<void> => {
    signal.throwIfAborted();
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    if (!raw.write(text)) await once(raw, 'drain', { signal });
  };
  let shown = 0;
  let isCut = false;
  const written: Written[] = [];
  try {
    await send([{ start: { query_type: plan.type, grouping: [...plan.grouping], aliases: [...plan.aliases] } }]);
    for await (const slice of runInSlices(events, plan, { ...run, signal })) {
      const rows = slice.rows.slice(0, shownMax - shown);
      for (let at = 0; at < rows.length; at += ROWS_A_WRITE) {
        await send(rows.slice(at, at + ROWS_A_WRITE).map((row) => ({ row: showRow(plan, row, context) })));
      }
      isCut ||= slice.isCut || slice.rows.length > rows.length;
      shown += rows.length;
      written.push(...slice.written);
      await send([{ searched_from: Math.floor(slice.searchedFromMs / 1000) }]);
    }
    signal.throwIfAborted();
    const told = await keep(written);
    const elapsed = Math.round(performance.now() - startedAtMs);
    const message = isCut ? { message: cutMessage(shown, shownMax) } : {};
    await send([
      {
        end: {
          rows: shown,
          is_cut: isCut,
          elapsed_ms: elapsed,
          ...message,
          ...(told.length > 0 ? { written: told } : {}),
        },
      },
    ]);
  } catch (error) {
    if (raw.destroyed) return;
    const { code, message } = error instanceof AppError ? error : { code: 'INTERNAL', message: 'internal error' };
    raw.write(`${JSON.stringify({ error: { code, message } })}\n`);
    if (!(error instanceof AppError)) throw error;
  } finally {
    raw.end();
  }
}
