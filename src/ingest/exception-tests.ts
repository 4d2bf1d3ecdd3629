import { eventAccess } from '../query/access.ts';
import { closureOf } from '../query/evaluate-condition.ts';
import type { EventView } from '../query/event-view.ts';
import type { Condition } from '../query/plan.ts';
import type { ObjectId } from '../shared/ids.ts';

/** Tried only on events that a rule with the exception matches. */
export type ExceptionTests = {
  /** Whether an event satisfies an exception. */
  readonly byId: ReadonlyMap<ObjectId, (view: EventView) => boolean>;
  /** Exceptions of a rule. Here and not at the rule, whose matcher outlives them. */
  readonly ofRule: ReadonlyMap<ObjectId, readonly ObjectId[]>;
};

export const exceptionTest = (condition: Condition): ((view: EventView) => boolean) =>
  closureOf(condition, eventAccess);

const NONE: readonly ObjectId[] = [];

/** Ids of the rule's exceptions that hold for the event. */
export function exceptionsHolding(ruleId: ObjectId, tests: ExceptionTests, view: EventView): readonly ObjectId[] {
  const ids = tests.ofRule.get(ruleId);
  return ids === undefined ? NONE : ids.filter((id) => tests.byId.get(id)?.(view) === true);
}
