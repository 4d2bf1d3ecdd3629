import type { ReadTx, Tx } from '../control/control-store.ts';
import { AppError } from '../shared/errors.ts';
import type { ObjectId, PoolId } from '../shared/ids.ts';
import { nameKey } from '../tenancy/names.ts';
import { listPools } from '../tenancy/pools.ts';
import type { Role } from './actor.ts';
import { createAccount, editAccount, loadAccount } from './console-accounts.ts';

/** What a claim gives: `group=role` or `group=role:pool|pool`. */
export type RoleMapping = { readonly group: string; readonly role: Role; readonly pools: readonly string[] };

export type OidcPerson = {
  readonly issuer: string;
  readonly subject: string;
  readonly username: string;
  readonly name: string;
  readonly role: Role;
  /** Ids or names. */
  readonly pools: readonly string[];
  readonly requestId: string;
};

/**
 * The account of a person whom the identity provider vouches for, made at the first login; role and pools follow the
 * claims at each. It is found by issuer and subject alone: a username that another account has is never taken over.
 *
 * @throws AppError `OIDC_DENIED`, `OIDC_NAME_TAKEN`, `POOL_UNKNOWN`, `LAST_ROOT`
 */
export async function accountOfPerson(tx: Tx, person: OidcPerson): Promise<ObjectId> {
  const { issuer, subject, username, name, role } = person;
  const by = { actor: `oidc ${issuer}`, requestId: person.requestId };
  const operator = { role: 'root' } as const;
  const pools = await poolIds(tx, person.pools);
  const known = await tx.get<{ id: string }>(
    'select id from console_accounts where oidc_provider = ? and oidc_subject = ?',
    [issuer, subject],
  );
  if (known === undefined) {
    const taken = await tx.get('select id from console_accounts where username_key = ?', [nameKey(username.trim())]);
    if (taken !== undefined) {
      throw new AppError('forbidden', 'OIDC_NAME_TAKEN', `the username ${username} is that of another account`);
    }
    const oidc = { provider: issuer, subject };
    const made = await createAccount(tx, { username, name, role, pools, passwordHash: null, oidc, by, operator });
    return made.id;
  }
  const account = await loadAccount(tx, known.id);
  if (!account.active) throw new AppError('forbidden', 'OIDC_DENIED', 'the account is not active');
  const isSame = account.role === role && sameSet(account.pools ?? [], account.pools === null ? [] : pools);
  if (!isSame) await editAccount(tx, { id: account.id, edit: { role, pools }, by, operator });
  return account.id;
}

async function poolIds(tx: ReadTx, wanted: readonly string[]): Promise<readonly PoolId[]> {
  const pools = await listPools(tx);
  return wanted.map((text) => {
    const pool = pools.find(({ id, name }) => id === text || name === text);
    if (pool === undefined) throw new AppError('not-found', 'POOL_UNKNOWN', `there is no pool ${text.slice(0, 64)}`);
    return pool.id;
  });
}

const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item) => b.includes(item));
