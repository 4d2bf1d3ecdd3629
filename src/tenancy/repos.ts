import { appendAudit } from '../audit/audit-chain.ts';
import type { ReadTx, Tx } from '../control/control-store.ts';
import { countRows, type ListShape, type Slice, type StoredList, selectSlice } from '../control/list-page.ts';
import { refuse } from '../shared/errors.ts';
import { type LogpointId, newObjectId, type ObjectId } from '../shared/ids.ts';
import type { Author } from './author.ts';
import { BUILT_IN_REPOS, DEAD_LETTER_REPO, type Logpoint, type Repo, repoAddress } from './logpoint.ts';
import { nameKey } from './names.ts';

export const RETENTION_DAYS_DEFAULT = 365;
export const RETENTION_DAYS_MAX = 3650;
/** Repos of one logpoint; each is a column of partitions in the event store. */
export const REPOS_MAX = 200;
/** Names that a person may give. Built-in ones begin with an underscore. */
const REPO_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,49}$/;

const COLUMNS = 'id, logpoint_id as "logpointId", name, address, retention_days as "retentionDays"';

export type NewRepo = { readonly name: string; readonly retentionDays: number };

/** @throws AppError kind `refused`: `REPO_INVALID`, `REPO_EXISTS`, `REPOS_FULL`, `LOGPOINT_UNKNOWN` */
export async function createRepo(
  tx: Tx,
  logpointId: LogpointId,
  input: NewRepo & { readonly by: Author },
): Promise<Repo> {
  checkRepo(input);
  const dropping = await tx.get('select name from repo_drops where logpoint_id = ? and name_key = ?', [
    logpointId,
    nameKey(input.name),
  ]);
  if (dropping !== undefined) {
    const message = `Repo ${input.name} was deleted and its events are being dropped: try again later`;
    throw refuse('REPO_DROPPING', message, { name: [message] });
  }
  const repo = await addRepo(tx, await logpointOf(tx, logpointId), input);
  if (repo === null) {
    const message = `Repo ${input.name} already exists`;
    throw refuse('REPO_EXISTS', message, { name: [message] });
  }
  await auditRepo(tx, repo, input.by);
  return repo;
}

/**
 * Changes how long events are kept. The name stays: events and rules carry it.
 *
 * @throws AppError kind `refused`: `REPO_NOT_FOUND`, `REPO_INVALID`
 */
export async function editRepo(
  tx: Tx,
  logpointId: LogpointId,
  repoId: ObjectId,
  edit: { readonly retentionDays: number; readonly by: Author },
): Promise<Repo> {
  const before = await getRepo(tx, logpointId, repoId);
  if (before === null) throw refuse('REPO_NOT_FOUND', 'Repo not found');
  const fault = retentionFault(edit.retentionDays);
  if (fault !== null) throw refuse('REPO_INVALID', fault, { retention: [fault] });
  const after = { ...before, retentionDays: edit.retentionDays };
  await tx.run('update repos set retention_days = ?, updated_at_ms = ? where id = ?', [
    edit.retentionDays,
    tx.nowMs,
    repoId,
  ]);
  await appendAudit(tx, {
    ...edit.by,
    logpointId,
    action: 'repo edited',
    objectType: 'repo',
    objectId: repoId,
    before: { retention_days: before.retentionDays },
    after: { retention_days: after.retentionDays },
  });
  tx.signal('tenancy.changed', null);
  return after;
}

/** Topic signalled after a commit that left events to drop. */
export const REPO_TRASHED = 'repos.trashed';

/**
 * Removes the repo and notes that its events have to go; the caller has made sure that nothing needs it.
 *
 * @throws AppError kind `refused`: `REPO_NOT_FOUND`, `REPO_BUILT_IN`
 */
export async function trashRepo(tx: Tx, logpointId: LogpointId, repoId: ObjectId, by: Author): Promise<Repo> {
  const repo = await getRepo(tx, logpointId, repoId);
  if (repo === null) throw refuse('REPO_NOT_FOUND', 'Repo not found');
  if (BUILT_IN_REPOS.some((name) => name === repo.name) || repo.name === DEAD_LETTER_REPO) {
    throw refuse('REPO_BUILT_IN', `Repo ${repo.name} is built in and cannot be deleted`);
  }
  await tx.run('delete from repos where id = ?', [repoId]);
  await tx.run('insert into repo_drops (logpoint_id, name, name_key, trashed_at_ms) values (?, ?, ?, ?)', [
    logpointId,
    repo.name,
    nameKey(repo.name),
    tx.nowMs,
  ]);
  await appendAudit(tx, {
    ...by,
    logpointId,
    action: 'repo trashed',
    objectType: 'repo',
    objectId: repoId,
    before: { name: repo.name, address: repo.address, retention_days: repo.retentionDays },
  });
  tx.signal('tenancy.changed', null);
  tx.signal(REPO_TRASHED, null);
  return repo;
}

export type RepoDrop = { readonly logpointId: LogpointId; readonly name: string; readonly trashedAtMs: number };

/** Of every logpoint, oldest first. */
export const listRepoDrops = (tx: ReadTx): Promise<RepoDrop[]> =>
  tx.all<RepoDrop>(
    `select logpoint_id as "logpointId", name, trashed_at_ms as "trashedAtMs" from repo_drops
      order by trashed_at_ms, logpoint_id, name_key`,
  );

