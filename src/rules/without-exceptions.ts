import { allOf, negate } from '../query/join-conditions.ts';
import type { Condition, Plan } from '../query/plan.ts';
import { overStreams, plansOverEvents } from '../query/stream-plans.ts';

/** The plan over all events but those that satisfy one of the conditions. */
export function withoutEvents(plan: Plan, conditions: readonly Condition[]): Plan {
  if (conditions.length === 0 || plan.table !== null) return plan;
  if (plan.streams === null) return { ...plan, filter: allOf([plan.filter, ...conditions.map(negate)]) };
  return { ...plan, streams: overStreams(plan.streams, (stream) => withoutEvents(stream, conditions)) };
}

/** What the events of a plan must satisfy, for each of its streams. */
export const filtersOf = (plan: Plan): readonly Condition[] => plansOverEvents(plan).map(({ filter }) => filter);
