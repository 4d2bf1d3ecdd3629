import { unreachable } from '../shared/assert.ts';
import type { Accessor } from './access.ts';
import { closureOf } from './evaluate-condition.ts';
import type { TextPlan } from './plan.ts';
import { compileRegex } from './regex.ts';

/** A computed text as nested functions; undefined is nothing. */
export function textClosureOf<S>(plan: TextPlan, access: Accessor<S>): (subject: S) => string | undefined {
  switch (plan.kind) {
    case 'text':
      return () => plan.text;
    case 'value':
      return access(plan.ref).text;
    case 'captured': {
      const { text } = access(plan.ref);
      const regex = compileRegex(plan.regex);
      return (subject) => {
        const value = text(subject);
        return value === undefined ? undefined : regex.capture(value, plan.group);
      };
    }
    case 'choice': {
      const arms = plan.arms.map((arm) => ({
        holds: closureOf(arm.condition, access),
        value: textClosureOf(arm.value, access),
      }));
      const otherwise = plan.otherwise === null ? () => undefined : textClosureOf(plan.otherwise, access);
      return (subject) => {
        for (const { holds, value } of arms) if (holds(subject)) return value(subject);
        return otherwise(subject);
      };
    }
    default:
      return unreachable(plan);
  }
}
