import type { ReadTx } from '../control/control-store.ts';
import type { LogpointId, ObjectId, PoolId } from '../shared/ids.ts';
import { listLogpoints } from '../tenancy/logpoints.ts';
import { nameKey } from '../tenancy/names.ts';
import { listPools } from '../tenancy/pools.ts';

export type ReachablePool = {
  readonly id: PoolId;
  readonly name: string;
  readonly logpoints: readonly {
    readonly id: LogpointId;
    readonly name: string;
    /** The active user of the logpoint who has the account's name: on whose behalf the account acts there. */
    readonly userId: ObjectId | null;
  }[];
};

/** The pools among `pools` (null: all), with who the account is in each logpoint. */
export async function reachableTenants(
  tx: ReadTx,
  { username, pools }: { readonly username: string; readonly pools: readonly PoolId[] | null },
): Promise<readonly ReachablePool[]> {
  const users = await tx.all<{ id: string; logpointId: string }>(
    'select id, logpoint_id as "logpointId" from users where username_key = ? and active = 1',
    [nameKey(username)],
  );
  const userIds = new Map(users.map(({ id, logpointId }) => [logpointId, id]));
  const [all, logpoints] = [await listPools(tx), await listLogpoints(tx)];
  return all
    .filter(({ id }) => pools === null || pools.includes(id))
    .map(({ id, name }) => ({
      id,
      name,
      logpoints: logpoints
        .filter(({ poolId }) => poolId === id)
        .map((logpoint) => ({ id: logpoint.id, name: logpoint.name, userId: userIds.get(logpoint.id) ?? null })),
    }));
}
