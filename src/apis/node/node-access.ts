import { isAccessKey } from '../../accounts/access-keys.ts';
import { accessKeysFind } from '../../accounts/registry.ts';
import type { ControlStore } from '../../control/control-store.ts';
import { AppError } from '../../shared/errors.ts';
import type { Logpoint } from '../../tenancy/logpoint.ts';
import { logpointsList } from '../../tenancy/registry.ts';
import type { KeyFailures } from './key-failures.ts';
import type { NodeCaller } from './node-services.ts';

/** Clients compare this text. Source: contract/incident-api.md, A.1. */
export const AUTHENTICATION_FAILED = 'Authentication Failed';

export const authenticationFailed = (): AppError =>
  new AppError('unauthenticated', 'ACCESS_KEY_WRONG', AUTHENTICATION_FAILED);

/** Longest username that is looked up; see `USERNAME_CHARS_MAX`. */
const USERNAME_CHARS_MAX = 200;

/**
 * The logpoint that a path names. A plain path names the only one that there is; null when the named one is unknown,
 * which callers are told in the same words as of a wrong key.
 *
 * @throws AppError `LOGPOINT_AMBIGUOUS` for a plain path among several logpoints
 */
export async function findLogpoint(control: ControlStore, named: string | undefined): Promise<Logpoint | null> {
  const logpoints = await control.read(logpointsList, {});
  if (named !== undefined) return logpoints.find(({ id }) => id === named) ?? null;
  if (logpoints.length <= 1) return logpoints[0] ?? null;
  const message =
    'this server has several logpoints: expected a path that begins with /node/{logpoint_identifier}/, or a host name or port of node.hosts or node.ports';
  throw new AppError('invalid', 'LOGPOINT_AMBIGUOUS', message);
}

/** The user whose name and access key were sent. @throws AppError `ACCESS_KEY_WRONG`, `LOGPOINT_AMBIGUOUS` */
export async function callerByKey(
  control: ControlStore,
  failures: KeyFailures,
  logpointId: string | undefined,
  { username, secretKey }: { readonly username: string; readonly secretKey: string },
): Promise<NodeCaller> {
  const logpoint = await findLogpoint(control, logpointId);
  const holder =
    logpoint === null || username.length > USERNAME_CHARS_MAX
      ? null
      : await control.read(accessKeysFind, { logpointId: logpoint.id, username });
  const isRight = isAccessKey(holder, secretKey);
  if (logpoint !== null && holder !== null && isRight && holder.user.active && !holder.user.locked) {
    return { user: holder.user, logpoint };
  }
  failures.count(holder?.user.id ?? null);
  throw authenticationFailed();
}
