import type { FastifyInstance } from 'fastify';
import { type TSchema, Type } from 'typebox';
import { ruleStats } from '../../rules/registry.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import type { Logpoint } from '../../tenancy/logpoint.ts';
import { repoDropsList } from '../../tenancy/registry.ts';
import { repoPaths } from '../../tenancy/repo-row.ts';
import { ErrorEnvelope, StringEnum } from '../http/envelope.ts';
import { NotModified, sendTagged } from '../http/etag.ts';
import { logpointOf } from '../http/route-guard.ts';
import type { DirectorServices } from './director-services.ts';
import { CONFIG_PATHS, TENANT_PARAMS } from './tenant-paths.ts';

const Zone = Type.Object({ id: Type.String(), timezone: Type.String({ description: 'IANA name.' }) });
const Machine = Type.Object({
  identifier: Type.String(),
  pool_uuid: Type.String(),
  name: Type.String(),
  private_ip: Type.String(),
  version: Type.String(),
  director_mode: Type.Literal('fabric_only'),
});
export const RepoPath = Type.Object({ id: Type.String(), path: Type.String(), default: Type.Boolean() });
const DiagnosisAnswer = Type.Object({
  status: StringEnum(['ok', 'degraded'] as const),
  checks: Type.Array(
    Type.Object({
      name: Type.String(),
      ok: Type.Boolean(),
      message: Type.String({ description: 'Empty when all is well.' }),
      failing: Type.Optional(
        Type.Array(Type.Object({ id: Type.String(), message: Type.Union([Type.String(), Type.Null()]) }), {
          description: 'The first rules whose search failed.',
        }),
      ),
    }),
  ),
  alert_rules: Type.Integer(),
  repos_being_dropped: Type.Array(Type.String()),
});

type MachineRead = {
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly answer: TSchema;
  read(services: DirectorServices, logpoint: Logpoint): Promise<Json>;
};

const MACHINE_READS: readonly MachineRead[] = [
  {
    path: 'Timezone',
    operationId: 'ListTimezone',
    summary: 'Lists the time zones that users can have.',
    answer: Type.Array(Zone),
    read: async () => timezones().map((name) => ({ id: name, timezone: name })),
  },
  {
    path: 'MachineInfo',
    operationId: 'ListMachineInfo',
    summary: 'What the logpoint is.',
    answer: Type.Array(Machine),
    read: async ({ version }, { id, poolId, name, ip }) => [
      { identifier: id, pool_uuid: poolId, name, private_ip: ip, version, director_mode: 'fabric_only' },
    ],
  },
  {
    path: 'Repos/RepoPaths',
    operationId: 'ListRepoPaths',
    summary: 'Lists where repos can be.',
    answer: Type.Array(RepoPath),
    read: async () => repoPaths(),
  },
  {
    path: 'Diagnosis',
    operationId: 'Diagnosis',
    summary: 'Whether the logpoint does all it should, and what does not.',
    answer: DiagnosisAnswer,
    read: diagnosis,
  },
];

const timezones = (): readonly string[] => [
  'UTC',
  ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC'),
];

/** Reads of one logpoint that are not lists of objects. */
export function addMachineRoutes(app: FastifyInstance, services: DirectorServices): void {
  for (const { prefix, isDocumented } of CONFIG_PATHS) {
    for (const { path, operationId, summary, answer, read } of MACHINE_READS) {
      app.get(`${prefix}/${path}`, {
        config: { permission: 'read' },
        schema: {
          ...(isDocumented ? {} : { hide: true }),
          operationId,
          tags: [path.split('/')[0] ?? path],
          summary,
          params: Type.Object(TENANT_PARAMS),
          response: { 200: answer, 304: NotModified, default: ErrorEnvelope },
        },
        handler: async (request, reply) => sendTagged(request, reply, await read(services, logpointOf(request))),
      });
    }
  }
}

/** Most rules that one diagnosis names. */
const RULES_SHOWN_MAX = 20;

/** Parts of the server that the logpoint leans on, and what is wrong with its own rules and repos. */
async function diagnosis({ control, parts }: DirectorServices, logpoint: Logpoint): Promise<JsonObject> {
  const states = await Promise.all(
    Object.entries(parts).map(async ([name, status]) => [name, await status()] as const),
  );
  const checks: JsonObject[] = states.map(([name, { isReady, reason }]) => ({
    name,
    ok: isReady,
    message: isReady ? '' : (reason ?? 'not ready'),
  }));
  const stats = await control.read(ruleStats, { logpointId: logpoint.id });
  const failing = stats.filter(({ lastError }) => lastError !== null);
  const drops = (await control.read(repoDropsList, {})).filter(({ logpointId }) => logpointId === logpoint.id);
  checks.push({
    name: 'alertRules',
    ok: failing.length === 0,
    message: failing.length === 0 ? '' : `the search of ${failing.length} alert rules failed last`,
    failing: failing.slice(0, RULES_SHOWN_MAX).map(({ ruleId, lastError }) => ({ id: ruleId, message: lastError })),
  });
  return {
    status: checks.every(({ ok }) => ok === true) ? 'ok' : 'degraded',
    checks,
    alert_rules: stats.length,
    repos_being_dropped: drops.map(({ name }) => name),
  };
}
