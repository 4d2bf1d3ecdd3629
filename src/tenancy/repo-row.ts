import type { JsonObject } from '../shared/json.ts';
import type { Repo } from './logpoint.ts';

/** A repo as the API shows it; `retention` in days. */
export const repoRow = (repo: Repo): JsonObject => ({
  id: repo.id,
  name: repo.name,
  address: repo.address,
  retention: repo.retentionDays,
});
