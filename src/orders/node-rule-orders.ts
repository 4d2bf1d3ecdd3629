import { isInIncidentUserGroup } from '../accounts/incident-user-groups.ts';
import { isAdministrator } from '../accounts/users.ts';
import type { Tx } from '../control/control-store.ts';
import { findActingUser } from '../incidents/rights.ts';
import { RULE_NOT_FOUND } from '../rules/rule-edits.ts';
import { sharedPermission } from '../rules/rule-shares.ts';
import { getRule } from '../rules/rule-store.ts';
import { AppError, refuse } from '../shared/errors.ts';
import type { ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import { BATCH_MAX } from './node-orders.ts';
import { type NotificationOrderSettings, notificationOrders } from './notification-orders.ts';
import type { OrderContext, OrderKind, TransactionKind } from './order-kind.ts';
import {
  activateRuleOrder,
  createRuleOrder,
  deactivateRuleOrder,
  editRuleOrder,
  trashRuleOrder,
} from './rule-orders.ts';

// What users do to rules through the node's bearer API. Each is the Director's order behind the right of the user.

type ByUser = { readonly userId: ObjectId };
type RuleIds = ByUser & { readonly ids: readonly string[] };

type Step = 'change' | 'remove';

/**
 * Owner, managing groups, administrators, and whom the rule is shared with: EDIT to change it, FULL to remove it, too. A
 * rule that the user may not change is told as unknown.
 */
async function requireRule(tx: Tx, ctx: OrderContext, userId: ObjectId, ruleId: string, step: Step): Promise<void> {
  const user = await findActingUser(tx, ctx.logpointId, userId);
  const rule = await getRule(tx, ctx.logpointId, ruleId);
  if (rule === null) throw refuse('RULE_NOT_FOUND', RULE_NOT_FOUND);
  if (rule.ownerId === user.id || (await isAdministrator(tx, user))) return;
  if (await isInIncidentUserGroup(tx, ctx.logpointId, user.id, rule.manageableBy)) return;
  const shared = await sharedPermission(tx, rule.id, user.id);
  if (shared === 'FULL' || (shared === 'EDIT' && step === 'change')) return;
  throw refuse('RULE_NOT_FOUND', RULE_NOT_FOUND);
}

const createKind: TransactionKind<ByUser & { readonly data: JsonObject }> = {
  mode: 'transaction',
  action: '/AlertRules/create_api',
  async run(tx, ctx, { userId, data }) {
    await findActingUser(tx, ctx.logpointId, userId);
    return createRuleOrder.run(tx, ctx, { data: { ...data, owner: userId } });
  },
};

const updateKind: TransactionKind<ByUser & { readonly ruleId: string; readonly data: JsonObject }> = {
  mode: 'transaction',
  action: '/AlertRules/update_api',
  async run(tx, ctx, { userId, ruleId, data }) {
    await requireRule(tx, ctx, userId, ruleId, 'change');
    return editRuleOrder.run(tx, ctx, { ruleId, data });
  },
};

/** Does the same to each rule; what is refused for one is refused for all. */
async function forEachRule(
  tx: Tx,
  ctx: OrderContext,
  { userId, ids }: RuleIds,
  step: Step,
  work: (ruleId: string) => Promise<unknown>,
): Promise<void> {
  const distinct = new Set(ids);
  if (distinct.size === 0) throw refuse('BATCH_EMPTY', 'ids must name at least one alert rule');
  if (distinct.size > BATCH_MAX) {
    throw refuse('BATCH_TOO_LARGE', `ids names ${distinct.size} alert rules, at most ${BATCH_MAX} are allowed`);
  }
  for (const ruleId of distinct) {
    try {
      await requireRule(tx, ctx, userId, ruleId, step);
      await work(ruleId);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      throw refuse(error.code, error.message, error.fields ?? { [ruleId]: [error.message] });
    }
  }
}

const batchKind = (
  action: string,
  order: Pick<TransactionKind<{ readonly ruleId: string }>, 'run'>,
  message: string,
  step: Step = 'change',
): TransactionKind<RuleIds> => ({
  mode: 'transaction',
  action,
  async run(tx, ctx, input) {
    await forEachRule(tx, ctx, input, step, (ruleId) => order.run(tx, ctx, { ruleId }));
    return { message };
  },
});

const notificationKind = (
  action: string,
  order: Pick<TransactionKind<JsonObject>, 'run'>,
): TransactionKind<RuleIds & { readonly data: JsonObject }> => ({
  mode: 'transaction',
  action,
  async run(tx, ctx, input) {
    await forEachRule(tx, ctx, input, 'change', (ruleId) => order.run(tx, ctx, { ...input.data, id: ruleId }));
    return { message: 'Notification is saved' };
  },
});

export const RULE_API_ACTIONS = {
  create: createKind.action,
  update: updateKind.action,
  delete: '/AlertRules/delete_api',
  activate: '/AlertRules/activate_api',
  deactivate: '/AlertRules/deactivate_api',
  email: '/pluggables/Notification/EmailNotification/create_api',
  http: '/pluggables/Notification/HTTPNotification/create_api',
} as const;

/** Source: contract/incident-api.md, C.4 and C.5. */
export function nodeRuleOrderKinds(settings: NotificationOrderSettings): readonly OrderKind[] {
  const channels = notificationOrders(settings).flatMap((order): OrderKind[] => {
    if (order.action === '/AlertRules/EmailNotification') return [notificationKind(RULE_API_ACTIONS.email, order)];
    if (order.action === '/AlertRules/HTTPNotification') return [notificationKind(RULE_API_ACTIONS.http, order)];
    return [];
  });
  return [
    createKind,
    updateKind,
    batchKind(RULE_API_ACTIONS.delete, trashRuleOrder, 'Alert rules deleted', 'remove'),
    batchKind(RULE_API_ACTIONS.activate, activateRuleOrder, 'Alert rules activated'),
    batchKind(RULE_API_ACTIONS.deactivate, deactivateRuleOrder, 'Alert rules deactivated'),
    ...channels,
  ];
}
