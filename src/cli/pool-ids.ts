import type { TocsinClient } from '../client/client.ts';
import { usageError } from './output.ts';

/** Pools by id or name, as a flag gives them. @throws AppError `USAGE` */
export function poolIds(wanted: readonly string[], pools: readonly { id: string; name: string }[]): string[] {
  return wanted.map((text) => {
    const pool = pools.find(({ id, name }) => id === text || name === text);
    if (pool === undefined)
      throw usageError(`no pool ${text}: expected one of ${pools.map(({ name }) => name).join(', ')}`);
    return pool.id;
  });
}

/** The pools that the token reaches. */
export async function poolsOverApi(client: TocsinClient): Promise<{ id: string; name: string }[]> {
  return (await client.call('PoolInfo')).map(({ pool_uuid, name }) => ({ id: pool_uuid, name }));
}
