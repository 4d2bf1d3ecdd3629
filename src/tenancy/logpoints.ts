import { isIP } from 'node:net';
import { appendAudit, SERVER_CHAIN } from '../audit/audit-chain.ts';
import type { ReadTx, Tx } from '../control/control-store.ts';
import { AppError, refuse } from '../shared/errors.ts';
import { type LogpointId, newHex32, type PoolId } from '../shared/ids.ts';
import type { Author } from './author.ts';
import { BUILT_IN_REPOS, type Logpoint } from './logpoint.ts';
import { nameKey, readName } from './names.ts';
import { addRepo, RETENTION_DAYS_DEFAULT } from './repos.ts';

const COLUMNS = 'id, pool_id as "poolId", name, ip';

/** A logpoint with its built-in repos. @throws AppError `NAME_INVALID`, `IP_INVALID`, `POOL_UNKNOWN`, `LOGPOINT_EXISTS` */
export async function createLogpoint(
  tx: Tx,
  input: { readonly poolId: PoolId; readonly name: string; readonly ip?: string | undefined; readonly by: Author },
): Promise<Logpoint> {
  const name = readName(input.name, 'name of a logpoint');
  const ip = input.ip ?? '127.0.0.1';
  if (isIP(ip) === 0)
    throw new AppError('invalid', 'IP_INVALID', `an IP address was expected, got ${ip.slice(0, 100)}`);
  const pool = await tx.get('select id from pools where id = ?', [input.poolId]);
  if (pool === undefined) throw new AppError('not-found', 'POOL_UNKNOWN', `there is no pool ${input.poolId}`);
  const logpoint: Logpoint = { id: newHex32(), poolId: input.poolId, name, ip };
  const { changes } = await tx.run(
    `insert into logpoints (id, pool_id, name, name_key, ip, created_at_ms) values (?, ?, ?, ?, ?, ?)
     on conflict (pool_id, name_key) do nothing`,
    [logpoint.id, logpoint.poolId, name, nameKey(name), ip, tx.nowMs],
  );
  if (changes === 0) {
    throw new AppError('conflict', 'LOGPOINT_EXISTS', `the pool already has a logpoint named ${name}`);
  }
  for (const repo of BUILT_IN_REPOS) {
    await addRepo(tx, logpoint, { name: repo, retentionDays: RETENTION_DAYS_DEFAULT });
  }
  await appendAudit(tx, {
    ...input.by,
    logpointId: SERVER_CHAIN,
    action: 'logpoint created',
    objectType: 'logpoint',
    objectId: logpoint.id,
    after: { pool_uuid: logpoint.poolId, name, ip },
  });
  tx.signal('tenancy.changed', null);
  return logpoint;
}

/** @throws AppError kind `refused`: `SETTINGS_INVALID`; `NAME_INVALID` */
export async function renameLogpoint(
  tx: Tx,
  poolId: PoolId,
  logpointId: LogpointId,
  name: string,
  by: Author,
): Promise<void> {
  const before = await getLogpoint(tx, poolId, logpointId);
  const next = readName(name, 'name of a logpoint');
  if (before === null || before.name === next) return;
  const taken = await tx.get('select id from logpoints where pool_id = ? and name_key = ? and id <> ?', [
    poolId,
    nameKey(next),
    logpointId,
  ]);
  if (taken !== undefined) {
    const message = `the pool already has a logpoint named ${next}`;
    throw refuse('SETTINGS_INVALID', message, { logpoint_name: [message] });
  }
  await tx.run('update logpoints set name = ?, name_key = ? where id = ?', [next, nameKey(next), logpointId]);
  await appendAudit(tx, {
    ...by,
    logpointId,
    action: 'logpoint renamed',
    objectType: 'logpoint',
    objectId: logpointId,
    before: { name: before.name },
    after: { name: next },
  });
  tx.signal('tenancy.changed', null);
}

/** The logpoint, or null when there is none or another pool has it: one answer, so that nobody can probe. */
export async function getLogpoint(tx: ReadTx, poolId: PoolId, logpointId: LogpointId): Promise<Logpoint | null> {
  const row = await tx.get<Logpoint>(`select ${COLUMNS} from logpoints where id = ? and pool_id = ?`, [
    logpointId,
    poolId,
  ]);
  return row ?? null;
}

export async function listLogpoints(tx: ReadTx): Promise<Logpoint[]> {
  return tx.all<Logpoint>(`select ${COLUMNS} from logpoints order by created_at_ms, id`);
}
