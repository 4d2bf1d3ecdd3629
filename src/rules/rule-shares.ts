import { getUserGroup } from '../accounts/user-groups.ts';
import { getUser, isAdministrator } from '../accounts/users.ts';
import { appendAudit } from '../audit/audit-chain.ts';
import type { ReadTx, Tx } from '../control/control-store.ts';
import { refuse } from '../shared/errors.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Author } from '../tenancy/author.ts';
import type { AlertRule } from './alert-rule.ts';
import { existing, trashRule } from './rule-edits.ts';
import { listUses } from './rule-store.ts';

/** READ may use a rule, EDIT also change it, FULL also remove and share it. Source: the vendor's guide on sharing. */
export const SHARE_PERMISSIONS = ['READ', 'EDIT', 'FULL'] as const;
export type SharePermission = (typeof SHARE_PERMISSIONS)[number];

export type RuleShare = {
  readonly kind: 'user' | 'group';
  /** Of a user or a user group of the logpoint. */
  readonly targetId: ObjectId;
  readonly permission: SharePermission;
};

/** Users and groups that one rule is shared with. */
export const SHARES_MAX = 1_000;

type ShareRow = { rule_id: string; target_kind: 'user' | 'group'; target_id: string; permission: SharePermission };

const toShare = (row: ShareRow): RuleShare => ({
  kind: row.target_kind,
  targetId: row.target_id,
  permission: row.permission,
});

/** Shares of every shared rule of the logpoint, by rule. */
export async function listShares(
  tx: ReadTx,
  logpointId: LogpointId,
): Promise<ReadonlyMap<ObjectId, readonly RuleShare[]>> {
  const rows = await tx.all<ShareRow>(
    `select s.rule_id, s.target_kind, s.target_id, s.permission from rule_shares s
       join alert_rules r on r.id = s.rule_id where r.logpoint_id = ? order by s.rule_id, s.target_kind, s.target_id`,
    [logpointId],
  );
  const byRule = new Map<ObjectId, RuleShare[]>();
  for (const row of rows) {
    const known = byRule.get(row.rule_id);
    if (known === undefined) byRule.set(row.rule_id, [toShare(row)]);
    else known.push(toShare(row));
  }
  return byRule;
}

async function sharesOf(tx: ReadTx, ruleId: ObjectId): Promise<RuleShare[]> {
  const rows = await tx.all<ShareRow>(
    `select rule_id, target_kind, target_id, permission from rule_shares where rule_id = ?
      order by target_kind, target_id`,
    [ruleId],
  );
  return rows.map(toShare);
}

/** Whether the rule is shared with the user, alone or as a member of a group. */
export async function isSharedWith(tx: ReadTx, ruleId: ObjectId, userId: ObjectId): Promise<boolean> {
  const row = await tx.get(
    `select 1 as found from rule_shares s where s.rule_id = ? and (
       (s.target_kind = 'user' and s.target_id = ?) or (s.target_kind = 'group' and exists
         (select 1 from user_group_members m where m.user_group_id = s.target_id and m.user_id = ?))) limit 1`,
    [ruleId, userId, userId],
  );
  return row !== undefined;
}

/** The most that the rule's shares give the user, alone or as a member of groups; null when it is not shared with them. */
export async function sharedPermission(
  tx: ReadTx,
  ruleId: ObjectId,
  userId: ObjectId,
): Promise<SharePermission | null> {
  const rows = await tx.all<{ permission: SharePermission }>(
    `select s.permission from rule_shares s where s.rule_id = ? and (
       (s.target_kind = 'user' and s.target_id = ?) or (s.target_kind = 'group' and exists
         (select 1 from user_group_members m where m.user_group_id = s.target_id and m.user_id = ?)))`,
    [ruleId, userId, userId],
  );
  const given = new Set(rows.map(({ permission }) => permission));
  return SHARE_PERMISSIONS.findLast((permission) => given.has(permission)) ?? null;
}

/**
 * Shares the rule with exactly these; whoever is not among them and uses it uses it no more. Their incidents stay.
 * Answers the rules that ended so.
 *
 * @throws AppError kind `refused`: `RULE_NOT_FOUND`, `RULE_USED`, `SHARE_INVALID`
 */
export async function shareRule(
  tx: Tx,
  logpointId: LogpointId,
  ruleId: ObjectId,
  shares: readonly RuleShare[],
  by: Author,
): Promise<{ readonly rule: AlertRule; readonly ended: readonly AlertRule[] }> {
  const rule = await existing(tx, logpointId, ruleId);
  if (rule.usedFrom !== undefined) {
    throw refuse('RULE_USED', `Alert rule ${rule.name} is used from another one: share that one`);
  }
  await checkShares(tx, rule, shares);
  const before = await sharesOf(tx, ruleId);
  await tx.run('delete from rule_shares where rule_id = ?', [ruleId]);
  for (const { kind, targetId, permission } of shares) {
    await tx.run(
      `insert into rule_shares (rule_id, target_kind, target_id, permission) values (?, ?, ?, ?)
       on conflict (rule_id, target_kind, target_id) do update set permission = excluded.permission`,
      [ruleId, kind, targetId, permission],
    );
  }
  await appendAudit(tx, {
    ...by,
    logpointId,
    action: shares.length === 0 ? 'alert rule unshared' : 'alert rule shared',
    objectType: 'alert rule',
    objectId: ruleId,
    before: stateOf(before),
    after: stateOf(shares),
  });
  const ended: AlertRule[] = [];
  for (const use of await listUses(tx, logpointId, ruleId)) {
    const user = { id: use.ownerId, logpointId };
    if ((await isSharedWith(tx, ruleId, use.ownerId)) || (await isAdministrator(tx, user))) continue;
    ended.push(...(await trashRule(tx, logpointId, use.id, by)));
  }
  return { rule, ended };
}

async function checkShares(tx: ReadTx, rule: AlertRule, shares: readonly RuleShare[]): Promise<void> {
  const errors: string[] = [];
  if (shares.length > SHARES_MAX) errors.push(`${shares.length} users and groups, at most ${SHARES_MAX} are allowed`);
  for (const { kind, targetId } of shares.slice(0, SHARES_MAX)) {
    const known =
      kind === 'user'
        ? await getUser(tx, rule.logpointId, targetId)
        : await getUserGroup(tx, rule.logpointId, targetId);
    if (known === null) {
      const noun = kind === 'user' ? 'user' : 'user group';
      errors.push(`${JSON.stringify(targetId.slice(0, 40))} is not a ${noun} of this logpoint`);
    }
    if (kind === 'user' && targetId === rule.ownerId) errors.push('the owner need not be among them');
  }
  const [first] = errors;
  if (first !== undefined) throw refuse('SHARE_INVALID', `rbac_config: ${first}`, { rbac_config: errors });
}

const stateOf = (shares: readonly RuleShare[]): JsonObject => ({
  shares: shares.map(({ kind, targetId, permission }) => `${kind} ${targetId}: ${permission}`),
});

/** Shares as the API shows and takes them. */
export const rbacConfigOf = (shares: readonly RuleShare[]): JsonObject => ({
  group_permissions: shares
    .filter(({ kind }) => kind === 'group')
    .map(({ targetId, permission }) => ({ group_id: targetId, permission })),
  user_permissions: shares
    .filter(({ kind }) => kind === 'user')
    .map(({ targetId, permission }) => ({ user_id: targetId, permission })),
});
