import { listRules } from '../rules/rule-store.ts';
import { AppError, refuse } from '../shared/errors.ts';
import type { JsonObject } from '../shared/json.ts';
import { repoPaths, repoRow } from '../tenancy/repo-row.ts';
import { createRepo, editRepo, RETENTION_DAYS_DEFAULT, storedRepos, trashRepo } from '../tenancy/repos.ts';
import { fetchKind } from './fetch-page.ts';
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

const editRepoOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/Repos/edit',
  async run(tx, ctx, input) {
    const retentionDays = optionalInteger(input, 'retention');
    if (retentionDays === undefined) {
      throw new AppError('invalid', 'FIELD_MISSING', 'retention must be present in request.');
    }
    const edit = { retentionDays, by: authorOf(ctx) };
    const repo = await editRepo(tx, ctx.logpointId, requiredText(input, 'id'), edit);
    return { message: `Repo ${repo.name} edited`, id: repo.id };
  },
};

/** Names of rules that a refusal shows. */
const RULES_SHOWN_MAX = 5;

/** The repo is gone when the order ends; the event store drops its events after that, however often it has to try. */
const trashRepoOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/Repos/trash',
  async run(tx, ctx, input) {
    const repo = await trashRepo(tx, ctx.logpointId, requiredText(input, 'id'), authorOf(ctx));
    const rules = await listRules(tx, { logpointId: ctx.logpointId });
    const using = rules.filter((rule) => rule.repos.includes(repo.name)).map((rule) => rule.name);
    if (using.length > 0) {
      const shown = using.slice(0, RULES_SHOWN_MAX).join(', ');
      throw refuse('REPO_IN_USE', `Repo ${repo.name} is used by ${using.length} alert rules: ${shown}`);
    }
    return { message: `Repo ${repo.name} deleted` };
  },
};

/** One place holds every repo; the vendor's clients ask for it before they make one. */
const repoPathsOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/Repos/RepoPaths/fetch',
  run: async () => ({ rows: repoPaths() }),
};

const fetchReposOrder = fetchKind('/Repos/fetch', storedRepos, repoRow);

const fetchRemoteReposOrder = fetchKind('/Repos/RemoteRepos/fetch', storedRepos, repoRow);

export const repoOrders = [
  createRepoOrder,
  editRepoOrder,
  trashRepoOrder,
  fetchReposOrder,
  repoPathsOrder,
  fetchRemoteReposOrder,
] as const;
