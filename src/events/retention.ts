import type { LogpointId } from '../shared/ids.ts';
import { DAY_MS } from './event-layout.ts';
import type { EventStore } from './event-store.ts';

export type RetentionRule = {
  readonly logpointId: LogpointId;
  readonly repo: string;
  /** Days of events to keep; zero or less keeps them for ever. */
  readonly retentionDays: number;
};

export type RetentionResult = RetentionRule & {
  readonly dropped: number;
  /** Why nothing (more) was dropped this time; null when all went well. */
  readonly failure: Error | null;
};

/**
 * Drops what each repo need not keep any more, by whole days; one result a rule, in their order. A repo that fails is
 * told and does not keep the others waiting: the next run tries it again.
 */
export async function applyRetention(
  store: EventStore,
  rules: readonly RetentionRule[],
  nowMs: number,
): Promise<readonly RetentionResult[]> {
  const results: RetentionResult[] = [];
  for (const rule of rules) {
    if (!(rule.retentionDays > 0)) {
      results.push({ ...rule, dropped: 0, failure: null });
      continue;
    }
    try {
      const { dropped } = await store.dropBefore(rule.logpointId, rule.repo, nowMs - rule.retentionDays * DAY_MS);
      results.push({ ...rule, dropped, failure: null });
    } catch (error) {
      results.push({ ...rule, dropped: 0, failure: error instanceof Error ? error : new Error(String(error)) });
    }
  }
  return results;
}
