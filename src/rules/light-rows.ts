import type { ReadTx } from '../control/control-store.ts';
import { PAGE_ROWS_MAX, type Page, type PageRequest, readPage } from '../control/list-page.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import { getDocument } from '../sigma/sigma-documents.ts';
import { getLogpoint } from '../tenancy/logpoints.ts';
import type { AlertRule } from './alert-rule.ts';
import { inputOf } from './rule-input.ts';
import { ruleRow } from './rule-row.ts';
import { listShares } from './rule-shares.ts';
import { listRuleStats, type RuleStats } from './rule-stats.ts';
import { getRule, storedRules } from './rule-store.ts';

export type LightRequest = {
  readonly logpointId: LogpointId;
  readonly active?: boolean | undefined;
  /** In name, id, Sigma id, author or technique, in any case. */
  readonly q?: string | undefined;
  /** Each row has the fields that would make its rule, too. */
  readonly withFields?: boolean | undefined;
};

/** Rules of a logpoint as lists show them, a page or all: what each is, what it did and what it left out. */
export async function lightRows(tx: ReadTx, request: LightRequest & PageRequest): Promise<Page<JsonObject>> {
  const { logpointId, active, withFields, q, ...page } = request;
  const text = q === undefined || q === '' ? undefined : q;
  const { rows: rules, nextCursor, total } = await readPage(tx, storedRules, { logpointId, active, text }, page);
  const stats = await statsOf(tx, logpointId, rules);
  const rows = rules.map((rule) => {
    const row = lightRow(rule, stats.get(rule.id) ?? null);
    return withFields === true ? { ...row, fields: inputOf(rule) } : row;
  });
  return { rows, nextCursor, total };
}

/** Of the rules of a page: one by one when they are few, else of all. */
export async function statsOf(
  tx: ReadTx,
  logpointId: LogpointId,
  rules: readonly AlertRule[],
): Promise<ReadonlyMap<ObjectId, RuleStats>> {
  const ruleIds = rules.length > PAGE_ROWS_MAX ? undefined : rules.map(({ id }) => id);
  return new Map((await listRuleStats(tx, { logpointId, ruleIds })).map((entry) => [entry.ruleId, entry]));
}

const seconds = (ms: number | null | undefined): number | null => (ms === null || ms === undefined ? null : ms / 1000);

/** `cost_us` and `false_positive_ratio` are filled in by who knows them. */
export function lightRow(rule: AlertRule, stats: RuleStats | null): JsonObject {
  const { sigma } = rule;
  return {
    id: rule.id,
    alertrule_id: rule.alertruleId,
    name: rule.name,
    mode: rule.mode,
    active: rule.active,
    risk: rule.risk,
    source: sigma === undefined ? 'lpql' : 'sigma',
    sigma_id: sigma?.id ?? null,
    author: sigma?.author ?? '',
    licence: sigma?.licence ?? '',
    references: sigma?.references ?? [],
    owner: rule.ownerId,
    used_from: rule.usedFrom ?? null,
    version: rule.version,
    updated_at: rule.updatedAtMs / 1000,
    matches: stats?.matches ?? 0,
    hits: stats?.hits ?? 0,
    raised: stats?.raised ?? 0,
    extended: stats?.extended ?? 0,
    throttled: stats?.throttled ?? 0,
    suppressed: stats?.suppressed ?? 0,
    overflowed: stats?.overflowed ?? 0,
    late: stats?.late ?? 0,
    failures: stats?.failures ?? 0,
    last_hit_at: seconds(stats?.lastHitAtMs),
    last_run_at: seconds(stats?.evaluatedToMs),
    last_error: stats?.lastError ?? null,
    gaps: stats?.gaps.length ?? 0,
    cost_us: null,
    false_positive_ratio: null,
    attack_id: [...new Set(rule.attack.map(({ attackId }) => attackId))],
    attack_tag: [...new Set(rule.attack.map(({ attackTag }) => attackTag))],
    log_source: rule.logSource,
  };
}

/** One rule whole: the vendor's row, the light row, its fields, and of a Sigma rule its YAML. */
export async function fullRow(
  tx: ReadTx,
  key: { readonly poolId: string; readonly logpointId: LogpointId; readonly ruleId: ObjectId },
): Promise<JsonObject | null> {
  const { logpointId, ruleId } = key;
  const rule = await getRule(tx, logpointId, ruleId);
  const logpoint = await getLogpoint(tx, key.poolId, logpointId);
  if (rule === null || logpoint === null) return null;
  const [stats = null] = await listRuleStats(tx, { logpointId, ruleIds: [ruleId] });
  const shares = (await listShares(tx, logpointId)).get(ruleId);
  const document = rule.sigma === undefined ? null : await getDocument(tx, logpointId, rule.sigma.id);
  const { gaps, ...vendor } = ruleRow(rule, logpoint, stats, shares);
  return {
    ...vendor,
    ...lightRow(rule, stats),
    gap_list: gaps ?? [],
    fields: inputOf(rule),
    sigma:
      rule.sigma === undefined ? null : { ...rule.sigma, yaml: document?.content ?? '', file: document?.file ?? '' },
  };
}
