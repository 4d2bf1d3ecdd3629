import type { ReadTx } from '../control/control-store.ts';
import type { LogpointId, PoolId } from '../shared/ids.ts';
import type { Logpoint } from '../tenancy/logpoint.ts';
import { getLogpoint } from '../tenancy/logpoints.ts';
import type { Actor } from './actor.ts';
import { authenticate } from './console-tokens.ts';

export type AccessQuestion = {
  readonly token: string;
  /** The tenant of the path; null on paths of no tenant. */
  readonly tenant: { readonly poolId: PoolId; readonly logpointId: LogpointId } | null;
};

export type FoundAccess = { readonly actor: Actor; readonly logpoint: Logpoint | null };

/**
 * Who calls and which logpoint is meant, in one read: every request asks this. Whether the caller may is not decided here.
 *
 * @throws AppError as `authenticate`
 */
export async function findAccess(tx: ReadTx, { token, tenant }: AccessQuestion): Promise<FoundAccess> {
  const actor = await authenticate(tx, token);
  const logpoint = tenant === null ? null : await getLogpoint(tx, tenant.poolId, tenant.logpointId);
  return { actor, logpoint };
}
