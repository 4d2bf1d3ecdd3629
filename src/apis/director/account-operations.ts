import { Type } from 'typebox';
import type { JsonObject } from '../../shared/json.ts';
import { compileRequestSchema } from '../http/request-schema.ts';
import { anyText, flag, type Operation, operationRow, optional, PageData, text, texts } from './operation.ts';

const CreateUser = Type.Object({
  username: text('2 to 50 characters, unique in the logpoint.'),
  email: text('Address.'),
  firstname: text('First name.'),
  lastname: text('Last name.'),
  password: text('Kept only as a hash.'),
  usergroup: texts('Ids of user groups.'),
  timezone: optional(anyText('IANA name.')),
});

const EditUser = Type.Object({
  username: optional(text('2 to 50 characters, unique in the logpoint.')),
  email: optional(text('Address.')),
  firstname: optional(text('First name.')),
  lastname: optional(text('Last name.')),
  usergroup: optional(texts('Ids of user groups; replaces the list.')),
  timezone: optional(text('IANA name.')),
});

const TrashUser = Type.Object({
  assigned_to_user: optional(anyText('Id of the active user who takes over owned rules and assigned incidents.')),
  force_delete: optional(flag('The owned rules are trashed too; incidents stay as they are.')),
});

const USER_GROUP = {
  description: optional(anyText('What the group is for.')),
  lpadmin: optional(flag('Members administrate the logpoint.')),
  useradmin: optional(flag('Members may manage users.')),
  users: optional(texts('Ids of members; replaces the list.')),
  roles: optional(text('Id of the permission group.')),
};

const CreateUserGroup = Type.Object({ name: text('Unique in the logpoint.'), ...USER_GROUP });
const EditUserGroup = Type.Object({ name: optional(text('Unique in the logpoint.')), ...USER_GROUP });

const Permissions = Type.Array(Type.Object({ entity: Type.String(), permission: Type.String() }), {
  description: 'Entities with NONE, READ, CREATE_EDIT or DELETE; what is not named has NONE.',
});
const grantOf = (what: string) =>
  optional(
    Type.Union([Type.Array(Type.String()), Type.Null()], {
      description: `${what}; null, as if left out at first, is every one.`,
    }),
  );
const PERMISSION_GROUP = {
  description: optional(anyText('What the group is for.')),
  repos: grantOf('Names of the repos that its people may search'),
  devices: grantOf('Addresses or networks (`10.0.0.0/8`) of the devices whose events its people may search'),
};
const CreatePermissionGroup = Type.Object({
  name: text('2 to 100 characters, unique in the logpoint.'),
  ...PERMISSION_GROUP,
  permissions: Permissions,
});
const EditPermissionGroup = Type.Object({
  name: optional(text('2 to 100 characters, unique in the logpoint.')),
  ...PERMISSION_GROUP,
  permissions: optional(Permissions),
});

/** A DELETE may come without a body; what one says is checked here. */
function checkTrashUser(data: JsonObject): void {
  const result = compileRequestSchema({
    schema: TrashUser,
    method: 'DELETE',
    url: '',
    httpPart: 'body',
  })(data);
  if (typeof result === 'object' && 'error' in result && result.error !== undefined) throw result.error;
}

/** Source: contract/director-api.md, section 5: Users, UserGroups, PermissionGroups, IncidentUserGroups. */
export const accountOperations: readonly Operation[] = [
  operationRow('CreateUser', 'Creates a user.', 'POST Users', '/Users/create', 'write', CreateUser),
  operationRow('EditUser', 'Changes what is given, keeps the rest.', 'PUT Users/:id', '/Users/edit', 'write', EditUser),
  {
    ...operationRow(
      'TrashUser',
      'Removes a deactivated user; `data` may name `assigned_to_user` or set `force_delete`.',
      'DELETE Users/:id',
      '/Users/trash',
      'write',
      TrashUser,
    ),
    check: checkTrashUser,
  },
  operationRow('FetchUsers', 'Fetches users.', 'POST Users/fetch', '/Users/fetch', 'read', PageData),
  operationRow('ActivateUser', 'Lets the user act again.', 'POST Users/:id/activate', '/Users/activate', 'write'),
  operationRow('DeactivateUser', 'Stops the user.', 'POST Users/:id/deactivate', '/Users/deactivate', 'write'),
  operationRow('UnlockUser', 'Ends a lockout.', 'POST Users/:id/unlock', '/Users/unlock', 'write'),
  operationRow(
    'ChangePassword',
    'Sets a new password.',
    'POST Users/:id/changePassword',
    '/Users/changePassword',
    'write',
    Type.Object({ new_password: text('Kept only as a hash.') }),
  ),
  operationRow('RefreshUsers', 'Counts the users.', 'POST Users/refreshlist', '/Users/refreshlist', 'read'),
  operationRow(
    'CreateUserGroup',
    'Creates a user group.',
    'POST UserGroups',
    '/UserGroups/create',
    'write',
    CreateUserGroup,
  ),
  operationRow(
    'EditUserGroup',
    'Changes what is given, keeps the rest.',
    'PUT UserGroups/:id',
    '/UserGroups/edit',
    'write',
    EditUserGroup,
  ),
  operationRow('TrashUserGroup', 'Removes a user group.', 'DELETE UserGroups/:id', '/UserGroups/trash', 'write'),
  operationRow(
    'FetchUserGroups',
    'Fetches user groups.',
    'POST UserGroups/fetch',
    '/UserGroups/fetch',
    'read',
    PageData,
  ),
  operationRow(
    'RefreshUserGroups',
    'Counts the user groups.',
    'POST UserGroups/refreshlist',
    '/UserGroups/refreshlist',
    'read',
  ),
  operationRow(
    'CreatePermissionGroup',
    'Creates a permission group.',
    'POST PermissionGroups',
    '/PermissionGroups/create',
    'write',
    CreatePermissionGroup,
  ),
  operationRow(
    'EditPermissionGroup',
    'Changes what is given, keeps the rest; not of a built-in group.',
    'PUT PermissionGroups/:id',
    '/PermissionGroups/edit',
    'write',
    EditPermissionGroup,
  ),
  operationRow(
    'TrashPermissionGroup',
    'Removes a permission group that no user group has.',
    'DELETE PermissionGroups/:id',
    '/PermissionGroups/trash',
    'write',
  ),
  operationRow(
    'FetchPermissionGroups',
    'Fetches permission groups.',
    'POST PermissionGroups/fetch',
    '/PermissionGroups/fetch',
    'read',
    PageData,
  ),
  operationRow(
    'CreateIncidentUserGroup',
    'Makes user groups available to `manageable_by`.',
    'POST IncidentUserGroups',
    '/IncidentUserGroups/create',
    'write',
    Type.Object({ selected_usergroups: texts('Ids of user groups.') }),
  ),
  operationRow(
    'TrashIncidentUserGroup',
    'Removes an incident user group.',
    'DELETE IncidentUserGroups/:id',
    '/IncidentUserGroups/trash',
    'write',
  ),
  operationRow(
    'FetchIncidentUserGroups',
    'Fetches incident user groups.',
    'POST IncidentUserGroups/fetch',
    '/IncidentUserGroups/fetch',
    'read',
    PageData,
  ),
];
