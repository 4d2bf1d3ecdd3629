import { Type } from 'typebox';
import { anyText, type Operation, operationRow, optional, text, texts, whole } from './operation.ts';

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

const ValidateQuery = Type.Object({ query: anyText('LPQL; empty finds every event.') });

/** Source: contract/director-api.md, section 5: what is neither an account nor a rule. */
export const resourceOperations: readonly Operation[] = [
  operationRow(
    'FetchMitreAttacks',
    'Fetches the ATT&CK table.',
    'POST MitreAttacks/fetch',
    '/MitreAttacks/fetch',
    'read',
  ),
  operationRow('CreateRepo', 'Creates a repo.', 'POST Repos', '/Repos/create', 'write', CreateRepo),
  operationRow(
    'FetchRemoteRepos',
    'Fetches repos with their addresses.',
    'POST Repos/RemoteRepos/fetch',
    '/Repos/RemoteRepos/fetch',
    'read',
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
