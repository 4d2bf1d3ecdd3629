import type { Tx } from '../control/control-store.ts';
import type { ObjectId } from '../shared/ids.ts';
import type { Author } from '../tenancy/author.ts';
import type { Logpoint, Pool } from '../tenancy/logpoint.ts';
import { createLogpoint } from '../tenancy/logpoints.ts';
import { createPool } from '../tenancy/pools.ts';
import type { Role } from './actor.ts';
import { createAccount, findAccount } from './console-accounts.ts';
import { type IssuedToken, issueToken } from './console-tokens.ts';
import { createIncidentUserGroups } from './incident-user-groups.ts';
import type { User } from './user.ts';
import { createUserGroup } from './user-groups.ts';
import { createUser } from './users.ts';

/** Names of the groups that every logpoint is born with. */
export const ADMINISTRATORS = 'LogPoint Administrator';
export const USER_ADMINISTRATORS = 'User Account Administrator';
export const OPERATORS = 'Operator';

export type FoundPool = {
  readonly poolName: string;
  readonly logpointName: string;
  readonly ip?: string | undefined;
  readonly admin: {
    readonly username: string;
    readonly email: string;
    /** Of `hashPassword` and `secretDigest`. */
    readonly passwordHash: string;
    readonly accessKeyHash: string;
    readonly accessKeySealed?: string | undefined;
  };
  /** The role of the console token: root for the first pool, engineer of this pool for later ones. */
  readonly role: Role;
  readonly by: Author;
};

export type FoundedPool = {
  readonly pool: Pool;
  readonly logpoint: Logpoint;
  readonly admin: User;
  readonly administratorsId: ObjectId;
  readonly issued: IssuedToken;
};

/**
 * A pool with one logpoint, its groups, its administrator, the console account of that name and a console token: all or
 * nothing.
 */
export async function foundPool(tx: Tx, input: FoundPool): Promise<FoundedPool> {
  const { by } = input;
  const pool = await createPool(tx, { name: input.poolName, by });
  const logpoint = await createLogpoint(tx, { poolId: pool.id, name: input.logpointName, ip: input.ip, by });
  const administrators = await createUserGroup(tx, logpoint.id, { name: ADMINISTRATORS, lpadmin: true }, by);
  await createUserGroup(tx, logpoint.id, { name: USER_ADMINISTRATORS, useradmin: true }, by);
  const operators = await createUserGroup(tx, logpoint.id, { name: OPERATORS }, by);
  await createIncidentUserGroups(tx, logpoint.id, [administrators.id, operators.id], by);
  const { username, email, passwordHash, accessKeyHash, accessKeySealed } = input.admin;
  const admin = await createUser(
    tx,
    logpoint.id,
    {
      username,
      email,
      firstname: username,
      lastname: 'Administrator',
      passwordHash,
      accessKeyHash,
      accessKeySealed,
      usergroup: [administrators.id],
    },
    by,
  );
  // Usernames of console accounts are the server's: the administrator of a later pool may find the name taken.
  if ((await findAccount(tx, username)) === null) {
    const reach = { role: input.role, pools: [pool.id] };
    await createAccount(tx, { username, ...reach, passwordHash, by, operator: { role: 'root' } });
  }
  const issued = await issueToken(tx, { name: `${pool.name} ${input.role}`, role: input.role, pools: [pool.id], by });
  return { pool, logpoint, admin, administratorsId: administrators.id, issued };
}
