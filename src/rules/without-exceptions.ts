import { allOf, negate } from '../query/join-conditions.ts';
import type { Condition, Plan } from '../query/plan.ts';

/** The plan over all events but those that satisfy one of the conditions. */
export function withoutEvents(plan: Plan, conditions: readonly Condition[]): Plan {
  if (conditions.length === 0) return plan;
  if (plan.streams === null) return { ...plan, filter: allOf([plan.filter, ...conditions.map(negate)]) };
  const { left, right } = plan.streams;
  const narrowed = {
    left: { ...left, plan: withoutEvents(left.plan, conditions) },
    right: { ...right, plan: withoutEvents(right.plan, conditions) },
  };
  return { ...plan, streams: { ...plan.streams, ...narrowed } };
}

/** What the events of a plan must satisfy, for each of its streams. */
export const filtersOf = (plan: Plan): readonly Condition[] =>
  plan.streams === null ? [plan.filter] : [plan.streams.left.plan, plan.streams.right.plan].flatMap(filtersOf);
