import type { LogpointId, ObjectId, PoolId } from '../shared/ids.ts';

export type Pool = { readonly id: PoolId; readonly name: string };

/** A tenant: one Logpoint node as the Director sees it. */
export type Logpoint = {
  readonly id: LogpointId;
  readonly poolId: PoolId;
  readonly name: string;
  /** Shown as `loginspect_ip_dns`; also the host part of repo addresses. */
  readonly ip: string;
};

/** A storage partition with a retention. */
export type Repo = {
  readonly id: ObjectId;
  readonly logpointId: LogpointId;
  readonly name: string;
  /** `ip:5504/name`, how rules and searches name it. */
  readonly address: string;
  readonly retentionDays: number;
};

/** Repos that every logpoint is born with. Source: contract/cli.md, `tocsin init`. */
export const BUILT_IN_REPOS = ['default', '_logpoint', '_LogPointAlerts'] as const;
/** Where undecodable lines go; made when the first one arrives. */
export const DEAD_LETTER_REPO = '_DeadLetter';
/** Port in repo addresses; the vendor's index searcher. A name, nothing listens on it. */
export const REPO_PORT = 5504;

export const repoAddress = (ip: string, name: string): string => `${ip}:${REPO_PORT}/${name}`;
