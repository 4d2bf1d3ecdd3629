import { setImmediate } from 'node:timers/promises';
import { rowConstants } from '../../events/event-row.ts';
import { EventView } from '../../query/event-view.ts';
import type { Condition } from '../../query/plan.ts';
import { runPlan } from '../../query/run-plan.ts';
import type { ObjectId } from '../../shared/ids.ts';
import type { JsonObject } from '../../shared/json.ts';
import type { AlertRule } from '../alert-rule.ts';
import { buildMatcherInSlices } from '../matcher/build-matcher.ts';
import { planRuleQuery } from '../rule-query.ts';
import { filtersOf } from '../without-exceptions.ts';
import type { PlayParts } from './play.ts';

/** Events of a dry run; of more the newest are looked at, and the answer says so. */
export const DRY_RUN_EVENTS_MAX = 20_000;
const RULES_SHOWN_MAX = 100;
const RULES_PER_TURN = 50;

export type DryRunRequest = {
  readonly query: string;
  readonly rules: readonly AlertRule[];
  readonly logpointId: string;
  readonly repos: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
};

/** What an exception would have taken from rules over a range: matches of each, of scheduled rules the events searched. */
export async function takenByException(
  parts: Omit<PlayParts, 'openScratch'>,
  { query, rules, logpointId, repos, fromMs, toMs }: DryRunRequest,
): Promise<JsonObject> {
  const constants = rowConstants(parts.context);
  const { plan, errors } = planRuleQuery(query, parts.definitions, constants);
  if (plan === null) throw new Error(`the query cannot run: ${errors.join('; ')}`);
  const { rows, isCut } = await runPlan(parts.events, plan, {
    logpointId,
    repos,
    fromMs,
    toMs,
    limit: DRY_RUN_EVENTS_MAX + 1,
    rowsMax: DRY_RUN_EVENTS_MAX,
    timeoutMs: 30_000,
    signal: parts.signal,
  });
  const conditions: { key: AlertRule; condition: Condition }[] = [];
  for (const [number, rule] of rules.entries()) {
    const filters = planRuleQuery(rule.query, parts.definitions, constants).plan;
    for (const condition of filters === null ? [] : filtersOf(filters)) conditions.push({ key: rule, condition });
    if (number % RULES_PER_TURN === 0) await setImmediate();
  }
  const matcher = await buildMatcherInSlices(conditions, { constantNames: new Set(Object.keys(constants)) });
  const view = new EventView(constants);
  const byRule = new Map<ObjectId, { rule: AlertRule; matches: number }>();
  let taken = 0;
  for (const [number, row] of rows.entries()) {
    if (row.kind !== 'event') continue;
    const { event } = row;
    const held = new Set(matcher.match(event, view).filter((rule) => rule.repos.includes(event.repo)));
    taken += held.size;
    for (const rule of held) byRule.set(rule.id, { rule, matches: (byRule.get(rule.id)?.matches ?? 0) + 1 });
    if (number % 500 === 0) await setImmediate();
  }
  const shown = [...byRule.values()].sort((a, b) => b.matches - a.matches).slice(0, RULES_SHOWN_MAX);
  return {
    events: rows.length,
    hits: taken,
    rules: byRule.size,
    by_rule: shown.map(({ rule, matches }) => ({ id: rule.id, name: rule.name, matches })),
    cut: isCut ? { reason: `more than ${DRY_RUN_EVENTS_MAX} events: the newest were looked at` } : null,
    from: fromMs / 1000,
    to: toMs / 1000,
  };
}
