import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { type DocsPage, docsPage } from './docs-page.ts';
import { ErrorEnvelope } from './envelope.ts';
import type { Metrics } from './metrics.ts';
import type { PartStatus, Parts } from './part-status.ts';

export type ServerRoutes = {
  readonly version: string;
  readonly parts: Parts;
  readonly metrics: Metrics;
  readonly isMetricsPublic: boolean;
  /** True once the server has been asked to end. */
  isStopping(): boolean;
  openApi(): object;
};

const PartSchema = Type.Object({ ready: Type.Boolean(), reason: Type.Optional(Type.String()) });
const ReadySchema = Type.Object({ ready: Type.Boolean(), parts: Type.Record(Type.String(), PartSchema) });

/** Routes about the server itself: alive, ready, measured, described. */
export function addServerRoutes(app: FastifyInstance, server: ServerRoutes): void {
  app.get('/healthz', {
    config: { permission: 'public' },
    schema: {
      operationId: 'getHealth',
      tags: ['server'],
      summary: 'The process is alive.',
      response: { 200: Type.Object({ status: Type.Literal('ok'), version: Type.String() }) },
    },
    handler: async () => ({ status: 'ok', version: server.version }),
  });
  app.get('/readyz', {
    config: { permission: 'public' },
    schema: {
      operationId: 'getReadiness',
      tags: ['server'],
      summary: 'Every part can do its work; 503 names the one that cannot.',
      response: { 200: ReadySchema, 503: ReadySchema },
    },
    handler: async (_request, reply) => {
      const answer = await readiness(server);
      return reply.code(answer.ready ? 200 : 503).send(answer);
    },
  });
  app.get('/metrics', {
    config: { permission: server.isMetricsPublic ? 'public' : 'local' },
    schema: {
      operationId: 'getMetrics',
      tags: ['server'],
      summary: 'Prometheus text; from loopback or with a token.',
      response: {
        200: { description: 'Metrics.', content: { 'text/plain': { schema: Type.String() } } },
        401: ErrorEnvelope,
      },
    },
    handler: async (_request, reply) => reply.type(server.metrics.contentType).send(await server.metrics.text()),
  });
  app.get('/openapi.json', {
    config: { permission: 'public' },
    schema: { hide: true },
    handler: async () => server.openApi(),
  });
  let page: DocsPage | undefined;
  app.get('/docs', {
    config: { permission: 'public' },
    schema: { hide: true },
    handler: async (_request, reply) => {
      page ??= docsPage(server.openApi());
      return reply.type('text/html; charset=utf-8').header('content-security-policy', page.policy).send(page.html);
    },
  });
}

async function readiness(server: ServerRoutes): Promise<{ ready: boolean; parts: Record<string, object> }> {
  const parts: Record<string, object> = {};
  let isReady = !server.isStopping();
  if (!isReady) parts['server'] = { ready: false, reason: 'stopping' };
  for (const [name, status] of Object.entries(server.parts)) {
    const part: PartStatus = await status();
    parts[name] = part.isReady ? { ready: true } : { ready: false, reason: part.reason ?? 'not ready' };
    isReady &&= part.isReady;
  }
  return { ready: isReady, parts };
}
