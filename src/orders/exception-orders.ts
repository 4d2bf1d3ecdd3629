import { exceptionRow, saveException, trashException } from '../rules/exceptions.ts';
import type { JsonObject } from '../shared/json.ts';
import { requiredText } from './order-input.ts';
import { authorOf, type OrderKind, type TransactionKind } from './order-kind.ts';

const createOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/Exceptions/create',
  async run(tx, ctx, input) {
    const exception = await saveException(tx, ctx.logpointId, null, input, authorOf(ctx));
    return { message: 'Exception created', ...exceptionRow(exception) };
  },
};

const editOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/Exceptions/edit',
  async run(tx, ctx, { id, ...data }) {
    const exception = await saveException(
      tx,
      ctx.logpointId,
      requiredText({ id: id ?? null }, 'id'),
      data,
      authorOf(ctx),
    );
    return { message: 'Exception edited', ...exceptionRow(exception) };
  },
};

const trashOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/Exceptions/trash',
  async run(tx, ctx, input) {
    const exception = await trashException(tx, ctx.logpointId, requiredText(input, 'id'), authorOf(ctx));
    return { message: 'Exception trashed', id: exception.id };
  },
};

/** Exceptions: events that rules are not to fire on. */
export const exceptionOrders: readonly OrderKind[] = [createOrder, editOrder, trashOrder];
