import { appendAudit } from '../audit/audit-chain.ts';
import type { ReadTx, Tx } from '../control/control-store.ts';
import { type AppError, refuse } from '../shared/errors.ts';
import { type LogpointId, newHex32, newObjectId, type ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Author } from '../tenancy/author.ts';
import type { AlertRule, AttackRef, RuleMode, RuleSigma, RuleSpec } from './alert-rule.ts';
import { type CheckedRule, type CheckOptions, checkRule } from './rule-checks.ts';
import { inputOf, mergedInput, readRuleInput } from './rule-input.ts';
import { deleteRule, getRule, insertRule, isFull, listUses, RULES_MAX, updateRule } from './rule-store.ts';
import {
  beginSchedule,
  continueSchedule,
  endSchedule,
  GAP_EDITED,
  GAP_UNDECIDED,
  recordGap,
} from './schedule-store.ts';
import type { StatefulRule } from './stateful/stateful-rule.ts';
import { forgetStateful, forgetWaiting } from './stateful/stateful-store.ts';

/** Topic signalled after each commit that created, edited, switched or trashed a rule; the payload is a `RuleChange`. */
export const RULES_CHANGED = 'rules.changed';
export type RuleChange = { readonly logpointId: LogpointId; readonly ruleId: ObjectId };

export const RULE_NOT_FOUND = 'Alert rule not found';

/** What an import says of a rule beside the fields that anybody may set. */
export type ImportedRule = {
  readonly sigma?: RuleSigma | undefined;
  readonly isActive?: boolean | undefined;
  readonly keptTags?: readonly AttackRef[] | undefined;
  readonly stateful?: StatefulRule | undefined;
};

/**
 * Makes a rule from the flat `data` of the contract and lets it run: like the vendor's, a new rule is active.
 *
 * Only the fields that the contract names are read. Ids, version and state are the server's.
 *
 * @throws AppError kind `refused`, `RULE_INVALID` with a message per field; `RULES_FULL`
 */
export async function createRule(
  tx: Tx,
  logpointId: LogpointId,
  data: JsonObject,
  by: Author,
  imported: ImportedRule = {},
): Promise<AlertRule> {
  if (await isFull(tx, logpointId)) throw refuse('RULES_FULL', `the logpoint already has ${RULES_MAX} alert rules`);
  const { spec, ownerId, mode } = await checkedRule(tx, logpointId, data, null, { keptTags: imported.keptTags });
  const rule: AlertRule = {
    ...spec,
    ...(imported.sigma === undefined ? {} : { sigma: imported.sigma }),
    ...(imported.stateful === undefined ? {} : { stateful: imported.stateful }),
    id: newObjectId(tx.nowMs),
    logpointId,
    alertruleId: newHex32(),
    ownerId,
    active: imported.isActive ?? true,
    mode,
    version: 1,
    matchVersion: 1,
    createdAtMs: tx.nowMs,
    updatedAtMs: tx.nowMs,
  };
  await addRule(tx, rule, 'alert rule created', by);
  return rule;
}

/** The rule that the fields would make, for trying it out. @throws AppError `RULE_INVALID` */
export async function draftRule(tx: ReadTx, logpointId: LogpointId, data: JsonObject): Promise<AlertRule> {
  const { spec, ownerId, mode } = await checkedRule(tx, logpointId, data, null, { isUse: true });
  const times = { createdAtMs: tx.nowMs, updatedAtMs: tx.nowMs };
  const numbers = { active: true, version: 1, matchVersion: 1 };
  const ids = { id: newObjectId(tx.nowMs), alertruleId: newHex32(), logpointId, ownerId };
  return { ...spec, mode, ...ids, ...numbers, ...times };
}

/** Writes a rule that has been checked and lets it run. */
export async function addRule(tx: Tx, rule: AlertRule, action: string, by: Author): Promise<void> {
  await insertRule(tx, rule);
  if (isScheduled(rule)) await beginSchedule(tx, rule);
  await record(tx, action, null, rule, by);
}

