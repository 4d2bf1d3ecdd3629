import { isAdministrator } from '../accounts/users.ts';
import { findActingUser } from '../incidents/rights.ts';
import { createList, editList } from '../lists/list-edits.ts';
import { findList } from '../lists/list-store.ts';
import { refuse } from '../shared/errors.ts';
import type { ObjectId } from '../shared/ids.ts';
import { authorOf, type OrderKind, type TransactionKind } from './order-kind.ts';

export const IMPORT_LIST_ACTION = '/UserDefinedList/import_api';

type ImportList = { readonly userId: ObjectId; readonly name: string; readonly items: readonly string[] };

/**
 * What a client imports through the node's bearer API: a new static list, or new values of one. What a list holds
 * decides what the queries of everybody find, so only administrators may.
 */
const importListKind: TransactionKind<ImportList> = {
  mode: 'transaction',
  action: IMPORT_LIST_ACTION,
  async run(tx, ctx, { userId, name, items }) {
    const user = await findActingUser(tx, ctx.logpointId, userId);
    if (!(await isAdministrator(tx, user))) {
      throw refuse('LIST_IMPORT_FORBIDDEN', 'Only administrators can import lists');
    }
    if (items.length === 0) throw refuse('LIST_INVALID', 'package_import has no value');
    const known = await findList(tx, ctx.logpointId, name);
    if (known?.kind === 'dynamic') {
      throw refuse('LIST_INVALID', `List ${known.name} is dynamic; only static lists are imported`);
    }
    const list =
      known === null
        ? await createList(
            tx,
            ctx.logpointId,
            { name, kind: 'static', description: '', ageLimitSeconds: null, items },
            authorOf(ctx),
          )
        : await editList(tx, ctx.logpointId, known.id, { items }, authorOf(ctx));
    const message = `List ${list.name} imported`;
    return { message, summary: `${list.items.length} values`, id: list.id, version: list.version };
  },
};

export const nodeListOrderKinds: readonly OrderKind[] = [importListKind];
