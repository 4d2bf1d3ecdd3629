import type { User } from '../accounts/user.ts';
import { isAdministrator } from '../accounts/users.ts';
import type { Tx } from '../control/control-store.ts';
import { refuse } from '../shared/errors.ts';
import { newHex32, newObjectId, type ObjectId } from '../shared/ids.ts';
import type { Author } from '../tenancy/author.ts';
import type { AlertRule } from './alert-rule.ts';
import { addRule, checkedRule, existing } from './rule-edits.ts';
import { isSharedWith } from './rule-shares.ts';
import { isFull, RULES_MAX } from './rule-store.ts';
import { findVendorRule, VENDOR_REPOS } from './vendor-rules.ts';

/**
 * Lets the user use a rule that is shared with him, or one that ships with the program. A rule of the user's own comes
 * to be that follows the original's edits, counts for itself and raises its own incidents, assigned to the user.
 *
 * @throws AppError kind `refused`: `RULE_NOT_FOUND`, `RULE_NOT_SHARED`, `RULE_USED`, `RULES_FULL`, `RULE_INVALID`
 */
export async function useRule(
  tx: Tx,
  user: User,
  ruleId: ObjectId,
  repos: readonly string[] | undefined,
  by: Author,
): Promise<AlertRule> {
  const { logpointId } = user;
  if (await isFull(tx, logpointId)) throw refuse('RULES_FULL', `the logpoint already has ${RULES_MAX} alert rules`);
  const known = await tx.get('select id from alert_rules where logpoint_id = ? and used_from = ? and owner_id = ?', [
    logpointId,
    ruleId,
    user.id,
  ]);
  if (known !== undefined) throw refuse('RULE_USED', `${user.username} uses this alert rule already`);
  const vendor = findVendorRule(ruleId);
  const use = vendor === null ? await ofShared(tx, user, ruleId) : await ofVendor(tx, user, ruleId, repos);
  await addRule(tx, use, 'alert rule used', by);
  return use;
}

async function ofShared(tx: Tx, user: User, ruleId: ObjectId): Promise<AlertRule> {
  const rule = await existing(tx, user.logpointId, ruleId);
  if (rule.usedFrom !== undefined) {
    throw refuse('RULE_USED', `Alert rule ${rule.name} is used from another one: use that one`);
  }
  if (rule.ownerId === user.id) throw refuse('RULE_USED', `${user.username} owns the alert rule ${rule.name}`);
  if (!(await isSharedWith(tx, ruleId, user.id)) && !(await isAdministrator(tx, user))) {
    throw refuse('RULE_NOT_SHARED', `Alert rule ${rule.name} is not shared with ${user.username}`);
  }
  return useOf(tx, { ...rule, assignedTo: null, manageableBy: [] }, user, ruleId);
}

async function ofVendor(
  tx: Tx,
  user: User,
  ruleId: ObjectId,
  repos: readonly string[] = VENDOR_REPOS,
): Promise<AlertRule> {
  const fields = findVendorRule(ruleId)?.fields ?? {};
  const data = { ...fields, repos, owner: user.id };
  const { spec, mode } = await checkedRule(tx, user.logpointId, data, null, { isUse: true });
  const times = { createdAtMs: tx.nowMs, updatedAtMs: tx.nowMs };
  const made = { ...spec, mode, id: ruleId, logpointId: user.logpointId, alertruleId: '', ownerId: user.id };
  return useOf(tx, { ...made, ...times, active: true, version: 1, matchVersion: 1 }, user, ruleId);
}

const useOf = (tx: Tx, original: AlertRule, user: User, usedFrom: ObjectId): AlertRule => ({
  ...original,
  id: newObjectId(tx.nowMs),
  alertruleId: newHex32(),
  ownerId: user.id,
  usedFrom,
  active: true,
  version: 1,
  matchVersion: 1,
  createdAtMs: tx.nowMs,
  updatedAtMs: tx.nowMs,
});
