import type { AlertRule } from '../rules/alert-rule.ts';
import { attributedMetadata } from '../rules/sigma-attribution.ts';
import { digestHex } from '../shared/ids.ts';
import type { MessageContent } from './message-content.ts';

const MINUTE_MS = 60_000;

/** An incident as the rule would raise it now: what a test and a preview show. Its number, INC-0, is never given. */
export function sampleContent(rule: AlertRule, nowMs: number): MessageContent {
  return {
    logpointId: rule.logpointId,
    incidentId: '0'.repeat(24),
    ruleId: rule.id,
    seriesId: digestHex([rule.ownerId, rule.id], 32),
    number: 'INC-0',
    ownerId: rule.ownerId,
    alertName: rule.name,
    description: rule.description,
    detectedAtMs: nowMs,
    risk: rule.risk,
    status: 'unresolved',
    rowsCount: 1,
    hits: 1,
    query: rule.query,
    repos: rule.repos,
    limit: rule.limit,
    windowFromMs: nowMs - rule.rangeMinutes * MINUTE_MS,
    windowToMs: nowMs,
    attackIds: rule.attack.map((ref) => ref.attackId),
    attackTags: rule.attack.map((ref) => ref.attackTag),
    attackCategories: rule.attack.map((ref) => ref.attackCategory),
    logSources: rule.logSource,
    metadata: attributedMetadata(rule),
  };
}
