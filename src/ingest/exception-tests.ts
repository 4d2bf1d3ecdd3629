import { eventAccess } from '../query/access.ts';
import { closureOf } from '../query/evaluate-condition.ts';
import type { EventView } from '../query/event-view.ts';
import type { Condition } from '../query/plan.ts';
import type { StreamRule } from '../rules/stream-rule.ts';
import type { ObjectId } from '../shared/ids.ts';

/** Exceptions by id: whether an event satisfies one. Tried only on events that a rule with the exception matches. */
export type ExceptionTests = ReadonlyMap<ObjectId, (view: EventView) => boolean>;

export const exceptionTest = (condition: Condition): ((view: EventView) => boolean) =>
  closureOf(condition, eventAccess);

const NONE: readonly ObjectId[] = [];

/** Ids of the rule's exceptions that hold for the event. */
export function exceptionsHolding(rule: StreamRule, tests: ExceptionTests, view: EventView): readonly ObjectId[] {
  const { exceptions = [] } = rule;
  if (exceptions.length === 0) return NONE;
  return exceptions.flatMap(({ id }) => (tests.get(id)?.(view) === true ? [id] : []));
}
