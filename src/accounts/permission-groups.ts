import { appendAudit } from '../audit/audit-chain.ts';
import type { ReadTx, Tx } from '../control/control-store.ts';
import { listInMemory, type StoredList } from '../control/list-page.ts';
import { networkOf } from '../query/network.ts';
import { refuse } from '../shared/errors.ts';
import { digestHex, type LogpointId, newObjectId, type ObjectId } from '../shared/ids.ts';
import type { Author } from '../tenancy/author.ts';
import { nameKey } from '../tenancy/names.ts';

/** What a permission group speaks of. Names as the API shows them. */
export const PERMISSION_ENTITIES = [
  'AlertRules',
  'Incidents',
  'IncidentUserGroups',
  'LogSources',
  'Repos',
  'Search',
  'SystemSettings',
  'UserGroups',
  'Users',
] as const;
export type PermissionEntity = (typeof PERMISSION_ENTITIES)[number];

/** Each holds those before it. Source: the vendor's PermissionGroups. */
export const PERMISSION_LEVELS = ['NONE', 'READ', 'CREATE_EDIT', 'DELETE'] as const;
export type PermissionLevel = (typeof PERMISSION_LEVELS)[number];

export type Permission = { readonly entity: PermissionEntity; readonly permission: PermissionLevel };

/**
 * Named permissions that user groups refer to. `repos` and `devices` decide what searches of their people reach
 * (`findSearchScope`); the rest describes the people of a logpoint to its clients, since what a console token may do
 * follows from its role and pools alone.
 */
export type PermissionGroup = {
  readonly id: ObjectId;
  readonly logpointId: LogpointId;
  readonly name: string;
  readonly description: string;
  readonly permissions: readonly Permission[];
  /** What its people may search: repos by name, devices by address or network (`10.0.0.0/8`); null is every one. */
  readonly repos: readonly string[] | null;
  readonly devices: readonly string[] | null;
  /** `admin` and `operator`: on every logpoint, never edited, never trashed. */
  readonly isBuiltIn: boolean;
};

export type PermissionGroupSpec = {
  readonly name: string;
  readonly description: string;
  readonly permissions: readonly { readonly entity: string; readonly permission: string }[];
  readonly repos: readonly string[] | null;
  readonly devices: readonly string[] | null;
};

export const PERMISSION_GROUPS_MAX = 200;
/** Repos, and devices, that one group may name. */
export const GRANT_NAMES_MAX = 1_000;
const DESCRIPTION_CHARS_MAX = 1000;
/** Letters and digits, inside also blank, `-` and `_`; 2 to 100 characters. Source: the vendor's PermissionGroups. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} _-]{0,98}[\p{L}\p{N}]$/u;

const builtIn = (logpointId: LogpointId, name: string, permission: PermissionLevel): PermissionGroup => ({
  id: digestHex(['permission-group', logpointId, name], 24),
  logpointId,
  name,
  description: name === 'admin' ? 'Every permission.' : 'Read permissions.',
  permissions: PERMISSION_ENTITIES.map((entity) => ({ entity, permission })),
  repos: null,
  devices: null,
  isBuiltIn: true,
});

export const adminGroup = (logpointId: LogpointId): PermissionGroup => builtIn(logpointId, 'admin', 'DELETE');
export const operatorGroup = (logpointId: LogpointId): PermissionGroup => builtIn(logpointId, 'operator', 'READ');

type Row = {
  id: string;
  name: string;
  description: string;
  permissions_json: string;
  repos_json: string | null;
  devices_json: string | null;
};
const COLUMNS = 'id, name, description, permissions_json, repos_json, devices_json';

/** The built-in ones, then the others by name. */
export const listPermissionGroups = (tx: ReadTx, logpointId: LogpointId): Promise<PermissionGroup[]> =>
  listDated(tx, logpointId);

type Dated = PermissionGroup & { readonly changedAtMs: number };

/** Those that are built in have never changed. */
async function listDated(tx: ReadTx, logpointId: LogpointId): Promise<Dated[]> {
  const rows = await tx.all<Row & { changedAtMs: number }>(
    `select ${COLUMNS}, updated_at_ms as "changedAtMs" from permission_groups where logpoint_id = ? order by name_key`,
    [logpointId],
  );
  const builtIns = [adminGroup(logpointId), operatorGroup(logpointId)];
  return [
    ...builtIns.map((group) => ({ ...group, changedAtMs: 0 })),
    ...rows.map((row) => ({ ...groupOf(logpointId, row), changedAtMs: row.changedAtMs })),
  ];
}

