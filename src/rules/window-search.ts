import { type RowContext, rowConstants } from '../events/event-row.ts';
import type { EventStore } from '../events/event-store.ts';
import type { QueryDefinitions } from '../query/definitions.ts';
import { allOf } from '../query/join-conditions.ts';
import type { Condition, Plan } from '../query/plan.ts';
import { type QueryRun, runPlan } from '../query/run-plan.ts';
import type { ObjectId } from '../shared/ids.ts';
import type { AlertRule } from './alert-rule.ts';
import { MINUTE_MS } from './plan-run.ts';
import { planRuleQuery } from './rule-query.ts';
import type { WindowSearch } from './rule-scheduler.ts';
import type { StreamException } from './stream-rule.ts';
import { rowsMaxOf, type SuppressedEvents, windowRows } from './window-rows.ts';
import { filtersOf, withoutEvents } from './without-exceptions.ts';

export type WindowSearchParts = {
  readonly events: EventStore;
  /** What the rows of the rule's logpoint show beside the event. */
  readonly rowContextOf: (rule: AlertRule) => Promise<RowContext>;
  /** Lists and labels that queries may name, as they are now. */
  readonly definitionsOf: (rule: AlertRule, texts: readonly string[]) => Promise<QueryDefinitions>;
  /** Exceptions for the rule that hold now. */
  readonly exceptionsOf: (rule: AlertRule) => Promise<readonly StreamException[]>;
};

/**
 * Runs a rule's query over a window in the event store, over the events that no exception takes out. Rejects when the
 * query cannot be planned or the store failed.
 */
export const windowSearch =
  ({ events, rowContextOf, definitionsOf, exceptionsOf }: WindowSearchParts): WindowSearch =>
  async (rule, window, { timeoutMs, signal }) => {
    const constants = rowConstants(await rowContextOf(rule));
    const times = { nowMs: window.toMs, rangeMs: window.toMs - window.fromMs };
    const exceptions = await exceptionsOf(rule);
    const definitions = await definitionsOf(rule, [rule.query, ...exceptions.map(({ query }) => query)]);
    const planned = (text: string): Plan => {
      const { plan, errors } = planRuleQuery(text, definitions, constants, times);
      if (plan === null) throw new Error(`the query of rule ${rule.id} cannot run: ${errors.join('; ')}`);
      return plan;
    };
    const plan = planned(rule.query);
    const taken = exceptions.map(({ id, query }) => ({ id, condition: planned(query).filter }));
    const rowsMax = rowsMaxOf(plan, rule);
    const { repos, logpointId } = rule;
    const { fromMs, toMs } = window;
    const run = { logpointId, repos, fromMs, toMs, limit: rowsMax, rowsMax, timeoutMs, signal };
    const narrowed = withoutEvents(
      plan,
      taken.map(({ condition }) => condition),
    );
    const { rows, isCut, written } = await runPlan(events, narrowed, run);
    const fresh = { ...run, fromMs: Math.max(fromMs, toMs - rule.intervalMinutes * MINUTE_MS) };
    const suppressed = await countTaken(events, plan, planned('* | chart count() as n'), taken, fresh);
    // A plain search is asked for no more than decides the condition; more rows would not be told apart anyway.
    const found = windowRows(narrowed, rows, {
      throttlingField: rule.throttling?.field ?? null,
      isCut: isCut && (plan.type === 'chart' || rows.length < rowsMax),
    });
    return {
      ...found,
      ...(suppressed.length === 0 ? {} : { suppressed }),
      ...(written.length === 0 ? {} : { written }),
    };
  };

/** Events that each exception took out of the part of the window that no earlier window had; the first one counts. */
async function countTaken(
  events: EventStore,
  plan: Plan,
  counting: Plan,
  taken: readonly { readonly id: ObjectId; readonly condition: Condition }[],
  run: QueryRun,
): Promise<readonly SuppressedEvents[]> {
  const counts: SuppressedEvents[] = [];
  const before: Condition[] = [];
  for (const { id, condition } of taken) {
    let count = 0;
    for (const filter of filtersOf(plan)) {
      const only = withoutEvents({ ...counting, filter: allOf([filter, condition]) }, before);
      const { rows } = await runPlan(events, only, run);
      const [row] = rows;
      count += row?.kind === 'group' ? Number(row.cells[0] ?? 0) : 0;
    }
    before.push(condition);
    if (count > 0) counts.push({ id, count });
  }
  return counts;
}
