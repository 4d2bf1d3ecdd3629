import { numericValue } from '../../events/event.ts';
import type { Access } from '../../query/access.ts';
import { closureOf } from '../../query/evaluate-condition.ts';
import { fold } from '../../query/fold.ts';
import { listOf } from '../../query/list-text.ts';
import type { ComputedRef, Condition, TextPlan } from '../../query/plan.ts';
import { unreachable } from '../../shared/assert.ts';

type Leaf = Extract<Condition, { ref: unknown }>;

/**
 * A condition over an event's own fields that holds wherever the leaf holds, for a leaf over a computed text; null when
 * there is none. Where the text is one of a few constants, what chooses them is what decides.
 */
export function impliedBy(leaf: Leaf, ref: ComputedRef): Condition | null {
  return implied(leaf, ref.value);
}

function implied(leaf: Leaf, plan: TextPlan): Condition | null {
  switch (plan.kind) {
    case 'text':
      return holdsFor(leaf, plan.text) ? null : NEVER;
    case 'value':
      return { ...leaf, ref: plan.ref };
    case 'captured':
      // Without a match of the expression there is no text, of which nothing holds.
      return { kind: 'finds', ref: plan.ref, regex: plan.regex };
    case 'cased':
    case 'step':
    case 'clock':
    case 'length':
      return { kind: 'exists', ref: plan.ref };
    case 'number':
    case 'joined':
    case 'processed':
      return null;
    case 'choice': {
      const arms: Condition[] = [];
      for (const arm of plan.arms) {
        const value = implied(leaf, arm.value);
        arms.push(value === null ? arm.condition : { kind: 'and', operands: [arm.condition, value] });
      }
      if (plan.otherwise !== null) {
        const otherwise = implied(leaf, plan.otherwise);
        if (otherwise === null) return null;
        arms.push(otherwise);
      }
      return { kind: 'or', operands: arms };
    }
    default:
      return unreachable(plan);
  }
}

const NEVER: Condition = { kind: 'never' };

function holdsFor(leaf: Leaf, text: string): boolean {
  const access: Access<string> = { text: same, folded: fold, number: numericValue, members: null, list: listOf };
  return closureOf(
    leaf,
    Object.assign(() => access, { searched: () => [] }),
  )(text);
}

const same = (text: string): string => text;
