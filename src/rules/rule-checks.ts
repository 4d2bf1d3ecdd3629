import { getIncidentUserGroup } from '../accounts/incident-user-groups.ts';
import { getActiveUser } from '../accounts/users.ts';
import { resolveAttackTags } from '../attack/attack-store.ts';
import type { ReadTx } from '../control/control-store.ts';
import { readDefinitions } from '../lists/read-definitions.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import { REPO_PORT } from '../tenancy/logpoint.ts';
import { listRepos } from '../tenancy/repos.ts';
import type { AttackRef, RuleMode, RuleSpec } from './alert-rule.ts';
import { modeOf } from './condition.ts';
import type { RuleDraft } from './rule-input.ts';
import { planRuleQuery } from './rule-query.ts';
import { isNameTaken } from './rule-store.ts';
import { statefulQuery } from './stateful/stateful-query.ts';

export type CheckedRule = {
  readonly spec: RuleSpec;
  readonly ownerId: ObjectId;
  readonly mode: RuleMode;
  readonly errors: Readonly<Record<string, readonly string[]>>;
};

export type CheckOptions = {
  readonly logpointId: LogpointId;
  /** The rule that is edited and may keep its name; null for a new one. */
  readonly ruleId: ObjectId | null;
  /** The rule is to be used from another one, whose name it has. */
  readonly isUse: boolean;
  /** Tags that the ATT&CK table need not hold: those that an imported rule came with. */
  readonly keptTags?: readonly AttackRef[] | undefined;
};

/**
 * Looks up everything that a draft names: users of the logpoint, its repos and groups, ATT&CK tags, the query, the name.
 * With errors (by field, in the words of the API) the rest is not to be used.
 */
export async function checkRule(tx: ReadTx, draft: RuleDraft, options: CheckOptions): Promise<CheckedRule> {
  const { logpointId, ruleId, isUse } = options;
  const errors: Record<string, string[]> = {};
  const fail = (field: string, message: string): void => {
    errors[field] = [...(errors[field] ?? []), message];
  };
  if (draft.name !== '' && !isUse && (await isNameTaken(tx, logpointId, draft.name, ruleId))) {
    fail('searchname', `an alert rule named ${JSON.stringify(draft.name)} already exists`);
  }
  // The owner of an edited rule stays, even when that user was switched off since.
  if (ruleId === null && draft.owner !== '' && (await getActiveUser(tx, logpointId, draft.owner)) === null) {
    fail('owner', `owner ${JSON.stringify(draft.owner)} is not an active user of this logpoint`);
  }
  if (draft.assignedTo !== null && (await getActiveUser(tx, logpointId, draft.assignedTo)) === null) {
    fail('assigned_to', `assigned_to ${JSON.stringify(draft.assignedTo)} is not an active user of this logpoint`);
  }
  for (const group of draft.manageableBy) {
    if ((await getIncidentUserGroup(tx, logpointId, group)) === null) {
      fail('manageable_by', `manageable_by ${JSON.stringify(group)} is not an incident user group of this logpoint`);
    }
  }
  const repos = await resolveRepos(tx, logpointId, draft.repos, fail);
  const { entries, unknown } = await resolveAttackTags(tx, draft.attackTags);
  const kept = (options.keptTags ?? []).filter(({ hash, id, attackId }) =>
    unknown.some((tag) => tag === hash || tag === id || tag === attackId),
  );
  const foreign = unknown.filter((tag) => !kept.some(({ hash, id, attackId }) => [hash, id, attackId].includes(tag)));
  for (const tag of foreign) fail('attack_tag', `attack_tag ${JSON.stringify(tag)} is not in the ATT&CK table`);
  const query = planRuleQuery(draft.query, await readDefinitions(tx, logpointId, [draft.query]));
  for (const message of query.errors) fail('query', message);

  const stateful = query.plan === null || query.errors.length > 0 ? null : statefulQuery(query.plan, draft);
  const { owner, attackTags, ...rest } = draft;
  const attack = entries.map(({ id, hash, attackId, attackTag, attackCategory }) => {
    return { id, hash, attackId, attackTag, attackCategory };
  });
  return {
    spec: { ...rest, repos, attack: [...attack, ...kept], ...(stateful === null ? {} : { stateful }) },
    ownerId: owner,
    mode:
      stateful !== null
        ? 'stream'
        : modeOf(query.plan?.isStreamable === true, draft.conditionOption, draft.conditionValue),
    errors,
  };
}

/** Names of the repos meant by names, by addresses `ip:5504/name`, or by `ip:5504` for all of them. */
async function resolveRepos(
  tx: ReadTx,
  logpointId: LogpointId,
  references: readonly string[],
  fail: (field: string, message: string) => void,
): Promise<readonly string[]> {
  const repos = await listRepos(tx, logpointId);
  const names = new Set<string>();
  for (const reference of references) {
    const isWholeNode = reference.endsWith(`:${REPO_PORT}`);
    const found = repos.filter(({ name, address }) =>
      isWholeNode ? address.startsWith(`${reference}/`) : name === reference || address === reference,
    );
    if (found.length === 0) fail('repos', `repo ${JSON.stringify(reference)} does not exist on this logpoint`);
    for (const { name } of found) names.add(name);
  }
  return [...names];
}
