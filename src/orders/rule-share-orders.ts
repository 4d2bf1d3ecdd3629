import type { User } from '../accounts/user.ts';
import { getActiveUser } from '../accounts/users.ts';
import type { ReadTx, Tx } from '../control/control-store.ts';
import { clearRuleNotifications } from '../notify/rule-notification.ts';
import type { AlertRule } from '../rules/alert-rule.ts';
import { existing } from '../rules/rule-edits.ts';
import { transferRule } from '../rules/rule-ownership.ts';
import { type RuleShare, SHARE_PERMISSIONS, shareRule } from '../rules/rule-shares.ts';
import { useRule } from '../rules/use-rule.ts';
import { AppError, refuse } from '../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../shared/json.ts';
import { optionalTextList, requiredText } from './order-input.ts';
import { authorOf, type OrderContext, type TransactionKind } from './order-kind.ts';
import { done } from './rule-orders.ts';

const shareOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/AlertRules/share',
  async run(tx, ctx, input) {
    const shares = sharesOf(input['rbac_config']);
    if (shares.length === 0) {
      const message = 'at least one user or group was expected: unshare ends sharing';
      throw refuse('SHARE_INVALID', `rbac_config: ${message}`, { rbac_config: [message] });
    }
    return share(tx, ctx, requiredText(input, 'id'), shares, 'Alert rule shared');
  },
};

const unshareOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/AlertRules/unshare',
  run: (tx, ctx, input) => share(tx, ctx, requiredText(input, 'id'), [], 'Alert rule unshared'),
};

async function share(
  tx: Tx,
  ctx: OrderContext,
  ruleId: string,
  shares: readonly RuleShare[],
  message: string,
): Promise<JsonObject> {
  const { rule, ended } = await shareRule(tx, ctx.logpointId, ruleId, shares, authorOf(ctx));
  for (const { id } of ended) await clearRuleNotifications(tx, ctx.logpointId, id);
  return { ...done(message, rule), uses_ended: ended.length };
}

const transferOwnershipOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/AlertRules/transferOwnership',
  async run(tx, ctx, input) {
    const rule = await existing(tx, ctx.logpointId, requiredText(input, 'id'));
    const user = await activeUser(tx, ctx, input, 'userid');
    if (rule.ownerId === user.id) throw refuse('OWNER_SAME', `${user.username} owns the alert rule already`);
    if (rule.usedFrom !== undefined) {
      throw refuse('RULE_USED', `Alert rule ${rule.name} is used from another one: its use is not transferred`);
    }
    const ended = await transferRule(tx, rule, user.id, authorOf(ctx));
    for (const { id } of ended) await clearRuleNotifications(tx, ctx.logpointId, id);
    return done('Ownership of alert rule transferred', rule);
  },
};

const useAlertRulesOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/AlertRules/useAlertRules',
  async run(tx, ctx, input) {
    const user = await activeUser(tx, ctx, input, 'userid');
    const repos = optionalTextList(input, 'repos');
    const rule: AlertRule = await useRule(tx, user, requiredText(input, 'id'), repos, authorOf(ctx));
    return done('Alert rule is used', rule);
  },
};

async function activeUser(tx: ReadTx, ctx: OrderContext, input: JsonObject, field: string): Promise<User> {
  const id = requiredText(input, field);
  const user = await getActiveUser(tx, ctx.logpointId, id);
  if (user !== null) return user;
  const message = `${field} ${JSON.stringify(id.slice(0, 60))} is not an active user of this logpoint`;
  throw refuse('SUCCESSOR_INVALID', 'Invalid user id', { [field]: [message] });
}

/** `group_permissions` may name users of its group, who then count for themselves. */
function sharesOf(config: Json | undefined): readonly RuleShare[] {
  if (!isJsonObject(config)) throw invalid('an object with group_permissions or user_permissions');
  const groups = objectsOf(config['group_permissions']);
  const users = [
    ...objectsOf(config['user_permissions']),
    ...groups.flatMap((group) => objectsOf(group['user_permissions'])),
  ];
  return [
    // A group that only names some of its users is itself given nothing.
    ...groups.filter((group) => group['permission'] !== undefined).map((group) => shareOf('group', group, 'group_id')),
    ...users.map((user) => shareOf('user', user, 'user_id')),
  ];
}

function shareOf(kind: RuleShare['kind'], entry: JsonObject, field: 'group_id' | 'user_id'): RuleShare {
  const targetId = entry[field];
  const word = entry['permission'];
  const permission = SHARE_PERMISSIONS.find((known) => typeof word === 'string' && known === word.trim().toUpperCase());
  if (typeof targetId !== 'string') throw invalid(`${field} in each entry`);
  if (permission === undefined) throw invalid(`permission in each entry: ${SHARE_PERMISSIONS.join(', ')}`);
  return { kind, targetId, permission };
}

function objectsOf(value: Json | undefined): readonly JsonObject[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every(isJsonObject)) throw invalid('lists of objects');
  return value;
}

const invalid = (expected: string): AppError =>
  new AppError('refused', 'SHARE_INVALID', `rbac_config: expected ${expected}`, {
    fields: { rbac_config: [`expected ${expected}`] },
  });

export const ruleShareOrders = [shareOrder, unshareOrder, transferOwnershipOrder, useAlertRulesOrder] as const;
