import type { ReadTx, Tx } from '../control/control-store.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { Author } from '../tenancy/author.ts';
import type { AlertRule } from './alert-rule.ts';
import { record } from './rule-edits.ts';
import { deleteRule, listUses, RULE_COLUMNS, type RuleRow, toRule, updateRule } from './rule-store.ts';

/** Rules of the user, used ones among them, by id. */
export async function rulesOwnedBy(tx: ReadTx, logpointId: LogpointId, userId: ObjectId): Promise<AlertRule[]> {
  const rows = await tx.all<RuleRow>(
    `select ${RULE_COLUMNS} from alert_rules where logpoint_id = ? and owner_id = ? order by id`,
    [logpointId, userId],
  );
  return rows.map(toRule);
}

/**
 * Gives the rule to another user, who gets its incidents from then on where they went to the owner. A rule that the new
 * owner has already, by using it or what it is used from, is not had twice: that use ends. Answers what ended.
 */
export async function transferRule(
  tx: Tx,
  rule: AlertRule,
  ownerId: ObjectId,
  by: Author,
): Promise<readonly AlertRule[]> {
  if (rule.ownerId === ownerId) return [];
  const isDouble = rule.usedFrom !== undefined && (await hasAlready(tx, rule.logpointId, rule.usedFrom, ownerId));
  const uses = await listUses(tx, rule.logpointId, rule.id);
  const ended = isDouble ? [rule] : uses.filter((use) => use.ownerId === ownerId);
  for (const one of ended) {
    await deleteRule(tx, one.id);
    await record(tx, 'alert rule trashed', one, null, by);
  }
  if (isDouble) return ended;
  await tx.run("delete from rule_shares where rule_id = ? and target_kind = 'user' and target_id = ?", [
    rule.id,
    ownerId,
  ]);
  const after = { ...rule, ownerId, version: rule.version + 1, updatedAtMs: tx.nowMs };
  await updateRule(tx, after);
  await record(tx, 'alert rule transferred', rule, after, by);
  return ended;
}

async function hasAlready(
  tx: ReadTx,
  logpointId: LogpointId,
  originalId: ObjectId,
  ownerId: ObjectId,
): Promise<boolean> {
  const row = await tx.get(
    'select id from alert_rules where logpoint_id = ? and owner_id = ? and (id = ? or used_from = ?)',
    [logpointId, ownerId, originalId, originalId],
  );
  return row !== undefined;
}

/** Rules whose incidents go to the user give them to `nextId`, or to their owner when that is null. */
export async function passAssignments(
  tx: Tx,
  logpointId: LogpointId,
  userId: ObjectId,
  nextId: ObjectId | null,
  by: Author,
): Promise<void> {
  // The text finds candidates; ids are hex, so nothing in it is a pattern.
  const rows = await tx.all<RuleRow>(
    `select ${RULE_COLUMNS} from alert_rules where logpoint_id = ? and spec like ? order by id`,
    [logpointId, `%"assignedTo":"${userId}"%`],
  );
  for (const rule of rows.map(toRule)) {
    if (rule.assignedTo !== userId) continue;
    const after = { ...rule, assignedTo: nextId, version: rule.version + 1, updatedAtMs: tx.nowMs };
    await updateRule(tx, after);
    await record(tx, 'alert rule edited', rule, after, by);
  }
}
