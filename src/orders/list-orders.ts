import type { Tx } from '../control/control-store.ts';
import { namesUsedIn, saveLabelPackage, trashLabelPackage } from '../lists/label-packages.ts';
import { labelPackageRow, storedLabelPackages } from '../lists/label-store.ts';
import { type List, listRow } from '../lists/list.ts';
import { createList, editList, existingList, trashList } from '../lists/list-edits.ts';
import { storedLists } from '../lists/list-store.ts';
import type { LabelDefinition } from '../query/definitions.ts';
import { listRules } from '../rules/rule-store.ts';
import { AppError, refuse } from '../shared/errors.ts';
import type { LogpointId } from '../shared/ids.ts';
import { isJsonObject, type JsonObject } from '../shared/json.ts';
import { fetchKind } from './fetch-page.ts';
import { optionalFlag, optionalInteger, optionalText, optionalTextList, requiredText } from './order-input.ts';
import { authorOf, type TransactionKind } from './order-kind.ts';

// Lists and label packages are not part of the vendor's API as it is known; names and shapes follow its other resources.

const createListOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/Lists/create',
  async run(tx, ctx, input) {
    const kind = optionalText(input, 'type') ?? 'static';
    if (kind !== 'static' && kind !== 'dynamic') {
      throw new AppError('invalid', 'FIELD_INVALID', 'type must be static or dynamic.');
    }
    const list = await createList(
      tx,
      ctx.logpointId,
      {
        name: requiredText(input, 'name'),
        kind,
        description: optionalText(input, 'description') ?? '',
        ageLimitSeconds: optionalInteger(input, 'age_limit') ?? null,
        items: optionalTextList(input, 'items') ?? [],
      },
      authorOf(ctx),
    );
    return done(`List ${list.name} created`, list);
  },
};

const editListOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/Lists/edit',
  async run(tx, ctx, input) {
    const id = requiredText(input, 'id');
    const name = optionalText(input, 'name');
    const before = await existingList(tx, ctx.logpointId, id);
    if (name !== undefined && name.toLowerCase() !== before.name.toLowerCase()) {
      await refuseWhenRuled(tx, ctx.logpointId, before);
    }
    const edit = {
      name,
      description: optionalText(input, 'description'),
      ageLimitSeconds: optionalInteger(input, 'age_limit'),
      items: optionalTextList(input, 'items'),
      add: optionalTextList(input, 'add'),
      remove: optionalTextList(input, 'remove'),
    };
    const list = await editList(tx, ctx.logpointId, id, edit, authorOf(ctx));
    return done(`List ${list.name} edited`, list);
  },
};

const trashListOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/Lists/trash',
  async run(tx, ctx, input) {
    const id = requiredText(input, 'id');
    await refuseWhenRuled(tx, ctx.logpointId, await existingList(tx, ctx.logpointId, id));
    const list = await trashList(tx, ctx.logpointId, id, authorOf(ctx));
    return done(`List ${list.name} trashed`, list);
  },
};

const fetchListsOrder = fetchKind('/Lists/fetch', storedLists, listRow);

const done = (message: string, { id, version }: List): JsonObject => ({ message, id, version });

/** A rule without the list that it names would run no more. */
async function refuseWhenRuled(tx: Tx, logpointId: LogpointId, list: List): Promise<void> {
  const key = list.name.toLowerCase();
  for (const rule of await listRules(tx, { logpointId })) {
    if (!rule.query.toLowerCase().includes(key) || !namesUsedIn(rule.query).has(key)) continue;
    throw refuse('LIST_IN_USE', `the list ${list.name} is used by the alert rule ${JSON.stringify(rule.name)}`);
  }
}

const saveLabelsOrder = (action: string): TransactionKind<JsonObject> => ({
  mode: 'transaction',
  action,
  async run(tx, ctx, input) {
    const isNew = action.endsWith('/create');
    const fields = {
      name: isNew ? requiredText(input, 'name') : optionalText(input, 'name'),
      active: optionalFlag(input, 'active'),
      definitions: definitionsOf(input),
    };
    const id = isNew ? null : requiredText(input, 'id');
    const labels = await saveLabelPackage(tx, ctx.logpointId, id, fields, authorOf(ctx));
    const message = `Label package ${labels.name} ${isNew ? 'created' : 'edited'}`;
    return { message, id: labels.id, version: labels.version };
  },
});

function definitionsOf(input: JsonObject): readonly LabelDefinition[] | undefined {
  const value = input['definitions'];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw new AppError('invalid', 'FIELD_INVALID', 'definitions must be a list.');
  return value.map((definition) => {
    if (!isJsonObject(definition)) {
      throw new AppError('invalid', 'FIELD_INVALID', 'definitions must be objects with query and labels.');
    }
    return { query: requiredText(definition, 'query'), labels: optionalTextList(definition, 'labels') ?? [] };
  });
}

const trashLabelsOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/LabelPackages/trash',
  async run(tx, ctx, input) {
    const labels = await trashLabelPackage(tx, ctx.logpointId, requiredText(input, 'id'), authorOf(ctx));
    return { message: `Label package ${labels.name} trashed`, id: labels.id };
  },
};

const fetchLabelsOrder = fetchKind('/LabelPackages/fetch', storedLabelPackages, labelPackageRow);

export const listOrders = [
  createListOrder,
  editListOrder,
  trashListOrder,
  fetchListsOrder,
  saveLabelsOrder('/LabelPackages/create'),
  saveLabelsOrder('/LabelPackages/edit'),
  trashLabelsOrder,
  fetchLabelsOrder,
] as const;
