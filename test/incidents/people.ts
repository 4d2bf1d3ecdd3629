import { createIncidentUserGroups } from '../../src/accounts/incident-user-groups.ts';
import { accountsMigrations } from '../../src/accounts/migrations.ts';
import { createUserGroup } from '../../src/accounts/user-groups.ts';
import { createUser, deactivateUser } from '../../src/accounts/users.ts';
import { auditMigrations } from '../../src/audit/migrations.ts';
import { command, type Tx } from '../../src/control/control-store.ts';
import { incidentMigrations } from '../../src/incidents/migrations.ts';
import { listMigrations } from '../../src/lists/migrations.ts';
import type { ObjectId } from '../../src/shared/ids.ts';
import { createLogpoint } from '../../src/tenancy/logpoints.ts';
import { tenancyMigrations } from '../../src/tenancy/migrations.ts';
import { createPool } from '../../src/tenancy/pools.ts';

export const peopleMigrations = [
  ...tenancyMigrations,
  ...accountsMigrations,
  ...auditMigrations,
  ...incidentMigrations,
  ...listMigrations,
];

const by = { actor: 'setup' };

async function addUser(tx: Tx, logpointId: string, username: string, usergroup: ObjectId[]): Promise<ObjectId> {
  const person = { username, email: `${username}@example.org`, firstname: username, lastname: 'Test' };
  return (await createUser(tx, logpointId, { ...person, passwordHash: 'none', usergroup }, by)).id;
}

/** Two logpoints; in the first one user of every standing towards an incident, in the second one stranger. */
export const settle = command('test.settle', async (tx, _: null) => {
  const pool = await createPool(tx, { name: 'pool', by });
  const logpoint = await createLogpoint(tx, { poolId: pool.id, name: 'LogPoint', ip: '10.45.9.198', by });
  const other = await createLogpoint(tx, { poolId: pool.id, name: 'Other', by });
  const group = async (name: string, lpadmin: boolean) =>
    (await createUserGroup(tx, logpoint.id, { name, lpadmin }, by)).id;
  const administrators = await group('administrators', true);
  const managers = await group('managers', false);
  const nobodies = await group('nobodies', false);
  const [manageableBy = ''] = await createIncidentUserGroups(tx, logpoint.id, [managers], by);
  await createIncidentUserGroups(tx, logpoint.id, [nobodies], by);
  const users = {
    assignee: await addUser(tx, logpoint.id, 'assignee', [nobodies]),
    manager: await addUser(tx, logpoint.id, 'manager', [managers]),
    owner: await addUser(tx, logpoint.id, 'owner', [nobodies]),
    administrator: await addUser(tx, logpoint.id, 'administrator', [administrators]),
    bystander: await addUser(tx, logpoint.id, 'bystander', [nobodies]),
    inactive: await addUser(tx, logpoint.id, 'inactive', [administrators]),
    stranger: '',
  };
  await deactivateUser(tx, logpoint.id, users.inactive, by);
  const foreign = await createUserGroup(tx, other.id, { name: 'administrators', lpadmin: true }, by);
  users.stranger = await addUser(tx, other.id, 'stranger', [foreign.id]);
  return { poolId: pool.id, logpointId: logpoint.id, otherLogpointId: other.id, manageableBy, users };
});

export type Settlement = Awaited<ReturnType<typeof settle.run>>;
export type Who = keyof Settlement['users'];
