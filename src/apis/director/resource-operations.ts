import { Type } from 'typebox';
import { anyText, type Operation, operationRow, optional, PageData, text, texts, whole } from './operation.ts';

const CreateRepo = Type.Object({
  name: text('Letters, digits, dot, underscore, dash.'),
  retention: optional(whole('Days that events are kept.')),
});

const EditRepo = Type.Object({ retention: whole('Days that events are kept.') });

const LOG_SOURCE = {
  description: optional(anyText('What it is.')),
  hosts: optional(texts('Addresses, networks or host names; replaces the list.')),
};
const CreateLogSource = Type.Object({ name: text('Unique in the logpoint.'), ...LOG_SOURCE });
const EditLogSource = Type.Object({ name: optional(text('Unique in the logpoint.')), ...LOG_SOURCE });

export const SearchLogs = Type.Object({
  query: anyText('LPQL; empty finds every event.'),
  time_range: Type.Array(Type.Number(), { minItems: 2, maxItems: 2, description: 'From and to, epoch seconds.' }),
  user_id: text('Id of the user who searches.'),
  repos: optional(texts('Names or addresses; every repo when not given.')),
  limit: optional(whole('Most rows.')),
});

const ValidateQuery = Type.Object({ query: anyText('LPQL; empty finds every event.') });

/** Source: contract/director-api.md, section 5: what is neither an account nor a rule. */
export const resourceOperations: readonly Operation[] = [
  operationRow(
    'FetchMitreAttacks',
    'Fetches the ATT&CK table.',
    'POST MitreAttacks/fetch',
    '/MitreAttacks/fetch',
    'read',
    PageData,
  ),
  operationRow('CreateRepo', 'Creates a repo.', 'POST Repos', '/Repos/create', 'write', CreateRepo),
  operationRow('EditRepo', 'Changes the retention.', 'PUT Repos/:id', '/Repos/edit', 'write', EditRepo),
  operationRow(
    'TrashRepo',
    'Removes a repo that no rule uses, with its events.',
    'DELETE Repos/:id',
    '/Repos/trash',
    'write',
  ),
  operationRow('FetchRepos', 'Fetches repos.', 'POST Repos/fetch', '/Repos/fetch', 'read', PageData),
  operationRow(
    'FetchRepoPaths',
    'Fetches where repos can be.',
    'POST Repos/RepoPaths/fetch',
    '/Repos/RepoPaths/fetch',
    'read',
  ),
  operationRow(
    'CreateLogSource',
    'Creates a log source.',
    'POST LogSources',
    '/LogSources/create',
    'write',
    CreateLogSource,
  ),
  operationRow(
    'EditLogSource',
    'Changes what is given, keeps the rest.',
    'PUT LogSources/:id',
    '/LogSources/edit',
    'write',
    EditLogSource,
  ),
  operationRow(
    'TrashLogSource',
    'Removes a log source; rules and incidents keep its name.',
    'DELETE LogSources/:id',
    '/LogSources/trash',
    'write',
  ),
  operationRow(
    'FetchLogSources',
    'Fetches log sources.',
    'POST LogSources/fetch',
    '/LogSources/fetch',
    'read',
    PageData,
  ),
  operationRow(
    'RefreshLogSources',
    'Counts the log sources.',
    'POST LogSources/refreshlist',
    '/LogSources/refreshlist',
    'read',
  ),
  operationRow(
    'FetchRemoteRepos',
    'Fetches repos with their addresses.',
    'POST Repos/RemoteRepos/fetch',
    '/Repos/RemoteRepos/fetch',
    'read',
    PageData,
  ),
  operationRow('FetchLogs', 'Searches events.', 'POST Search/logs/fetch', '/Search/logs/fetch', 'read', SearchLogs),
  operationRow(
    'ValidateQuery',
    'Says what a query does and what is wrong with it.',
    'POST Query/validate',
    '/Query/validate',
    'read',
    ValidateQuery,
  ),
];
