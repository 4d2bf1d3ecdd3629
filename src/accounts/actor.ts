import type { ObjectId, PoolId } from '../shared/ids.ts';

/** Roles of console tokens and console accounts. Source: contract/director-api.md, section 1. */
export const ROLES = ['root', 'admin', 'engineer', 'readonly'] as const;
export type Role = (typeof ROLES)[number];

/** The caller behind a request, a console token or a signed-in console account, and the pools that it reaches. */
export type Actor = {
  /** The id of the token or of the account. */
  readonly tokenId: ObjectId;
  /** Set for a console account. */
  readonly session?: { readonly accountId: ObjectId; readonly hash: string } | undefined;
  readonly name: string;
  readonly role: Role;
  /** `null` = every pool (root and admin); else the assigned ones. */
  readonly pools: readonly PoolId[] | null;
};

export const mayRead = (actor: Actor, pool: PoolId): boolean => actor.pools === null || actor.pools.includes(pool);

export const mayWrite = (actor: Actor, pool: PoolId): boolean => actor.role !== 'readonly' && mayRead(actor, pool);

/** The caller as messages name it. */
export const callerText = (actor: Actor): string =>
  `${actor.session === undefined ? 'token' : 'account'} ${actor.name}`;

/** Whether the role reaches every pool, whatever list comes with it. */
export const reachesAllPools = (role: Role): boolean => role === 'root' || role === 'admin';
