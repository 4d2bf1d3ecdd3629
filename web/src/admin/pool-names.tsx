import type { Json } from '../../../src/shared/json.ts';
import { textsOf } from '../api/read-json.ts';
import { useSession } from '../app/session-context.ts';
import { HostileText } from '../parts/hostile-text.tsx';

/** Pools by name; one that this account does not reach keeps its id. Null and none are every pool. */
export function PoolNames({ value }: { readonly value: Json | undefined }) {
  const { pools } = useSession();
  const names = textsOf(value).map((id) => pools.find((pool) => pool.id === id)?.name ?? id);
  return <HostileText text={names.join(', ') || 'every one'} />;
}
