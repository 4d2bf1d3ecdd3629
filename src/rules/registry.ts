import { command, query } from '../control/control-store.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import { listRuleStats, type StatsFilter } from './rule-stats.ts';
import { getRule, listRules, listStreamRules, type RuleFilter } from './rule-store.ts';
import { listScheduledRules, recordWindowFailure, type WindowFailure } from './schedule-store.ts';

/** Topic signalled after each commit that created, changed, switched or trashed a rule. Payload: `RuleChange`. */
export const RULES_CHANGED = 'rules.changed';

export type RuleKey = { readonly logpointId: LogpointId; readonly ruleId: ObjectId };

export const ruleGet = query('rules.get', (tx, key: RuleKey) => getRule(tx, key.logpointId, key.ruleId));
export const ruleList = query('rules.list', (tx, filter: RuleFilter) => listRules(tx, filter));
export const ruleStats = query('rules.stats', (tx, filter: StatsFilter) => listRuleStats(tx, filter));
/** For the matching thread: at start, and again after each `RULES_CHANGED`. */
export const streamRules = query('rules.stream', (tx, _input: null) => listStreamRules(tx));
/** For the scheduler. */
export const scheduledRules = query('rules.scheduled', (tx, _input: null) => listScheduledRules(tx));
export const ruleWindowFailed = command('rules.windowFailed', (tx, failure: WindowFailure) =>
  recordWindowFailure(tx, failure),
);

export const ruleEntries = [ruleGet, ruleList, ruleStats, streamRules, scheduledRules, ruleWindowFailed];
