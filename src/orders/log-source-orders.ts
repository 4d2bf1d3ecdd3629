import type { JsonObject } from '../shared/json.ts';
import {
  createLogSource,
  editLogSource,
  logSourceRow,
  storedLogSources,
  trashLogSource,
} from '../tenancy/log-sources.ts';
import { fetchKind } from './fetch-page.ts';
import { optionalText, optionalTextList, requiredText } from './order-input.ts';
import { authorOf, type TransactionKind } from './order-kind.ts';

const createOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/LogSources/create',
  async run(tx, ctx, input) {
    const spec = {
      name: requiredText(input, 'name'),
      description: optionalText(input, 'description') ?? '',
      hosts: optionalTextList(input, 'hosts') ?? [],
    };
    const source = await createLogSource(tx, ctx.logpointId, spec, authorOf(ctx));
    return { message: `Log source ${source.name} created`, id: source.id };
  },
};

const editOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/LogSources/edit',
  async run(tx, ctx, input) {
    const edit = {
      name: optionalText(input, 'name'),
      description: optionalText(input, 'description'),
      hosts: optionalTextList(input, 'hosts'),
    };
    const source = await editLogSource(tx, ctx.logpointId, requiredText(input, 'id'), edit, authorOf(ctx));
    return { message: `Log source ${source.name} edited`, id: source.id };
  },
};

const trashOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/LogSources/trash',
  async run(tx, ctx, input) {
    const source = await trashLogSource(tx, ctx.logpointId, requiredText(input, 'id'), authorOf(ctx));
    return { message: `Log source ${source.name} deleted` };
  },
};

const fetchOrder = fetchKind('/LogSources/fetch', storedLogSources, logSourceRow);

export const logSourceOrders = [createOrder, editOrder, trashOrder, fetchOrder] as const;
