import type { JsonObject } from '../shared/json.ts';
import { repoRow } from '../tenancy/repo-row.ts';
import { createRepo, listRepos, RETENTION_DAYS_DEFAULT } from '../tenancy/repos.ts';
import { optionalInteger, requiredText } from './order-input.ts';
import { authorOf, type TransactionKind } from './order-kind.ts';

const createRepoOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/Repos/create',
  async run(tx, ctx, input) {
    const name = requiredText(input, 'name');
    const retentionDays = optionalInteger(input, 'retention') ?? RETENTION_DAYS_DEFAULT;
    const repo = await createRepo(tx, ctx.logpointId, { name, retentionDays, by: authorOf(ctx) });
    return { message: `Repo ${repo.name} created`, id: repo.id, address: repo.address };
  },
};

const fetchRemoteReposOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/Repos/RemoteRepos/fetch',
  run: async (tx, ctx) => ({ rows: (await listRepos(tx, ctx.logpointId)).map(repoRow) }),
};

export const repoOrders = [createRepoOrder, fetchRemoteReposOrder] as const;
