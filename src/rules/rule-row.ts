import type { JsonObject } from '../shared/json.ts';
import { type Logpoint, repoAddress } from '../tenancy/logpoint.ts';
import type { AlertRule } from './alert-rule.ts';
import { type RuleShare, rbacConfigOf } from './rule-shares.ts';
import type { RuleStats } from './rule-stats.ts';
import { attributedMetadata } from './sigma-attribution.ts';

const HOUR_MINUTES = 60;
const DAY_MINUTES = 24 * HOUR_MINUTES;

/**
 * A rule as the fetch reads show it: the vendor's stored shape (contract/incident-api.md, C.4), every list present.
 *
 * Beyond the vendor, beside `settings`: `rbac_config` (with whom it is shared), `mode`, `statistics` and `gaps`, which say what the rule did and what it did not
 * look at.
 */
export function ruleRow(
  rule: AlertRule,
  logpoint: Pick<Logpoint, 'ip'>,
  stats: RuleStats | null,
  shares: readonly RuleShare[] = [],
): JsonObject {
  return {
    id: rule.id,
    name: rule.name,
    settings: settingsOf(rule, logpoint, shares),
    rbac_config: rbacConfigOf(shares),
    mode: rule.mode,
    statistics: stats === null ? {} : statisticsOf(stats),
    gaps: (stats?.gaps ?? []).map(({ fromMs, toMs, reason }) => ({ from: fromMs / 1000, to: toMs / 1000, reason })),
  };
}

function settingsOf(rule: AlertRule, logpoint: Pick<Logpoint, 'ip'>, shares: readonly RuleShare[]): JsonObject {
  const repos = rule.repos.map((name) => repoAddress(logpoint.ip, name));
  return {
    active: rule.active,
    aggregate: rule.aggregate,
    alertrule_id: rule.alertruleId,
    assigned_to: rule.assignedTo ?? rule.ownerId,
    attack_tag: rule.attack.map(({ hash }) => hash),
    condition: { condition_option: rule.conditionOption, condition_value: rule.conditionValue },
    context_template: rule.alertContextTemplate,
    data_privacy_request: rule.originalData,
    delay_interval_minute: rule.delayMinutes,
    description: rule.description,
    extra_config: { query: rule.query },
    flush_on_trigger: rule.flushOnTrigger,
    is_context_template_enabled: rule.applyJinjaTemplate,
    livesearch_data: {
      generated_by: 'alert',
      limit: rule.limit,
      query: rule.query,
      search_interval_minute: rule.intervalMinutes,
      searchname: rule.name,
      ...timerangeOf(rule.rangeMinutes),
    },
    log_source: rule.logSource,
    metadata: attributedMetadata(rule).map(({ field, value }) => ({ field, value })),
    repos,
    risk: rule.risk,
    throttling_enabled: rule.throttling !== null,
    throttling_field: rule.throttling?.field ?? '',
    throttling_time_range: rule.throttling?.rangeMinutes ?? 0,
    tid: '',
    time_range_seconds: rule.rangeMinutes * 60,
    used_from: rule.usedFrom ?? '',
    user: rule.ownerId,
    version: rule.version,
    vid: '',
    visible_to: rule.manageableBy,
    visible_to_users: shares.filter(({ kind }) => kind === 'user').map(({ targetId }) => targetId),
  };
}

/** The range in the largest unit that holds it whole. */
function timerangeOf(minutes: number): JsonObject {
  const days = minutes % DAY_MINUTES === 0 ? minutes / DAY_MINUTES : 0;
  const hours = days === 0 && minutes % HOUR_MINUTES === 0 ? minutes / HOUR_MINUTES : 0;
  const rest = days === 0 && hours === 0 ? minutes : 0;
  return { timerange_day: days, timerange_hour: hours, timerange_minute: rest };
}

function statisticsOf(stats: RuleStats): JsonObject {
  const { matches, hits, raised, extended, throttled, ignored, outdated, windows, failures, cut } = stats;
  const { suppressed, overflowed, late } = stats;
  return {
    matches,
    hits,
    raised,
    extended,
    throttled,
    ignored,
    outdated,
    windows,
    failures,
    cut,
    suppressed,
    overflowed,
    late,
    last_hit: stats.lastHitAtMs === null ? null : stats.lastHitAtMs / 1000,
    evaluated_to: stats.evaluatedToMs === null ? null : stats.evaluatedToMs / 1000,
    last_error: stats.lastError,
  };
}
