import type { LogpointId, ObjectId } from '../shared/ids.ts';

/** A person of one logpoint; owns rules, works incidents. Never holds a secret: those stay in the store. */
export type User = {
  readonly id: ObjectId;
  readonly logpointId: LogpointId;
  readonly username: string;
  readonly email: string;
  readonly firstname: string;
  readonly lastname: string;
  readonly timezone: string;
  readonly active: boolean;
  readonly locked: boolean;
  readonly failedLoginCount: number;
  readonly lastLoginAtMs: number | null;
  /** Ids of the user groups the user is in. */
  readonly usergroup: readonly ObjectId[];
};