/**
 * Changes what `data` names and keeps the rest; a range in any unit replaces the old one. The owner stays: it changes by
 * transfer of ownership only. Whether the rule is active stays too.
 *
 * When query, repos, throttling field or the way it runs change, what was counted so far is forgotten: it satisfied
 * another rule. Incidents that are there stay as they are.
 *
 * @throws AppError kind `refused`: `RULE_NOT_FOUND`, `RULE_INVALID` with a message per field
 */
export async function editRule(
  tx: Tx,
  logpointId: LogpointId,
  ruleId: ObjectId,
  data: JsonObject,
  by: Author,
): Promise<AlertRule> {
  const before = await existing(tx, logpointId, ruleId);
  if (before.usedFrom !== undefined) {
    throw refuse('RULE_USED', `Alert rule ${before.name} is used from another one and follows that one's edits`);
  }
  const keptTags = before.sigma === undefined ? [] : before.attack;
  const { spec, mode } = await checkedRule(tx, logpointId, mergedInput(before, data), ruleId, { keptTags });
  const full = withCorrelation(before, spec);
  const rule = await saveSpec(tx, before, full, mode, by);
  for (const use of await listUses(tx, logpointId, ruleId)) await saveSpec(tx, use, usedSpec(full, use), mode, by);
  return rule;
}

/** As `editRule`, by a new version of what the rule was imported from: the events that it means may be others. */
export async function editImportedRule(
  tx: Tx,
  before: AlertRule,
  data: JsonObject,
  by: Author,
  imported: Omit<ImportedRule, 'isActive'> & { readonly matchesOther: boolean },
): Promise<AlertRule> {
  const { logpointId, id } = before;
  const keptTags = imported.keptTags ?? before.attack;
  const { spec, mode } = await checkedRule(tx, logpointId, mergedInput(before, data), id, { keptTags });
  const stateful = imported.stateful ?? before.stateful;
  const full = { ...spec, sigma: imported.sigma, ...(stateful === undefined ? {} : { stateful }) };
  const rule = await saveSpec(tx, before, full, mode, by, imported.matchesOther);
  for (const use of await listUses(tx, logpointId, id)) {
    await saveSpec(tx, use, usedSpec(full, use), mode, by, imported.matchesOther);
  }
  return rule;
}

/** An imported correlation stays what it is, unless its query is replaced. */
const withCorrelation = (before: RuleSpec, spec: RuleSpec): RuleSpec => {
  const isKept = before.sigma !== undefined && spec.query === before.query;
  return { ...spec, stateful: isKept ? before.stateful : spec.stateful };
};

/** What a use takes over from its original: all but who gets the incidents. */
const usedSpec = (spec: RuleSpec, use: Pick<RuleSpec, 'assignedTo' | 'manageableBy'>): RuleSpec => ({
  ...spec,
  assignedTo: use.assignedTo,
  manageableBy: use.manageableBy,
});

async function saveSpec(
  tx: Tx,
  before: AlertRule,
  spec: RuleSpec,
  mode: RuleMode,
  by: Author,
  meansOther = false,
): Promise<AlertRule> {
  const version = before.version + 1;
  const matchesOther =
    meansOther ||
    spec.query !== before.query ||
    JSON.stringify([...spec.repos].sort()) !== JSON.stringify([...before.repos].sort()) ||
    spec.throttling?.field !== before.throttling?.field ||
    JSON.stringify(spec.stateful) !== JSON.stringify(before.stateful) ||
    mode !== before.mode;
  const rule: AlertRule = {
    ...before,
    ...spec,
    mode,
    version,
    matchVersion: matchesOther ? version : before.matchVersion,
    updatedAtMs: tx.nowMs,
  };
  await updateRule(tx, rule);
  if (matchesOther) await forgetFirings(tx, rule.id);
  if (!isScheduled(rule)) await endSchedule(tx, before);
  else await continueSchedule(tx, rule, matchesOther);
  await record(tx, 'alert rule edited', before, rule, by);
  return rule;
}

/**
 * Removes the rule, its counters and its gaps, and with it the rules that are used from it; their incidents stay.
 * Answers all of them, the rule first; none when the rule is gone already.
 */
