import { isJsonObject, type Json, type JsonObject } from '../shared/json.ts';
import type { ApiClient } from './api-client.ts';
import { usageError } from './output.ts';

export type Tenant = { readonly poolId: string; readonly logpointId: string };
export type TenantChoice = { readonly pool?: string | undefined; readonly logpoint?: string | undefined };

/** The tenant that is meant: by id or name, or the only one that the token reaches. */
export async function chooseTenant(client: ApiClient, choice: TenantChoice): Promise<Tenant> {
  const tenants = listTenants(await client.get('/monitorapi/v1/director/poolinfo'));
  const fits = tenants.filter(
    ({ pool, logpoint }) =>
      (choice.pool === undefined || pool.includes(choice.pool)) &&
      (choice.logpoint === undefined || logpoint.includes(choice.logpoint)),
  );
  const [only] = fits;
  if (only !== undefined && fits.length === 1)
    return { poolId: only.pool[0] ?? '', logpointId: only.logpoint[0] ?? '' };
  const names = (fits.length === 0 ? tenants : fits).map(({ pool, logpoint }) => `${pool[1]}/${logpoint[1]}`);
  const what = fits.length === 0 ? 'no such pool and logpoint' : 'more than one logpoint fits';
  throw usageError(`${what}: give --pool and --logpoint, one of ${names.join(', ') || '(none)'}`);
}

type NamedTenant = { readonly pool: readonly [string, string]; readonly logpoint: readonly [string, string] };

/** Id and name of each pool and logpoint. */
function listTenants(poolInfo: Json): NamedTenant[] {
  const pools: readonly Json[] = Array.isArray(poolInfo) ? poolInfo : [];
  return pools.filter(isJsonObject).flatMap((pool) => {
    const machines: readonly Json[] = Array.isArray(pool['machines']) ? pool['machines'] : [];
    return machines.filter(isJsonObject).map(
      (machine): NamedTenant => ({
        pool: [String(pool['pool_uuid']), String(pool['name'])],
        logpoint: [String(machine['identifier']), String(machine['name'])],
      }),
    );
  });
}

/** The user that acts: by id or name, or the only active one. */
export async function chooseUser(client: ApiClient, base: string, given: string | undefined): Promise<string> {
  const users = await client.get(`${base}/Users`);
  const all: readonly JsonObject[] = Array.isArray(users) ? users.filter(isJsonObject) : [];
  const fits = all.filter((user) =>
    given === undefined ? user['active'] === true : user['id'] === given || user['username'] === given,
  );
  const [only] = fits;
  if (only !== undefined && fits.length === 1) return String(only['id']);
  const names = all.map((user) => String(user['username'])).join(', ');
  throw usageError(
    given === undefined
      ? `give the acting user with --as, one of ${names}`
      : `no user ${given}: expected one of ${names}`,
  );
}
