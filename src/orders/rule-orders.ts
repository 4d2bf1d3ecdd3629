import type { ReadTx } from '../control/control-store.ts';
import { clearRuleNotifications } from '../notify/rule-notification.ts';
import type { AlertRule } from '../rules/alert-rule.ts';
import { FieldReader } from '../rules/field-reader.ts';
import { createRule, editRule, RULE_NOT_FOUND, switchRule, trashRule } from '../rules/rule-edits.ts';
import { ruleRow } from '../rules/rule-row.ts';
import { listRuleStats } from '../rules/rule-stats.ts';
import { listRules } from '../rules/rule-store.ts';
import { refuse } from '../shared/errors.ts';
import type { ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import { getLogpoint } from '../tenancy/logpoints.ts';
import { authorOf, type OrderContext, type TransactionKind } from './order-kind.ts';

/** `data` of the request as it came: the rules read the fields that the contract names and no others. */
export type RuleData = { readonly data: JsonObject };
export type RuleTarget = { readonly ruleId: ObjectId };

const LOG_SOURCES_MAX = 200;
const LOG_SOURCE_CHARS_MAX = 1_000;

/** What an order on a rule answers: the ids, which the vendor's clients otherwise have to fetch. */
const done = (message: string, rule: AlertRule): JsonObject => ({
  message,
  id: rule.id,
  alertrule_id: rule.alertruleId,
});

export const createRuleOrder: TransactionKind<RuleData> = {
  mode: 'transaction',
  action: '/AlertRules/create',
  run: async (tx, ctx, { data }) =>
    done('Alert rule created', await createRule(tx, ctx.logpointId, data, authorOf(ctx))),
};

export const editRuleOrder: TransactionKind<RuleTarget & RuleData> = {
  mode: 'transaction',
  action: '/AlertRules/edit',
  run: async (tx, ctx, { ruleId, data }) =>
    done('Alert rule edited', await editRule(tx, ctx.logpointId, ruleId, data, authorOf(ctx))),
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

/** The lists that the vendor keeps apart. Rules are neither shared nor delivered yet, so those lists hold none. */
export const RULE_LISTS = [
  'MyAlertRules',
  'SharedAlertRules',
  'UsedAlertRules',
  'UsedSharedAlertRules',
  'VendorAlertRules',
] as const;
export type RuleList = (typeof RULE_LISTS)[number];

const fetchOrder = (list: RuleList): TransactionKind<RuleData> => ({
  mode: 'transaction',
  action: `/AlertRules/${list}/fetch`,
  run: async (tx, ctx, { data }) => ({ rows: await ruleRows(tx, ctx, list, data) }),
});

/** One fetch order per list; filters are `active` and `log_source` (names, all of which a rule must have). */
export const fetchRulesOrders: Readonly<Record<RuleList, TransactionKind<RuleData>>> = {
  MyAlertRules: fetchOrder('MyAlertRules'),
  SharedAlertRules: fetchOrder('SharedAlertRules'),
  UsedAlertRules: fetchOrder('UsedAlertRules'),
  UsedSharedAlertRules: fetchOrder('UsedSharedAlertRules'),
  VendorAlertRules: fetchOrder('VendorAlertRules'),
};

async function ruleRows(tx: ReadTx, ctx: OrderContext, list: RuleList, data: JsonObject): Promise<JsonObject[]> {
  const fields = new FieldReader(data);
  const active = fields.has('active') ? fields.flag('active') : undefined;
  const logSource = fields.texts('log_source', { countMax: LOG_SOURCES_MAX, charsMax: LOG_SOURCE_CHARS_MAX });
  if (Object.keys(fields.errors).length > 0) {
    throw refuse('RULE_FILTER', `the filter is not valid: see ${Object.keys(fields.errors).join(', ')}`, fields.errors);
  }
  const logpoint = await getLogpoint(tx, ctx.poolId, ctx.logpointId);
  // Every rule has been made on this logpoint by hand or by its owner's client: all of them are "my" rules.
  if (logpoint === null || list !== 'MyAlertRules') return [];
  const { logpointId } = ctx;
  const stats = new Map((await listRuleStats(tx, { logpointId })).map((entry) => [entry.ruleId, entry]));
  const rules = await listRules(tx, { logpointId, active, logSource });
  return rules.map((rule) => ruleRow(rule, logpoint, stats.get(rule.id) ?? null));
}

export const ruleOrders = [
  createRuleOrder,
  editRuleOrder,
  trashRuleOrder,
  activateRuleOrder,
  deactivateRuleOrder,
  ...Object.values(fetchRulesOrders),
] as const;
