import { listInMemory } from '../control/list-page.ts';
import { tableRow } from '../lists/table.ts';
import { trashTable } from '../lists/table-edits.ts';
import { listTables } from '../lists/table-store.ts';
import type { JsonObject } from '../shared/json.ts';
import { fetchKind } from './fetch-page.ts';
import { requiredText } from './order-input.ts';
import { authorOf, type TransactionKind } from './order-kind.ts';

const trashTableOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/Tables/trash',
  async run(tx, ctx, input) {
    const table = await trashTable(tx, ctx.logpointId, requiredText(input, 'id'), authorOf(ctx));
    return { message: `Table ${table.name} trashed`, id: table.id };
  },
};

const fetchTablesOrder = fetchKind(
  '/Tables/fetch',
  listInMemory(listTables, ({ updatedAtMs }) => updatedAtMs),
  tableRow,
);

export const tableOrders = [trashTableOrder, fetchTablesOrder] as const;
