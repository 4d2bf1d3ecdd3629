import { Type } from 'typebox';
import {
  anyText,
  dataAlone,
  dataWithId,
  flag,
  NoData,
  type Operation,
  optional,
  text,
  texts,
  whole,
} from './operation.ts';

const CreateUser = Type.Object({
  username: text('2 to 50 characters, unique in the logpoint.'),
  email: text('Address.'),
  firstname: text('First name.'),
  lastname: text('Last name.'),
  password: text('Kept only as a hash.'),
  usergroup: texts('Ids of user groups.'),
  timezone: optional(anyText('IANA name.')),
});

const CreateUserGroup = Type.Object({
  name: text('Unique in the logpoint.'),
  description: optional(anyText('What the group is for.')),
  lpadmin: optional(flag('Members administrate the logpoint.')),
  useradmin: optional(flag('Members may manage users.')),
  users: optional(texts('Ids of members.')),
});

const CreateRepo = Type.Object({
  name: text('Letters, digits, dot, underscore, dash.'),
  retention: optional(whole('Days that events are kept.')),
});

const SearchLogs = Type.Object({
  query: anyText('LPQL; empty finds every event.'),
  time_range: Type.Array(Type.Number(), { minItems: 2, maxItems: 2, description: 'From and to, epoch seconds.' }),
  user_id: text('Id of the user who searches.'),
  repos: optional(texts('Names or addresses; every repo when not given.')),
  limit: optional(whole('Most rows.')),
});

type Row = Pick<Operation, 'id' | 'tag' | 'summary' | 'method' | 'path' | 'action' | 'permission' | 'data'>;

const row = (
  id: string,
  summary: string,
  method: Operation['method'],
  path: string,
  action: string,
  permission: Operation['permission'],
  data: Operation['data'],
): Row => ({ id, tag: path.split('/')[0] ?? path, summary, method, path, action, permission, data });

const rows: readonly Row[] = [
  row('CreateUser', 'Creates a user.', 'POST', 'Users', '/Users/create', 'write', CreateUser),
  row('FetchUsers', 'Fetches users.', 'POST', 'Users/fetch', '/Users/fetch', 'read', NoData),
  row('ActivateUser', 'Lets the user act again.', 'POST', 'Users/:id/activate', '/Users/activate', 'write', NoData),
  row('DeactivateUser', 'Stops the user.', 'POST', 'Users/:id/deactivate', '/Users/deactivate', 'write', NoData),
  row('CreateUserGroup', 'Creates a user group.', 'POST', 'UserGroups', '/UserGroups/create', 'write', CreateUserGroup),
  row('TrashUserGroup', 'Removes a user group.', 'DELETE', 'UserGroups/:id', '/UserGroups/trash', 'write', NoData),
  row(
    'CreateIncidentUserGroup',
    'Makes user groups available to `manageable_by`.',
    'POST',
    'IncidentUserGroups',
    '/IncidentUserGroups/create',
    'write',
    Type.Object({ selected_usergroups: texts('Ids of user groups.') }),
  ),
  row(
    'TrashIncidentUserGroup',
    'Removes an incident user group.',
    'DELETE',
    'IncidentUserGroups/:id',
    '/IncidentUserGroups/trash',
    'write',
    NoData,
  ),
  row(
    'FetchIncidentUserGroups',
    'Fetches incident user groups.',
    'POST',
    'IncidentUserGroups/fetch',
    '/IncidentUserGroups/fetch',
    'read',
    NoData,
  ),
  row(
    'FetchMitreAttacks',
    'Fetches the ATT&CK table.',
    'POST',
    'MitreAttacks/fetch',
    '/MitreAttacks/fetch',
    'read',
    NoData,
  ),
  row('CreateRepo', 'Creates a repo.', 'POST', 'Repos', '/Repos/create', 'write', CreateRepo),
  row(
    'FetchRemoteRepos',
    'Fetches repos with their addresses.',
    'POST',
    'Repos/RemoteRepos/fetch',
    '/Repos/RemoteRepos/fetch',
    'read',
    NoData,
  ),
  row('FetchLogs', 'Searches events.', 'POST', 'Search/logs/fetch', '/Search/logs/fetch', 'read', SearchLogs),
];

/** Source: contract/director-api.md, section 5. */
export const resourceOperations: readonly Operation[] = rows.map((operation) => ({
  ...operation,
  input: operation.path.includes(':id') ? dataWithId : dataAlone,
}));
