import type { ObjectId, PoolId } from '../shared/ids.ts';

/** Roles of a console token. Source: contract/director-api.md, section 1. */
export const ROLES = ['root', 'admin', 'engineer', 'readonly'] as const;
export type Role = (typeof ROLES)[number];

/** The caller behind a request: a console token, and through it the pools it reaches. */
export type Actor = {
  readonly tokenId: ObjectId;
  readonly name: string;
  readonly role: Role;
  /** `null` = every pool (root and admin); else the assigned ones. */
  readonly pools: readonly PoolId[] | null;
};

export const mayRead = (actor: Actor, pool: PoolId): boolean => actor.pools === null || actor.pools.includes(pool);

export const mayWrite = (actor: Actor, pool: PoolId): boolean => actor.role !== 'readonly' && mayRead(actor, pool);
