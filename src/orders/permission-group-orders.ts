import { permissionGroupRow } from '../accounts/account-rows.ts';
import {
  createPermissionGroup,
  editPermissionGroup,
  type PermissionGroupSpec,
  storedPermissionGroups,
  trashPermissionGroup,
} from '../accounts/permission-groups.ts';
import { AppError } from '../shared/errors.ts';
import { isJsonObject, type JsonObject } from '../shared/json.ts';
import { fetchKind } from './fetch-page.ts';
import { optionalText, optionalTextList, requiredText } from './order-input.ts';
import { authorOf, type TransactionKind } from './order-kind.ts';

function permissionsOf(input: JsonObject): PermissionGroupSpec['permissions'] | undefined {
  const value = input['permissions'];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || !value.every(isJsonObject)) {
    throw new AppError('invalid', 'FIELD_INVALID', 'permissions must be a list of {entity, permission}.');
  }
  return value.map((item) => ({
    entity: requiredText(item, 'entity'),
    permission: requiredText(item, 'permission'),
  }));
}

const createOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/PermissionGroups/create',
  async run(tx, ctx, input) {
    const spec = {
      name: requiredText(input, 'name'),
      description: optionalText(input, 'description') ?? '',
      permissions: permissionsOf(input) ?? [],
      repos: optionalTextList(input, 'repos') ?? null,
      devices: optionalTextList(input, 'devices') ?? null,
    };
    const group = await createPermissionGroup(tx, ctx.logpointId, spec, authorOf(ctx));
    return { message: `Permission group ${group.name} created`, id: group.id };
  },
};

const editOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/PermissionGroups/edit',
  async run(tx, ctx, input) {
    const edit = {
      name: optionalText(input, 'name'),
      description: optionalText(input, 'description'),
      permissions: permissionsOf(input),
      repos: input['repos'] === null ? null : optionalTextList(input, 'repos'),
      devices: input['devices'] === null ? null : optionalTextList(input, 'devices'),
    };
    const group = await editPermissionGroup(tx, ctx.logpointId, requiredText(input, 'id'), edit, authorOf(ctx));
    return { message: `Permission group ${group.name} edited`, id: group.id };
  },
};

const trashOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/PermissionGroups/trash',
  async run(tx, ctx, input) {
    const group = await trashPermissionGroup(tx, ctx.logpointId, requiredText(input, 'id'), authorOf(ctx));
    return { message: `Permission group ${group.name} deleted` };
  },
};

const fetchOrder = fetchKind('/PermissionGroups/fetch', storedPermissionGroups, permissionGroupRow);

export const permissionGroupOrders = [createOrder, editOrder, trashOrder, fetchOrder] as const;
