import { appendAudit, SERVER_CHAIN } from '../audit/audit-chain.ts';
import type { Tx } from '../control/control-store.ts';
import { AppError } from '../shared/errors.ts';
import type { ObjectId } from '../shared/ids.ts';
import type { Author } from '../tenancy/author.ts';

/** What a code proved: a step of the authenticator, or the digest of a recovery code. Each works once. */
export type CodeProof =
  | { readonly kind: 'step'; readonly step: number }
  | { readonly kind: 'recovery'; readonly hash: string };

type OfAccount = { readonly accountId: ObjectId; readonly by: Author };

/** Keeps a secret that is not asked for yet. @throws AppError `TOTP_ACTIVE` */
export async function enrolTotp(tx: Tx, { accountId, sealed, by }: OfAccount & { readonly sealed: string }) {
  const { changes } = await tx.run(
    'update console_accounts set totp_sealed = ?, totp_step = 0 where id = ? and totp_active = 0',
    [sealed, accountId],
  );
  if (changes === 0) throw new AppError('conflict', 'TOTP_ACTIVE', 'the account asks for codes already');
  await audit(tx, 'account code enrolled', accountId, by);
}

/** From now on a code is asked for. The recovery codes replace those before. */
export async function confirmTotp(
  tx: Tx,
  {
    accountId,
    step,
    recoveryHashes,
    by,
  }: OfAccount & { readonly step: number; readonly recoveryHashes: readonly string[] },
): Promise<void> {
  const { changes } = await tx.run(
    'update console_accounts set totp_active = 1, totp_step = ? where id = ? and totp_active = 0 and totp_sealed is not null',
    [step, accountId],
  );
  if (changes === 0) throw new AppError('conflict', 'TOTP_ACTIVE', 'the account asks for codes already');
  await tx.run('delete from recovery_codes where account_id = ?', [accountId]);
  for (const hash of recoveryHashes) {
    await tx.run('insert into recovery_codes (account_id, code_hash) values (?, ?)', [accountId, hash]);
  }
  await audit(tx, 'account code confirmed', accountId, by);
}

/** @throws AppError `LOGIN_FAILED` when the code was used before */
export async function disableTotp(tx: Tx, { accountId, proof, by }: OfAccount & { readonly proof: CodeProof }) {
  if (!(await useCode(tx, accountId, proof))) {
    throw new AppError('unauthenticated', 'LOGIN_FAILED', 'username, password or code is wrong');
  }
  await tx.run('delete from recovery_codes where account_id = ?', [accountId]);
  await tx.run('update console_accounts set totp_active = 0, totp_sealed = null where id = ?', [accountId]);
  await audit(tx, 'account code disabled', accountId, by);
}

/** Uses the code up. False when it was used before: a code that was overheard is worth nothing. */
export async function useCode(tx: Tx, accountId: ObjectId, proof: CodeProof): Promise<boolean> {
  const { changes } =
    proof.kind === 'step'
      ? await tx.run('update console_accounts set totp_step = ? where id = ? and totp_step < ?', [
          proof.step,
          accountId,
          proof.step,
        ])
      : await tx.run('delete from recovery_codes where account_id = ? and code_hash = ?', [accountId, proof.hash]);
  return changes === 1;
}

const audit = (tx: Tx, action: string, objectId: ObjectId, by: Author): Promise<void> =>
  appendAudit(tx, { ...by, logpointId: SERVER_CHAIN, action, objectType: 'account', objectId });
