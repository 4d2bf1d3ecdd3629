import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { AppError } from '../../shared/errors.ts';
import { ErrorEnvelope } from '../http/envelope.ts';
import { actorOf, logpointOf } from '../http/route-guard.ts';
import { ChangeStreams, DEFAULT_FEED_LIMITS } from './change-streams.ts';
import type { DirectorServices } from './director-services.ts';
import { TENANT_PARAMS } from './tenant-paths.ts';

/** `GET /events/P/L`: every change of the logpoint as server-sent events, resumable. */
export function addEventsRoute(app: FastifyInstance, services: DirectorServices): void {
  const { control, feedLimits, stopping } = services;
  const streams = new ChangeStreams(control, feedLimits ?? DEFAULT_FEED_LIMITS, stopping);
  app.get('/events/:pool/:logpoint', {
    config: { permission: 'read' },
    schema: {
      operationId: 'ChangeFeed',
      tags: ['Events'],
      summary: 'Changes of the logpoint as they happen (server-sent events).',
      description:
        'Each event: `id` = its number, `event` = incident, rule, order, delivery, source or config, `data` = ' +
        '{type, id, action, at, by}. `Last-Event-ID` resumes behind that number; `event: reset` says that the feed no ' +
        'longer reaches back so far.',
      params: Type.Object(TENANT_PARAMS),
      querystring: Type.Object({
        last_event_id: Type.Optional(Type.String({ description: 'As the header, for clients that cannot set it.' })),
      }),
      headers: Type.Object({ 'last-event-id': Type.Optional(Type.String()) }),
      response: {
        200: {
          description: 'Events until the client goes away.',
          content: { 'text/event-stream': { schema: Type.String() } },
        },
        429: ErrorEnvelope,
        default: ErrorEnvelope,
      },
    },
    handler: async (request, reply) => {
      const give = streams.take(actorOf(request).tokenId);
      const header = request.headers['last-event-id'];
      const query = request.query as { readonly last_event_id?: string };
      const gone = new AbortController();
      reply.hijack();
      const { raw } = reply;
      raw.on('close', () => gone.abort());
      raw.on('error', () => gone.abort());
      raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      // A feed that is resumed may have nothing to say for long: the client is to see that it is open.
      raw.flushHeaders();
      const drained = (): Promise<void> =>
        new Promise((resolve) => {
          raw.once('drain', () => resolve());
          gone.signal.addEventListener('abort', () => resolve(), { once: true });
        });
      try {
        await streams.run({
          logpointId: logpointOf(request).id,
          lastEventId: typeof header === 'string' ? header : query.last_event_id,
          gone: gone.signal,
          checkAgain: () => request.checkAgain(),
          sink: { write: (text) => raw.write(text), drained, end: () => raw.end() },
        });
      } catch (error) {
        // The right is gone, or the store: the connection ends, and the next one is told why.
        if (!(error instanceof AppError)) request.log.error({ err: error }, 'a change feed met a bug');
        raw.destroy();
      } finally {
        give();
      }
    },
  });
}
