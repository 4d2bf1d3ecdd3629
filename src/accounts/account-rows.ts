import type { JsonObject } from '../shared/json.ts';
import type { IncidentUserGroup } from './incident-user-groups.ts';
import type { PermissionGroup } from './permission-groups.ts';
import type { User } from './user.ts';
import type { UserGroup } from './user-groups.ts';

// Accounts as the API shows them. Source: contract/director-api.md, section 5.

/** Never holds a secret. `last_login` is epoch seconds, null before the first login. */
export const userRow = (user: User): JsonObject => ({
  active: user.active,
  email: user.email,
  failed_login_count: user.failedLoginCount,
  firstname: user.firstname,
  lastname: user.lastname,
  fullname: `${user.firstname} ${user.lastname}`,
  id: user.id,
  last_login: user.lastLoginAtMs === null ? null : Math.floor(user.lastLoginAtMs / 1000),
  locked: user.locked,
  timezone: user.timezone,
  usergroup: user.usergroup,
  username: user.username,
  tid: '',
});

export const userGroupRow = (group: UserGroup): JsonObject => ({
  id: group.id,
  name: group.name,
  description: group.description,
  lpadmin: group.lpadmin,
  useradmin: group.useradmin,
  users: group.users,
  roles: group.roles,
  tid: '',
});

export const permissionGroupRow = (group: PermissionGroup): JsonObject => ({
  id: group.id,
  name: group.name,
  description: group.description,
  permissions: group.permissions.map(({ entity, permission }) => ({ entity, permission })),
  repos: group.repos,
  devices: group.devices,
  built_in: group.isBuiltIn,
  tid: '',
});

/** `user` names the maker, which is a token and not a user here: always empty. */
export const incidentUserGroupRow = (group: IncidentUserGroup): JsonObject => ({
  id: group.id,
  name: group.name,
  tid: '',
  user: '',
  usergroup: group.usergroup,
  users: group.users,
});
