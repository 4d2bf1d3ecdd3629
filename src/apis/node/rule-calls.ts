import { notificationRow } from '../../notify/notification-row.ts';
import { getNotification } from '../../notify/registry.ts';
import { RULE_API_ACTIONS } from '../../orders/node-rule-orders.ts';
import type { AlertRule } from '../../rules/alert-rule.ts';
import { rulesVisible } from '../../rules/registry.ts';
import { ruleRow } from '../../rules/rule-row.ts';
import { refuse } from '../../shared/errors.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import { carryOut } from './incident-calls.ts';
import type { NodeAnswer, NodeCall } from './node-services.ts';
import { invalid, shown, text, texts } from './request-fields.ts';
import { emailData, httpData, ruleData } from './rule-body.ts';

// The bearer API of alert rules. Source: contract/incident-api.md, C.4 and C.5.

const LIMIT_MAX = 10_000;

/** A switch in a query string. */
export const isSet = (value: Json | undefined): boolean =>
  ['true', '1', 'on'].includes(String(value ?? '').toLowerCase());

const notFound = () => refuse('RULE_NOT_FOUND', 'Alert rule not found');

/** Parameters of a read stand in the query string. */
export const parametersOf = (call: NodeCall): JsonObject =>
  Object.fromEntries(
    Object.entries({ ...call.request.fields, ...call.query }).map(([name, value]) => [name, String(value)]),
  );

export function wholeOf(data: JsonObject, field: string, fallback: number): number {
  const value = data[field];
  if (value === undefined || value === '') return fallback;
  const count = Number(value);
  if (Number.isInteger(count) && count >= 1 && count <= LIMIT_MAX) return count;
  throw invalid(`${field} is ${shown(value)}, expected a whole number from 1 to ${LIMIT_MAX}`);
}

/** `my`: made here; `used`: stands for a shared or delivered rule; `vendor` are nobody's own, so there are none. */
function isOfType(rule: AlertRule, type: string): boolean {
  if (type === '') return true;
  if (type === 'my') return rule.usedFrom === undefined;
  return type === 'used' && rule.usedFrom !== undefined;
}

const briefRow = (rule: AlertRule): JsonObject => ({
  id: rule.id,
  name: rule.name,
  description: rule.description,
  active: rule.active,
  alertrule_id: rule.alertruleId,
  risk: rule.risk,
  owner: rule.ownerId,
});

export async function listRuleRows(call: NodeCall): Promise<NodeAnswer> {
  const { services, caller } = call;
  const parameters = parametersOf(call);
  const type = String(parameters['type'] ?? '').toLowerCase();
  if (!['', 'my', 'used', 'vendor'].includes(type))
    throw invalid(`type is ${JSON.stringify(type.slice(0, 100))}, expected my, used or vendor`);
  const limit = wholeOf(parameters, 'limit', LIMIT_MAX);
  const page = wholeOf(parameters, 'page', 1);
  const isWhole = isSet(parameters['return_all_data']);
  const rules = (await services.control.read(rulesVisible, caller.user)).filter((rule) => isOfType(rule, type));
  const rows = rules.slice((page - 1) * limit, page * limit);
  const shown = rows.map((rule) => (isWhole ? ruleRow(rule, caller.logpoint, null) : briefRow(rule)));
  // Under both names that clients look for.
  return {
    success: true,
    data: shown,
    rows: shown,
    total: rules.length,
    page,
  };
}

async function findRule(call: NodeCall): Promise<AlertRule> {
  const id = text(parametersOf(call), 'id');
  const rule = (await call.services.control.read(rulesVisible, call.caller.user)).find((known) => known.id === id);
  if (rule === undefined) throw notFound();
  return rule;
}

export async function readRule(call: NodeCall): Promise<NodeAnswer> {
  return { success: true, data: ruleRow(await findRule(call), call.caller.logpoint, null) };
}

export const createRuleByUser = (call: NodeCall): Promise<NodeAnswer> => {
  const data = ruleData(call.request.fields, true);
  return carryOut(withData(call, data), RULE_API_ACTIONS.create, { data });
};

export const updateRuleByUser = (call: NodeCall): Promise<NodeAnswer> => {
  const ruleId = text(call.request.fields, 'id');
  const data = ruleData(call.request.fields, false);
  return carryOut(withData(call, data), RULE_API_ACTIONS.update, { ruleId, data });
};

export const changeRules =
  (action: 'delete' | 'activate' | 'deactivate') =>
  (call: NodeCall): Promise<NodeAnswer> => {
    const ids = texts(call.request.fields, 'ids');
    return carryOut(withData(call, { ids }), RULE_API_ACTIONS[action], { ids });
  };

export const createNotification =
  (channel: 'email' | 'http') =>
  (call: NodeCall): Promise<NodeAnswer> => {
    const ids = texts(call.request.fields, 'ids');
    const data = channel === 'email' ? emailData(call.request.fields) : httpData(call.request.fields);
    return carryOut(withData(call, { ids, ...data }), RULE_API_ACTIONS[channel], { ids, data });
  };

export const readNotification =
  (channel: 'email' | 'http') =>
  async (call: NodeCall): Promise<NodeAnswer> => {
    const rule = await findRule(call);
    const key = { logpointId: rule.logpointId, ruleId: rule.id, channel };
    const found = await call.services.control.read(getNotification, key);
    const row = found === null ? null : notificationRow(found);
    if (row === null) throw refuse('NOTIFICATION_NOT_FOUND', `The alert rule has no ${channel} notification`);
    return { success: true, data: { id: rule.id, ...row } };
  };

/** What the list of orders shows: names of the Director, so that its redaction knows the secrets. */
export const withData = (call: NodeCall, requestData: JsonObject): NodeCall => ({
  ...call,
  request: { ...call.request, requestData },
});
