import { type RowContext, rowConstants } from '../events/event-row.ts';
import type { EventStore } from '../events/event-store.ts';
import type { QueryDefinitions } from '../query/definitions.ts';
import { runPlan } from '../query/run-plan.ts';
import type { AlertRule } from './alert-rule.ts';
import { planRuleQuery } from './rule-query.ts';
import type { WindowSearch } from './rule-scheduler.ts';
import { rowsMaxOf, windowRows } from './window-rows.ts';

export type WindowSearchParts = {
  readonly events: EventStore;
  /** What the rows of the rule's logpoint show beside the event. */
  readonly rowContextOf: (rule: AlertRule) => Promise<RowContext>;
  /** Lists and labels that its query may name, as they are now. */
  readonly definitionsOf: (rule: AlertRule) => Promise<QueryDefinitions>;
};

/** Runs a rule's query over a window in the event store. Rejects when the query cannot be planned or the store failed. */
export const windowSearch =
  ({ events, rowContextOf, definitionsOf }: WindowSearchParts): WindowSearch =>
  async (rule, window, { timeoutMs, signal }) => {
    const constants = rowConstants(await rowContextOf(rule));
    const times = { nowMs: window.toMs, rangeMs: window.toMs - window.fromMs };
    const { plan, errors } = planRuleQuery(rule.query, await definitionsOf(rule), constants, times);
    if (plan === null) throw new Error(`the query of rule ${rule.id} cannot run: ${errors.join('; ')}`);
    const rowsMax = rowsMaxOf(plan, rule);
    const { repos, logpointId } = rule;
    const { fromMs, toMs } = window;
    const run = { logpointId, repos, fromMs, toMs, limit: rowsMax, rowsMax, timeoutMs, signal };
    const { rows, isCut } = await runPlan(events, plan, run);
    // A plain search is asked for no more than decides the condition; more rows would not be told apart anyway.
    return windowRows(plan, rows, {
      throttlingField: rule.throttling?.field ?? null,
      isCut: isCut && (plan.type === 'chart' || rows.length < rowsMax),
    });
  };
