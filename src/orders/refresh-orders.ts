import type { SqlRow } from '../control/control-store.ts';
import type { JsonObject } from '../shared/json.ts';
import type { TransactionKind } from './order-kind.ts';

// The vendor's Director keeps copies of a node's lists and has to be told to read them again. Here node and Director
// share one store: the order answers how many there are, and there is nothing to bring up to date.

const refreshOrder = (
  resource: string,
  table: 'users' | 'user_groups' | 'log_sources',
): TransactionKind<JsonObject> => ({
  mode: 'transaction',
  action: `/${resource}/refreshlist`,
  async run(tx, ctx) {
    const row = await tx.get<SqlRow & { n: number }>(`select count(*) as n from ${table} where logpoint_id = ?`, [
      ctx.logpointId,
    ]);
    return { message: `List of ${resource} is up to date`, total: row?.n ?? 0 };
  },
});

export const refreshOrders = [
  refreshOrder('Users', 'users'),
  refreshOrder('UserGroups', 'user_groups'),
  refreshOrder('LogSources', 'log_sources'),
] as const;