/** The events are gone; the name is free again. */
export async function finishRepoDrop(tx: Tx, drop: Pick<RepoDrop, 'logpointId' | 'name'>): Promise<void> {
  await tx.run('delete from repo_drops where logpoint_id = ? and name_key = ?', [drop.logpointId, nameKey(drop.name)]);
}

export async function getRepo(tx: ReadTx, logpointId: LogpointId, repoId: ObjectId): Promise<Repo | null> {
  const row = await tx.get<Repo>(`select ${COLUMNS} from repos where logpoint_id = ? and id = ?`, [logpointId, repoId]);
  return row ?? null;
}

/** The repo for lines that cannot be decoded, made at the first need. */
export async function ensureDeadLetterRepo(tx: Tx, logpointId: LogpointId, by: Author): Promise<Repo> {
  const known = await findRepo(tx, logpointId, DEAD_LETTER_REPO);
  if (known !== null) return known;
  const made = await addRepo(tx, await logpointOf(tx, logpointId), {
    name: DEAD_LETTER_REPO,
    retentionDays: RETENTION_DAYS_DEFAULT,
  });
  if (made === null) throw new Error(`the repo ${DEAD_LETTER_REPO} is neither there nor can it be made`);
  await auditRepo(tx, made, by);
  return made;
}

const LIST: ListShape = {
  columns: COLUMNS,
  from: 'repos',
  scope: 'logpoint_id = ?',
  id: 'id',
  order: 'created_at_ms, name_key',
  changed: ['updated_at_ms'],
};

/** Oldest first. */
export const listRepos = (tx: ReadTx, logpointId: LogpointId, slice: Slice = {}): Promise<Repo[]> =>
  selectSlice<Repo>(tx, LIST, [logpointId], slice);

export const storedRepos: StoredList<LogpointId, Repo> = {
  rows: listRepos,
  count: (tx, logpointId, changedFromMs) => countRows(tx, LIST, [logpointId], changedFromMs),
};

/** The repo of that name (in any case) or of that address `ip:5504/name`. */
export async function findRepo(tx: ReadTx, logpointId: LogpointId, nameOrAddress: string): Promise<Repo | null> {
  const row = await tx.get<Repo>(
    `select ${COLUMNS} from repos where logpoint_id = ? and (name_key = ? or address = ?)`,
    [logpointId, nameKey(nameOrAddress), nameOrAddress],
  );
  return row ?? null;
}

/** Writes the repo without checks or audit; null when the logpoint has one of that name. */
export async function addRepo(tx: Tx, logpoint: Logpoint, { name, retentionDays }: NewRepo): Promise<Repo | null> {
  const id = newObjectId(tx.nowMs);
  const address = repoAddress(logpoint.ip, name);
  const { changes } = await tx.run(
    `insert into repos (id, logpoint_id, name, name_key, address, retention_days, created_at_ms, updated_at_ms)
     values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (logpoint_id, name_key) do nothing`,
    [id, logpoint.id, name, nameKey(name), address, retentionDays, tx.nowMs, tx.nowMs],
  );
  return changes === 0 ? null : { id, logpointId: logpoint.id, name, address, retentionDays };
}

function checkRepo({ name, retentionDays }: NewRepo): void {
  const fields: Record<string, string[]> = {};
  if (!REPO_NAME.test(name)) {
    fields['name'] = [
      `1 to 50 letters, digits, '.', '_' or '-', beginning with a letter or digit, were expected, got ${JSON.stringify(name.slice(0, 60))}`,
    ];
  }
  const fault = retentionFault(retentionDays);
  if (fault !== null) fields['retention'] = [fault];
  const [first] = Object.values(fields);
  if (first?.[0] !== undefined) throw refuse('REPO_INVALID', first[0], fields);
}

function retentionFault(days: number): string | null {
  if (Number.isInteger(days) && days >= 1 && days <= RETENTION_DAYS_MAX) return null;
  return `1 to ${RETENTION_DAYS_MAX} days were expected, got ${days}`;
}

async function logpointOf(tx: Tx, logpointId: LogpointId): Promise<Logpoint> {
  const logpoint = await tx.get<Logpoint>('select id, pool_id as "poolId", name, ip from logpoints where id = ?', [
    logpointId,
  ]);
  if (logpoint === undefined) throw refuse('LOGPOINT_UNKNOWN', `there is no logpoint ${logpointId}`);
  const count = await tx.get<{ n: number }>('select count(*) as n from repos where logpoint_id = ?', [logpointId]);
  if ((count?.n ?? 0) >= REPOS_MAX) throw refuse('REPOS_FULL', `the logpoint already has ${REPOS_MAX} repos`);
  return logpoint;
}

async function auditRepo(tx: Tx, repo: Repo, by: Author): Promise<void> {
  await appendAudit(tx, {
    ...by,
    logpointId: repo.logpointId,
    action: 'repo created',
    objectType: 'repo',
    objectId: repo.id,
    after: { name: repo.name, address: repo.address, retention_days: repo.retentionDays },
  });
  tx.signal('tenancy.changed', null);
}
