import { getUser } from '../accounts/users.ts';
import type { ReadTx } from '../control/control-store.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import { listLogpoints } from '../tenancy/logpoints.ts';

/** What a message needs to know beside the incident. */
export type Surroundings = {
  readonly logpointName: string;
  /** Host part of repo addresses. */
  readonly logpointIp: string;
  /** Of the rule's owner: how times are shown. */
  readonly timeZone: string;
};

export async function loadSurroundings(
  tx: ReadTx,
  input: { readonly logpointId: LogpointId; readonly ownerId: ObjectId },
): Promise<Surroundings> {
  const logpoint = (await listLogpoints(tx)).find(({ id }) => id === input.logpointId);
  const owner = await getUser(tx, input.logpointId, input.ownerId);
  return {
    logpointName: logpoint?.name ?? '',
    logpointIp: logpoint?.ip ?? '',
    timeZone: owner?.timezone || 'UTC',
  };
}
