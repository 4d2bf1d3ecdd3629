import type { Actor } from '../../accounts/actor.ts';
import { callerText, mayRead, mayWrite } from '../../accounts/actor.ts';
import type { Credential, FoundAccess } from '../../accounts/find-access.ts';
import { AppError } from '../../shared/errors.ts';
import { isHex32 } from '../../shared/ids.ts';
import type { Logpoint } from '../../tenancy/logpoint.ts';

/**
 * What a route asks of its caller. Every route declares one; a route without does not start.
 *
 * `public`: nobody is asked. `local`: a caller on this machine, or any valid token. `token`: any valid token, or a
 * signed-in console account, which counts as a token with its role and pools. `session`: a signed-in console account.
 * `read`, `write`, `ingest`: that right on the pool in the path. `operate`: a token that may write everywhere.
 * `access-key`: a user of the logpoint, known by the access key in the body, which is not read yet here: the routes
 * below apis/node ask for it before anything else. `signed`: the same with a token that the access key signed.
 */
export const PERMISSIONS = [
  'public',
  'local',
  'token',
  'session',
  'read',
  'write',
  'ingest',
  'operate',
  'access-key',
  'signed',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

export const isPermission = (value: unknown): value is Permission => PERMISSIONS.some((known) => known === value);

/** Where callers and tenants are looked up. */
export interface AccessStore {
  /**
   * The caller, and the logpoint when the tenant is given and there is one.
   *
   * @throws AppError of kind `unauthenticated` that says whether the token or session is unknown, expired or revoked
   */
  find(credential: Credential, tenant: { poolId: string; logpointId: string } | null): Promise<FoundAccess>;
  isPool(poolId: string): Promise<boolean>;
}

export type Caller = { readonly actor: Actor | null; readonly logpoint: Logpoint | null };

export type AccessRequest = {
  readonly permission: Permission;
  readonly authorization: string | undefined;
  /** Of the console's cookie; looked at when there is no `authorization`. */
  readonly session: string | undefined;
  /** Whether the method changes nothing. */
  readonly isSafe: boolean;
  /** Of `X-Tocsin-Console`. */
  readonly consoleHeader: string | undefined;
  readonly remoteIp: string;
  /** Pool and logpoint as the path names them; absent on routes of no tenant. */
  readonly poolId: string | undefined;
  readonly logpointId: string | undefined;
  /** Told who calls as soon as it is known: also a caller who is refused afterwards. */
  readonly onCaller?: ((caller: FoundAccess) => void) | undefined;
};

/**
 * Who calls and which tenant is meant, from token and path alone.
 *
 * @throws AppError `unauthenticated`, `forbidden` or `not-found`, in this order: a caller without a token learns nothing.
 * Before all of them `CSRF_REFUSED`, which is about the form of the request alone
 */
export async function checkAccess(store: AccessStore, request: AccessRequest): Promise<Caller> {
  const { permission } = request;
  if (permission === 'public' || permission === 'access-key' || permission === 'signed') {
    return { actor: null, logpoint: null };
  }
  const isAnonymous = request.authorization === undefined && request.session === undefined;
  if (permission === 'local' && isAnonymous && isLoopback(request.remoteIp)) return { actor: null, logpoint: null };
  const { poolId, logpointId } = request;
  const isTenant = poolId !== undefined && logpointId !== undefined && isHex32(poolId) && isHex32(logpointId);
  const { actor, logpoint } = await store.find(credentialOf(request), isTenant ? { poolId, logpointId } : null);
  request.onCaller?.({ actor, logpoint });
  if (permission === 'session' && actor.session === undefined) {
    throw forbidden(`${callerText(actor)} is no console account: sign in`);
  }
  if (permission === 'operate') refuseOperator(actor);
  if (poolId === undefined) return { actor, logpoint: null };
  // A logpoint that is found stands for its pool: one look-up for the requests that are in order.
  if (logpoint === null && !(isHex32(poolId) && (await store.isPool(poolId)))) {
    throw unknown(`pool ${shown(poolId)} is unknown`);
  }
  if (!mayRead(actor, poolId)) throw forbidden(`${callerText(actor)} has no right on pool ${poolId}`);
  const isWrite = permission === 'write' || permission === 'ingest';
  if (isWrite && !mayWrite(actor, poolId)) {
    throw forbidden(`${callerText(actor)} has the role ${actor.role}, which may not ${permission} here`);
  }
  if (logpointId === undefined) return { actor, logpoint: null };
  if (logpoint === null) throw unknown(`logpoint ${shown(logpointId)} is unknown in pool ${poolId}`);
  return { actor, logpoint };
}

function refuseOperator(actor: Actor): void {
  if (actor.role !== 'root' && actor.role !== 'admin') {
    throw forbidden(`${callerText(actor)} has the role ${actor.role}: expected root or admin`);
  }
}

/** The header is sent by the console's own scripts alone: another site cannot add it without being asked first. */
export const CONSOLE_HEADER = 'x-tocsin-console';

/** @throws AppError `CSRF_REFUSED`, `TOKEN_MISSING`, `TOKEN_MALFORMED` */
function credentialOf({ authorization, session, isSafe, consoleHeader }: AccessRequest): Credential {
  if (authorization !== undefined || session === undefined) return { kind: 'token', text: bearerToken(authorization) };
  if (!isSafe && consoleHeader !== '1') {
    const message = 'a change with the session cookie needs the header X-Tocsin-Console: 1';
    throw new AppError('forbidden', 'CSRF_REFUSED', message);
  }
  return { kind: 'session', text: session };
}

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;

function bearerToken(authorization: string | undefined): string {
  if (authorization === undefined || authorization.trim() === '') {
    throw unauthenticated('TOKEN_MISSING', 'token is missing: expected the header Authorization: Bearer <token>');
  }
  const token = BEARER.exec(authorization)?.[1];
  if (token === undefined) {
    throw unauthenticated('TOKEN_MALFORMED', 'authorization header is not of the form: Bearer <token>');
  }
  return token;
}

export const isLoopback = (ip: string): boolean => ip === '::1' || /^(::ffff:)?127\./.test(ip);

/** An id from the path, cut to what an answer may echo. */
const shown = (id: string): string => JSON.stringify(id.length > 64 ? `${id.slice(0, 64)}…` : id);

const unauthenticated = (code: string, message: string): AppError => new AppError('unauthenticated', code, message);
const forbidden = (message: string): AppError => new AppError('forbidden', 'ACCESS_FORBIDDEN', message);
const unknown = (message: string): AppError => new AppError('not-found', 'TENANT_UNKNOWN', message);
