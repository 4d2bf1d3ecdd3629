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
