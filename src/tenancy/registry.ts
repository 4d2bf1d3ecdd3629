import { command, query } from '../control/control-store.ts';
import { pageQuery } from '../control/list-page.ts';
import type { LogpointId, ObjectId, PoolId } from '../shared/ids.ts';
import type { Author } from './author.ts';
import { getLogSource, storedLogSources } from './log-sources.ts';
import { createLogpoint, getLogpoint, listLogpoints } from './logpoints.ts';
import { createPool, listPools } from './pools.ts';
import {
  createRepo,
  ensureDeadLetterRepo,
  findRepo,
  finishRepoDrop,
  listRepoDrops,
  listRepos,
  type NewRepo,
  type RepoDrop,
  storedRepos,
} from './repos.ts';
import { getSettings, type SettingsKind } from './settings.ts';

export const poolsCreate = command('pools.create', createPool);
export const logpointsCreate = command('logpoints.create', createLogpoint);
export const reposCreate = command('repos.create', (tx, input: NewRepo & { logpointId: LogpointId; by: Author }) =>
  createRepo(tx, input.logpointId, input),
);
export const reposEnsureDeadLetter = command(
  'repos.ensureDeadLetter',
  (tx, input: { logpointId: LogpointId; by: Author }) => ensureDeadLetterRepo(tx, input.logpointId, input.by),
);

export const poolsList = query('pools.list', (tx, _: Record<never, never>) => listPools(tx));
export const logpointsList = query('logpoints.list', (tx, _: Record<never, never>) => listLogpoints(tx));
export const logpointsGet = query('logpoints.get', (tx, input: { poolId: PoolId; logpointId: LogpointId }) =>
  getLogpoint(tx, input.poolId, input.logpointId),
);
export const reposList = query('repos.list', (tx, logpointId: LogpointId) => listRepos(tx, logpointId));
export const reposPage = pageQuery('repos.page', storedRepos);
export const reposFind = query('repos.find', (tx, input: { logpointId: LogpointId; nameOrAddress: string }) =>
  findRepo(tx, input.logpointId, input.nameOrAddress),
);

export const repoDropsList = query('repos.drops', (tx, _: Record<never, never>) => listRepoDrops(tx));
export const repoDropsFinish = command('repos.dropped', (tx, drop: Pick<RepoDrop, 'logpointId' | 'name'>) =>
  finishRepoDrop(tx, drop),
);
export const logSourcesPage = pageQuery('logSources.page', storedLogSources);
export const logSourcesGet = query('logSources.get', (tx, input: { logpointId: LogpointId; id: ObjectId }) =>
  getLogSource(tx, input.logpointId, input.id),
);
export const settingsGet = query('settings.get', (tx, input: { logpointId: LogpointId; kind: SettingsKind }) =>
  getSettings(tx, input.logpointId, input.kind),
);

export const tenancyEntries = [
  poolsCreate,
  logpointsCreate,
  reposCreate,
  reposEnsureDeadLetter,
  poolsList,
  logpointsList,
  logpointsGet,
  reposList,
  reposPage,
  reposFind,
  repoDropsList,
  repoDropsFinish,
  logSourcesPage,
  logSourcesGet,
  settingsGet,
];
