import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { mayRead } from '../../accounts/actor.ts';
import type { PoolId } from '../../shared/ids.ts';
import { logpointsList, poolsList } from '../../tenancy/registry.ts';
import { ErrorEnvelope } from '../http/envelope.ts';
import { actorOf } from '../http/route-guard.ts';
import type { DirectorServices } from './director-services.ts';
import { type PageAsked, pageHeaders, pageOfRows, RowsQuery } from './list-page.ts';

const Machine = Type.Object({
  director_mode: Type.Literal('fabric_only'),
  identifier: Type.String(),
  name: Type.String(),
  version: Type.String(),
});
const PoolInfo = Type.Array(
  Type.Object({ active: Type.Boolean(), name: Type.String(), pool_uuid: Type.String(), machines: Type.Array(Machine) }),
);

/** `/monitorapi/v1/director/…`: which pools and logpoints the token reaches. */
export function addDirectorRoutes(app: FastifyInstance, services: DirectorServices): void {
  for (const [prefix, hide] of [
    ['/monitorapi/v1/director', false],
    ['/monitorapi/director', true],
  ] as const) {
    app.get<{ Querystring: PageAsked }>(`${prefix}/poolinfo`, {
      config: { permission: 'token' },
      schema: {
        operationId: 'PoolInfo',
        tags: ['Director'],
        summary: 'Pools that the token reaches, with their logpoints.',
        querystring: RowsQuery,
        response: { 200: PoolInfo, default: ErrorEnvelope },
        ...(hide ? { hide } : {}),
      },
      handler: async (request, reply) => {
        const pools = await poolInfo(services, actorOf(request));
        const page = pageOfRows(pools, (pool) => pool.pool_uuid, request.query);
        return reply.headers(pageHeaders(request.url, page)).send(page.rows);
      },
    });
    app.get(`${prefix}/version`, {
      config: { permission: 'token' },
      schema: {
        operationId: 'DirectorVersion',
        tags: ['Director'],
        summary: 'Version of the server.',
        response: { 200: Type.Object({ version: Type.String() }), default: ErrorEnvelope },
        ...(hide ? { hide } : {}),
      },
      handler: async () => ({ version: services.version }),
    });
    app.get(`${prefix}/health`, {
      config: { permission: 'token' },
      schema: {
        operationId: 'DirectorHealth',
        tags: ['Director'],
        summary: 'Whether the server takes orders.',
        response: { 200: Type.Object({ status: Type.String() }), default: ErrorEnvelope },
        ...(hide ? { hide } : {}),
      },
      handler: async () => ({ status: 'ok' }),
    });
  }
}

async function poolInfo({ control, version }: DirectorServices, actor: Parameters<typeof mayRead>[0]) {
  const [pools, logpoints] = await Promise.all([control.read(poolsList, {}), control.read(logpointsList, {})]);
  const machines = new Map<PoolId, Static<typeof Machine>[]>(pools.map(({ id }) => [id, []]));
  for (const { id, poolId, name } of logpoints) {
    machines.get(poolId)?.push({ director_mode: 'fabric_only', identifier: id, name, version });
  }
  return pools
    .filter(({ id }) => mayRead(actor, id))
    .map(({ id, name }) => ({ active: true, name, pool_uuid: id, machines: machines.get(id) ?? [] }));
}
