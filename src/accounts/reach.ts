import type { ReadTx } from '../control/control-store.ts';
import { AppError } from '../shared/errors.ts';
import type { PoolId } from '../shared/ids.ts';
import { ROLES, type Role, reachesAllPools } from './actor.ts';

/** A role, and the pools that it holds in: at least one for engineer and readonly, not looked at for root and admin. */
export type Reach = { readonly role: Role; readonly pools: readonly PoolId[] };

const CODES = { token: 'TOKEN_INVALID', account: 'ACCOUNT_INVALID' } as const;

/**
 * The pools of a token or account, each once; null for every pool.
 *
 * @throws AppError `TOKEN_INVALID` or `ACCOUNT_INVALID`; `POOL_UNKNOWN`
 */
export async function knownReach(
  tx: ReadTx,
  { role, pools }: Reach,
  what: keyof typeof CODES,
): Promise<readonly PoolId[] | null> {
  if (!ROLES.includes(role)) {
    throw new AppError('invalid', CODES[what], `one of ${ROLES.join(', ')} was expected, got ${role}`);
  }
  if (reachesAllPools(role)) return null;
  const assigned = [...new Set(pools)];
  if (assigned.length === 0) {
    throw new AppError('invalid', CODES[what], `the ${what} has the role ${role} and needs at least one pool`);
  }
  for (const pool of assigned) {
    const known = await tx.get('select id from pools where id = ?', [pool]);
    if (known === undefined) throw new AppError('not-found', 'POOL_UNKNOWN', `there is no pool ${pool.slice(0, 64)}`);
  }
  return assigned;
}

/** Of the column `pools_json`. */
export const poolsOf = (json: string | null): readonly PoolId[] | null => (json === null ? null : JSON.parse(json));