export async function trashRule(
  tx: Tx,
  logpointId: LogpointId,
  ruleId: ObjectId,
  by: Author,
): Promise<readonly AlertRule[]> {
  const rule = await getRule(tx, logpointId, ruleId);
  if (rule === null) return [];
  const gone = [rule, ...(await listUses(tx, logpointId, ruleId))];
  for (const one of gone) {
    await deleteRule(tx, one.id);
    await record(tx, 'alert rule trashed', one, null, by);
  }
  return gone;
}

/**
 * Switches the rule on or off; nothing happens, and nothing is audited, when it is so already. A scheduled rule begins
 * anew with the interval that runs: the time in which it was off is no gap.
 *
 * @throws AppError `RULE_NOT_FOUND`
 */
export async function switchRule(
  tx: Tx,
  logpointId: LogpointId,
  ruleId: ObjectId,
  active: boolean,
  by: Author,
): Promise<AlertRule> {
  const before = await existing(tx, logpointId, ruleId);
  if (before.active === active) return before;
  const rule: AlertRule = { ...before, active, updatedAtMs: tx.nowMs };
  await updateRule(tx, rule);
  if (isScheduled(rule)) await beginSchedule(tx, rule);
  else await endSchedule(tx, before);
  const undecided = active ? null : await forgetWaiting(tx, ruleId);
  if (undecided !== null) await recordGap(tx, ruleId, undecided, GAP_UNDECIDED);
  await record(tx, active ? 'alert rule activated' : 'alert rule deactivated', before, rule, by);
  return rule;
}

/** @throws AppError `RULE_NOT_FOUND` */
export async function existing(tx: Tx, logpointId: LogpointId, ruleId: ObjectId): Promise<AlertRule> {
  const rule = await getRule(tx, logpointId, ruleId);
  if (rule === null) throw refuse('RULE_NOT_FOUND', RULE_NOT_FOUND);
  return rule;
}

/**
 * What the fields of create make, looked up and checked.
 *
 * @throws AppError `RULE_INVALID` with a message per field
 */
export async function checkedRule(
  tx: ReadTx,
  logpointId: LogpointId,
  data: JsonObject,
  ruleId: ObjectId | null,
  { isUse = false, keptTags }: Partial<Pick<CheckOptions, 'isUse' | 'keptTags'>> = {},
): Promise<CheckedRule> {
  const { draft, errors } = readRuleInput(data);
  const checked = await checkRule(tx, draft, { logpointId, ruleId, isUse, keptTags });
  const all: Record<string, readonly string[]> = { ...checked.errors };
  // What is already ill formed needs no second message about what it names.
  for (const [field, messages] of Object.entries(errors)) all[field] = messages;
  if (Object.keys(all).length > 0) throw invalidRule(all);
  return checked;
}

function invalidRule(fields: Readonly<Record<string, readonly string[]>>): AppError {
  const names = Object.keys(fields).sort().join(', ');
  return refuse('RULE_INVALID', `the alert rule is not valid: see ${names}`, fields);
}

const isScheduled = (rule: AlertRule): boolean => rule.active && rule.mode === 'schedule';

/** What the rule counted and the episodes of its incidents. */
export async function forgetFirings(tx: Tx, ruleId: ObjectId): Promise<void> {
  const dropped = await forgetStateful(tx, ruleId);
  if (dropped !== null) await recordGap(tx, ruleId, dropped, GAP_EDITED);
  await tx.run('delete from rule_matches where rule_id = ?', [ruleId]);
  await tx.run('delete from rule_episodes where rule_id = ?', [ruleId]);
}

/** Audits a change of a rule and tells who runs rules. */
export async function record(
  tx: Tx,
  action: string,
  before: AlertRule | null,
  after: AlertRule | null,
  by: Author,
): Promise<void> {
  const rule = after ?? before;
  if (rule === null) return;
  await appendAudit(tx, {
    ...by,
    logpointId: rule.logpointId,
    action,
    objectType: 'alert rule',
    objectId: rule.id,
    before: before === null ? null : stateOf(before),
    after: after === null ? null : stateOf(after),
  });
  tx.signal(RULES_CHANGED, { logpointId: rule.logpointId, ruleId: rule.id });
}

const stateOf = (rule: AlertRule): JsonObject => ({ ...inputOf(rule), active: rule.active, version: rule.version });
