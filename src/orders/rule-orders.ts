import { clearRuleNotifications } from '../notify/rule-notification.ts';
import { parseTemplate, TEMPLATE_CHARS_MAX } from '../notify/templates/parser.ts';
import { TemplateError } from '../notify/templates/template-error.ts';
import type { AlertRule } from '../rules/alert-rule.ts';
import { createRule, editRule, RULE_NOT_FOUND, switchRule, trashRule } from '../rules/rule-edits.ts';
import { refuse } from '../shared/errors.ts';
import type { ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import { authorOf, type TransactionKind } from './order-kind.ts';

/** `data` of the request as it came: the rules read the fields that the contract names and no others. */
export type RuleData = { readonly data: JsonObject };
export type RuleTarget = { readonly ruleId: ObjectId };

/** What an order on a rule answers: the ids, which the vendor's clients otherwise have to fetch. */
export const done = (message: string, rule: AlertRule): JsonObject => ({
  message,
  id: rule.id,
  alertrule_id: rule.alertruleId,
});

/** Templates are read when they are saved, so that nobody meets the mistake in an incident. @throws AppError `RULE_INVALID` */
function checked(data: JsonObject): JsonObject {
  const template = data['alert_context_template'];
  if (typeof template !== 'string' || template.length > TEMPLATE_CHARS_MAX) return data;
  try {
    parseTemplate(template);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const message = `alert_context_template at ${error.message}`;
    throw refuse('RULE_INVALID', message, { alert_context_template: [message] });
  }
  return data;
}

export const createRuleOrder: TransactionKind<RuleData> = {
  mode: 'transaction',
  action: '/AlertRules/create',
  run: async (tx, ctx, { data }) =>
    done('Alert rule created', await createRule(tx, ctx.logpointId, checked(data), authorOf(ctx))),
};

export const editRuleOrder: TransactionKind<RuleTarget & RuleData> = {
  mode: 'transaction',
  action: '/AlertRules/edit',
  run: async (tx, ctx, { ruleId, data }) =>
    done('Alert rule edited', await editRule(tx, ctx.logpointId, ruleId, checked(data), authorOf(ctx))),
};

export const trashRuleOrder: TransactionKind<RuleTarget> = {
  mode: 'transaction',
  action: '/AlertRules/trash',
  run: async (tx, ctx, { ruleId }) => {
    const [rule, ...uses] = await trashRule(tx, ctx.logpointId, ruleId, authorOf(ctx));
    if (rule === undefined) throw refuse('RULE_NOT_FOUND', RULE_NOT_FOUND);
    // With the rule go the addresses and the sealed secrets of its notifications.
    for (const { id } of [rule, ...uses]) await clearRuleNotifications(tx, ctx.logpointId, id);
    return done('Alert rule trashed', rule);
  },
};

export const activateRuleOrder: TransactionKind<RuleTarget> = {
  mode: 'transaction',
  action: '/AlertRules/activate',
  run: async (tx, ctx, { ruleId }) =>
    done('Alert rule activated', await switchRule(tx, ctx.logpointId, ruleId, true, authorOf(ctx))),
};

export const deactivateRuleOrder: TransactionKind<RuleTarget> = {
  mode: 'transaction',
  action: '/AlertRules/deactivate',
  run: async (tx, ctx, { ruleId }) =>
    done('Alert rule deactivated', await switchRule(tx, ctx.logpointId, ruleId, false, authorOf(ctx))),
};

export const ruleOrders = [
  createRuleOrder,
  editRuleOrder,
  trashRuleOrder,
  activateRuleOrder,
  deactivateRuleOrder,
] as const;
