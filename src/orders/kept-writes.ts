import { type Actor, callerText, mayWrite } from '../accounts/actor.ts';
import type { Written } from '../query/run-steps.ts';
import type { PoolId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';

/**
 * What a search's `toList` and `toTable` collected, as its answer tells of it. It is kept for those who may write lists;
 * others are told that it is not. `keep` answers null, or what was left out and why.
 */
export async function keptWrites(
  { actor, poolId }: { readonly actor: Actor; readonly poolId: PoolId },
  written: readonly Written[],
  keep: (one: Written) => Promise<string | null>,
): Promise<JsonObject[]> {
  const isAllowed = mayWrite(actor, poolId);
  const told: JsonObject[] = [];
  for (const one of written) {
    const message = isAllowed ? await keep(one) : `${callerText(actor)} may not write lists: nothing was kept`;
    told.push({
      to: one.to,
      name: one.name,
      columns: [...one.columns],
      entries: one.entries.map((entry) => [...entry]),
      kept: message === null,
      ...(message === null ? {} : { message }),
    });
  }
  return told;
}