/** At most `PERMISSION_GROUPS_MAX`. */
export const storedPermissionGroups: StoredList<LogpointId, PermissionGroup> = listInMemory(
  listDated,
  ({ changedAtMs }) => changedAtMs,
);

export async function getPermissionGroup(
  tx: ReadTx,
  logpointId: LogpointId,
  id: ObjectId,
): Promise<PermissionGroup | null> {
  return (await listPermissionGroups(tx, logpointId)).find((group) => group.id === id) ?? null;
}

/** @throws AppError kind `refused`: `PERMISSION_GROUP_INVALID`, `PERMISSION_GROUP_EXISTS`, `PERMISSION_GROUPS_FULL` */
export async function createPermissionGroup(
  tx: Tx,
  logpointId: LogpointId,
  spec: PermissionGroupSpec,
  by: Author,
): Promise<PermissionGroup> {
  const permissions = checkSpec(spec);
  const known = await listPermissionGroups(tx, logpointId);
  if (known.length >= PERMISSION_GROUPS_MAX) {
    const message = `the logpoint already has ${PERMISSION_GROUPS_MAX} permission groups`;
    throw refuse('PERMISSION_GROUPS_FULL', message);
  }
  refuseTaken(known, spec.name, null);
  const id = newObjectId(tx.nowMs);
  await tx.run(
    `insert into permission_groups (id, logpoint_id, name, name_key, description, permissions_json, repos_json, devices_json, created_at_ms,
       updated_at_ms)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      id,
      logpointId,
      spec.name,
      nameKey(spec.name),
      spec.description,
      JSON.stringify(permissions),
      jsonOrNull(spec.repos),
      jsonOrNull(spec.devices),
      tx.nowMs,
      tx.nowMs,
    ],
  );
  const group = { ...spec, id, logpointId, permissions, isBuiltIn: false };
  await audit(tx, 'permission group created', null, group, by);
  return group;
}

/** @throws AppError as create, and `PERMISSION_GROUP_UNKNOWN`, `PERMISSION_GROUP_BUILT_IN` */
export async function editPermissionGroup(
  tx: Tx,
  logpointId: LogpointId,
  id: ObjectId,
  edit: { readonly [K in keyof PermissionGroupSpec]?: PermissionGroupSpec[K] | undefined },
  by: Author,
): Promise<PermissionGroup> {
  const before = await own(tx, logpointId, id, 'edited');
  const name = edit.name ?? before.name;
  const description = edit.description ?? before.description;
  const repos = edit.repos === undefined ? before.repos : edit.repos;
  const devices = edit.devices === undefined ? before.devices : edit.devices;
  const permissions = checkSpec({
    name,
    description,
    permissions: edit.permissions ?? before.permissions,
    repos,
    devices,
  });
  refuseTaken(await listPermissionGroups(tx, logpointId), name, id);
  await tx.run(
    `update permission_groups set name = ?, name_key = ?, description = ?, permissions_json = ?, repos_json = ?,
       devices_json = ?, updated_at_ms = ? where id = ?`,
    [
      name,
      nameKey(name),
      description,
      JSON.stringify(permissions),
      jsonOrNull(repos),
      jsonOrNull(devices),
      tx.nowMs,
      id,
    ],
  );
  const after = { ...before, name, description, permissions, repos, devices };
  await audit(tx, 'permission group edited', before, after, by);
  return after;
}

/** @throws AppError kind `refused`: `PERMISSION_GROUP_UNKNOWN`, `PERMISSION_GROUP_BUILT_IN`, `PERMISSION_GROUP_IN_USE` */
export async function trashPermissionGroup(
  tx: Tx,
  logpointId: LogpointId,
  id: ObjectId,
  by: Author,
): Promise<PermissionGroup> {
  const group = await own(tx, logpointId, id, 'deleted');
  const user = await tx.get<{ name: string }>(
    'select name from user_groups where logpoint_id = ? and permission_group_id = ? order by name_key limit 1',
    [logpointId, id],
  );
  if (user !== undefined) {
    const message = `Permission group ${group.name} is used by the user group ${user.name}`;
    throw refuse('PERMISSION_GROUP_IN_USE', message);
  }
  await tx.run('delete from permission_groups where id = ? and logpoint_id = ?', [id, logpointId]);
  await audit(tx, 'permission group trashed', group, null, by);
  return group;
}

async function own(tx: ReadTx, logpointId: LogpointId, id: ObjectId, verb: string): Promise<PermissionGroup> {
  const group = await getPermissionGroup(tx, logpointId, id);
  if (group === null) throw refuse('PERMISSION_GROUP_UNKNOWN', 'Permission group not found');
  if (group.isBuiltIn) {
    throw refuse('PERMISSION_GROUP_BUILT_IN', `Permission group ${group.name} is built in and cannot be ${verb}`);
  }
  return group;
}

const jsonOrNull = (names: readonly string[] | null): string | null => (names === null ? null : JSON.stringify(names));

function groupOf(logpointId: LogpointId, row: Row): PermissionGroup {
  const { id, name, description } = row;
  const repos = row.repos_json === null ? null : JSON.parse(row.repos_json);
  const devices = row.devices_json === null ? null : JSON.parse(row.devices_json);
  const permissions = JSON.parse(row.permissions_json);
  return { id, logpointId, name, description, permissions, repos, devices, isBuiltIn: false };
}

function refuseTaken(known: readonly PermissionGroup[], name: string, exceptId: ObjectId | null): void {
  if (!known.some((group) => nameKey(group.name) === nameKey(name) && group.id !== exceptId)) return;
  const message = `Permission group ${name} already exists`;
  throw refuse('PERMISSION_GROUP_EXISTS', message, { name: [message] });
}

/** Every entity once, in their order; those that are not named have no permission. */
function checkSpec({ name, description, permissions, repos, devices }: PermissionGroupSpec): readonly Permission[] {
  const fields: Record<string, string[]> = {};
  if (!NAME.test(name)) {
    fields['name'] = [
      "2 to 100 letters, digits, ' ', '-' or '_', beginning and ending with a letter or digit, were expected",
    ];
  }
  if (description.length > DESCRIPTION_CHARS_MAX) {
    fields['description'] = [`at most ${DESCRIPTION_CHARS_MAX} characters were expected, got ${description.length}`];
  }
  const levels = new Map<PermissionEntity, PermissionLevel>();
  for (const { entity, permission } of permissions) {
    const known = PERMISSION_ENTITIES.find((candidate) => candidate === entity);
    const level = PERMISSION_LEVELS.find((candidate) => candidate === permission);
    if (known === undefined) {
      const seen = JSON.stringify(entity.slice(0, 60));
      fields['permissions'] = [`entity ${seen}: expected one of ${PERMISSION_ENTITIES.join(', ')}`];
    } else if (level === undefined) {
      const seen = JSON.stringify(permission.slice(0, 60));
      fields['permissions'] = [`permission ${seen}: expected one of ${PERMISSION_LEVELS.join(', ')}`];
    } else levels.set(known, level);
  }
  for (const [field, names] of Object.entries({ repos, devices })) {
    if ((names?.length ?? 0) > GRANT_NAMES_MAX) fields[field] = [`at most ${GRANT_NAMES_MAX} were expected`];
  }
  const odd = devices?.find((device) => networkOf(device) === null);
  if (odd !== undefined) {
    fields['devices'] = [
      `an address or a network such as 10.0.0.0/8 was expected, got ${JSON.stringify(odd.slice(0, 60))}`,
    ];
  }
  const [first] = Object.entries(fields);
  if (first !== undefined) throw refuse('PERMISSION_GROUP_INVALID', `${first[0]}: ${first[1][0]}`, fields);
  return PERMISSION_ENTITIES.map((entity) => ({ entity, permission: levels.get(entity) ?? 'NONE' }));
}

async function audit(
  tx: Tx,
  action: string,
  before: PermissionGroup | null,
  after: PermissionGroup | null,
  by: Author,
): Promise<void> {
  const group = after ?? before;
  if (group === null) return;
  const state = ({ name, description, permissions, repos, devices }: PermissionGroup) => ({
    name,
    description,
    repos,
    devices,
    permissions: permissions.map(({ entity, permission }) => `${entity}: ${permission}`),
  });
  await appendAudit(tx, {
    ...by,
    logpointId: group.logpointId,
    action,
    objectType: 'permission group',
    objectId: group.id,
    before: before === null ? null : state(before),
    after: after === null ? null : state(after),
  });
}
