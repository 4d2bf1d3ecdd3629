import { checkNewPassword } from '../accounts/check-user.ts';
import { hashPassword } from '../accounts/password.ts';
import type { User } from '../accounts/user.ts';
import { changePassword, deleteUser, editUser, unlockUser } from '../accounts/user-edits.ts';
import { getActiveUser, loadUser } from '../accounts/users.ts';
import type { Tx } from '../control/control-store.ts';
import type { IncidentDeps } from '../incidents/change-incident.ts';
import { assignedTo, handOverIncidents } from '../incidents/hand-over.ts';
import { clearRuleNotifications } from '../notify/rule-notification.ts';
import { trashRule } from '../rules/rule-edits.ts';
import { passAssignments, rulesOwnedBy, transferRule } from '../rules/rule-ownership.ts';
import { refuse } from '../shared/errors.ts';
import type { JsonObject } from '../shared/json.ts';
import { optionalFlag, optionalText, optionalTextList, requiredText } from './order-input.ts';
import { authorOf, type OrderContext, type TransactionKind } from './order-kind.ts';

const editUserOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/Users/edit',
  async run(tx, ctx, input) {
    const edit = {
      username: optionalText(input, 'username'),
      email: optionalText(input, 'email'),
      firstname: optionalText(input, 'firstname'),
      lastname: optionalText(input, 'lastname'),
      timezone: optionalText(input, 'timezone'),
      usergroup: optionalTextList(input, 'usergroup'),
    };
    const user = await editUser(tx, ctx.logpointId, requiredText(input, 'id'), edit, authorOf(ctx));
    return { message: `User ${user.username} edited`, id: user.id };
  },
};

const unlockUserOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/Users/unlock',
  async run(tx, ctx, input) {
    const user = await unlockUser(tx, ctx.logpointId, requiredText(input, 'id'), authorOf(ctx));
    return { message: `User ${user.username} unlocked` };
  },
};

/** Before it is sealed `new_password` is the password, afterwards its hash. */
const changePasswordOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/Users/changePassword',
  async seal(input) {
    const password = requiredText(input, 'new_password');
    checkNewPassword(password);
    return { id: requiredText(input, 'id'), new_password: await hashPassword(password) };
  },
  async run(tx, ctx, input) {
    const hash = requiredText(input, 'new_password');
    const user = await changePassword(tx, ctx.logpointId, requiredText(input, 'id'), hash, authorOf(ctx));
    return { message: `Password of user ${user.username} changed` };
  },
};

/**
 * Removes a deactivated user. One that owns rules or has incidents goes only when `assigned_to_user` takes both over, or
 * with `force_delete`: the owned rules then go too, and the incidents stay with the id of a user who is no more, for
 * administrators and `manageable_by` groups to settle.
 */
const trashUserOrder = (deps: Pick<IncidentDeps, 'listeners'>): TransactionKind<JsonObject> => ({
  mode: 'transaction',
  action: '/Users/trash',
  async run(tx, ctx, input) {
    const user = await loadUser(tx, ctx.logpointId, requiredText(input, 'id'));
    if (user.active) {
      throw refuse('USER_ACTIVE', `User ${user.username} is active: deactivate the user first`);
    }
    const successorId = optionalText(input, 'assigned_to_user') ?? '';
    const counts =
      successorId === ''
        ? await leaveBehind(tx, ctx, user, optionalFlag(input, 'force_delete') ?? false)
        : await handOver(tx, ctx, user, successorId, deps);
    await deleteUser(tx, user, authorOf(ctx));
    return { message: `User ${user.username} deleted`, ...counts };
  },
});

async function handOver(
  tx: Tx,
  ctx: OrderContext,
  user: User,
  successorId: string,
  deps: Pick<IncidentDeps, 'listeners'>,
): Promise<JsonObject> {
  const by = authorOf(ctx);
  const successor = await getActiveUser(tx, ctx.logpointId, successorId);
  if (successor === null) {
    const message = `assigned_to_user ${JSON.stringify(successorId.slice(0, 60))} is not an active user of this logpoint`;
    throw refuse('SUCCESSOR_INVALID', 'Invalid user id', { assigned_to_user: [message] });
  }
  const rules = await rulesOwnedBy(tx, ctx.logpointId, user.id);
  for (const rule of rules) {
    for (const { id } of await transferRule(tx, rule, successor.id, by)) {
      await clearRuleNotifications(tx, ctx.logpointId, id);
    }
  }
  await passAssignments(tx, ctx.logpointId, user.id, successor.id, by);
  const request = { logpointId: ctx.logpointId, actor: ctx.actor.name, orderId: ctx.orderId, requestId: ctx.requestId };
  const incidents = await handOverIncidents(tx, user, successor, request, deps);
  return { alert_rules_transferred: rules.length, incidents_reassigned: incidents };
}

async function leaveBehind(tx: Tx, ctx: OrderContext, user: User, isForced: boolean): Promise<JsonObject> {
  const by = authorOf(ctx);
  const rules = await rulesOwnedBy(tx, ctx.logpointId, user.id);
  const incidents = await assignedTo(tx, ctx.logpointId, user.id);
  if (!isForced && rules.length + incidents.length > 0) {
    const owns = `owns ${rules.length} alert rules and has ${incidents.length} incidents`;
    const message = `User ${user.username} ${owns}: name assigned_to_user, or set force_delete`;
    throw refuse('USER_HAS_OBJECTS', message);
  }
  for (const rule of rules) {
    // A used rule goes with its original, which may have been the one before.
    const trashed = await trashRule(tx, ctx.logpointId, rule.id, by);
    for (const { id } of trashed) await clearRuleNotifications(tx, ctx.logpointId, id);
  }
  await passAssignments(tx, ctx.logpointId, user.id, null, by);
  return { alert_rules_trashed: rules.length, incidents_left: incidents.length };
}

/** Users beyond what `account-orders.ts` has: edits, and the way out. */
export const userOrders = (deps: Pick<IncidentDeps, 'listeners'>): readonly TransactionKind<JsonObject>[] => [
  editUserOrder,
  unlockUserOrder,
  changePasswordOrder,
  trashUserOrder(deps),
];
