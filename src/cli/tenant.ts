import type { AnswerOf, JsonObject, TocsinClient } from '../client/client.ts';
import { usageError } from './output.ts';

export type TenantChoice = { readonly pool?: string | undefined; readonly logpoint?: string | undefined };

/** The client, bound to the tenant that is meant: by id or name, or the only one that the token reaches. */
export async function chooseTenant(client: TocsinClient, choice: TenantChoice): Promise<TocsinClient> {
  const tenants = listTenants(await client.call('PoolInfo'));
  const fits = tenants.filter(
    ({ pool, logpoint }) =>
      (choice.pool === undefined || pool.includes(choice.pool)) &&
      (choice.logpoint === undefined || logpoint.includes(choice.logpoint)),
  );
  const [only] = fits;
  if (only !== undefined && fits.length === 1) return client.at(only.pool[0], only.logpoint[0]);
  const names = (fits.length === 0 ? tenants : fits).map(({ pool, logpoint }) => `${pool[1]}/${logpoint[1]}`);
  const what = fits.length === 0 ? 'no such pool and logpoint' : 'more than one logpoint fits';
  throw usageError(`${what}: give --pool and --logpoint, one of ${names.join(', ') || '(none)'}`);
}

type NamedTenant = { readonly pool: readonly [string, string]; readonly logpoint: readonly [string, string] };

/** Id and name of each pool and logpoint. */
const listTenants = (pools: AnswerOf<'PoolInfo'>): NamedTenant[] =>
  pools.flatMap((pool) =>
    pool.machines.map(
      (machine): NamedTenant => ({ pool: [pool.pool_uuid, pool.name], logpoint: [machine.identifier, machine.name] }),
    ),
  );

/** The user that acts: by id or name, or the only active one. */
export async function chooseUser(tenant: TocsinClient, given: string | undefined): Promise<string> {
  const all: JsonObject[] = [];
  for await (const user of tenant.rows('ListUsers')) all.push(user);
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
