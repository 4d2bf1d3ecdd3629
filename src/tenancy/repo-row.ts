import type { JsonObject } from '../shared/json.ts';
import { BUILT_IN_REPOS, DEAD_LETTER_REPO, type Repo } from './logpoint.ts';

/** A repo as the API shows it; `retention` in days. */
export const repoRow = (repo: Repo): JsonObject => ({
  id: repo.id,
  name: repo.name,
  address: repo.address,
  retention: repo.retentionDays,
  built_in: BUILT_IN_REPOS.some((name) => name === repo.name) || repo.name === DEAD_LETTER_REPO,
});

/** Where repos can be: all of them are in the event store of the data folder, whose place is no tenant's business. */
export const repoPaths = (): readonly JsonObject[] => [{ id: 'default', path: 'default', default: true }];
