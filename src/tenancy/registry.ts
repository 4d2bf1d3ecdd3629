import { command, query } from '../control/control-store.ts';
import type { LogpointId, PoolId } from '../shared/ids.ts';
import type { Author } from './author.ts';
import { createLogpoint, getLogpoint, listLogpoints } from './logpoints.ts';
import { createPool, listPools } from './pools.ts';
import { createRepo, ensureDeadLetterRepo, findRepo, listRepos, type NewRepo } from './repos.ts';

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
export const reposFind = query('repos.find', (tx, input: { logpointId: LogpointId; nameOrAddress: string }) =>
  findRepo(tx, input.logpointId, input.nameOrAddress),
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
  reposFind,
];
