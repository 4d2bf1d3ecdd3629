import type { ReadTx } from '../control/control-store.ts';
import type { LogpointId, PoolId } from '../shared/ids.ts';
import type { Logpoint } from '../tenancy/logpoint.ts';
import { getLogpoint } from '../tenancy/logpoints.ts';
import type { Actor } from './actor.ts';
import { authenticateSession } from './console-sessions.ts';
import { authenticate } from './console-tokens.ts';

/** What a caller shows: the text of a console token, or of the session of a console account. */
export type Credential = { readonly kind: 'token' | 'session'; readonly text: string };

export type AccessQuestion = {
  readonly credential: Credential;
  /** The tenant of the path; null on paths of no tenant. */
  readonly tenant: { readonly poolId: PoolId; readonly logpointId: LogpointId } | null;
};

export type FoundAccess = { readonly actor: Actor; readonly logpoint: Logpoint | null };

/**
 * Who calls and which logpoint is meant, in one read: every request asks this. Whether the caller may is not decided here.
 *
 * @throws AppError as `authenticate` and `authenticateSession`
 */
export async function findAccess(tx: ReadTx, { credential, tenant }: AccessQuestion): Promise<FoundAccess> {
  const { kind, text } = credential;
  const actor = await (kind === 'token' ? authenticate(tx, text) : authenticateSession(tx, text));
  const logpoint = tenant === null ? null : await getLogpoint(tx, tenant.poolId, tenant.logpointId);
  return { actor, logpoint };
}
