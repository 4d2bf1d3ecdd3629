import { appendAudit, SERVER_CHAIN } from '../audit/audit-chain.ts';
import type { ReadTx, Tx } from '../control/control-store.ts';
import { AppError } from '../shared/errors.ts';
import { newHex32, type PoolId } from '../shared/ids.ts';
import type { Author } from './author.ts';
import type { Pool } from './logpoint.ts';
import { nameKey, readName } from './names.ts';

/** @throws AppError `NAME_INVALID`, `POOL_EXISTS` */
export async function createPool(tx: Tx, input: { readonly name: string; readonly by: Author }): Promise<Pool> {
  const name = readName(input.name, 'name of a pool');
  const id = newHex32();
  const { changes } = await tx.run(
    'insert into pools (id, name, name_key, created_at_ms) values (?, ?, ?, ?) on conflict (name_key) do nothing',
    [id, name, nameKey(name), tx.nowMs],
  );
  if (changes === 0) throw new AppError('conflict', 'POOL_EXISTS', `there is already a pool named ${name}`);
  await appendAudit(tx, {
    ...input.by,
    logpointId: SERVER_CHAIN,
    action: 'pool created',
    objectType: 'pool',
    objectId: id,
    after: { name },
  });
  return { id, name };
}

export async function listPools(tx: ReadTx): Promise<Pool[]> {
  return tx.all<Pool>('select id, name from pools order by created_at_ms, id');
}

export async function getPool(tx: ReadTx, poolId: PoolId): Promise<Pool | null> {
  return (await tx.get<Pool>('select id, name from pools where id = ?', [poolId])) ?? null;
}
