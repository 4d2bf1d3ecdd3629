import { unreachable } from '../shared/assert.ts';
import type { Accessor } from './access.ts';
import { clockPart } from './clock-parts.ts';
import { closureOf } from './evaluate-condition.ts';
import { numberClosureOf } from './evaluate-number.ts';
import type { TextPlan } from './plan.ts';
import { pureProcessor } from './pure-processors.ts';
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
    case 'cased': {
      const { text } = access(plan.ref);
      return plan.to === 'lower'
        ? (subject) => text(subject)?.toLowerCase()
        : (subject) => text(subject)?.toUpperCase();
    }
    case 'step': {
      const { number } = access(plan.ref);
      const { size } = plan;
      return (subject) => {
        const value = number(subject);
        // `+ 0` makes 0 of -0.
        return value === undefined ? undefined : String(Math.floor(value / size) * size + 0);
      };
    }
    case 'clock': {
      const { number } = access(plan.ref);
      return (subject) => {
        const value = number(subject);
        const part = value === undefined ? undefined : clockPart(plan.part, value);
        return part === undefined ? undefined : String(part);
      };
    }
    case 'number': {
      const number = numberClosureOf(plan.number, access);
      return (subject) => {
        const value = number(subject);
        // `+ 0` makes 0 of -0.
        return value === undefined ? undefined : String(value + 0);
      };
    }
    case 'joined': {
      const parts = plan.parts.map((part) => textClosureOf(part, access));
      return (subject) => {
        const texts = parts.map((part) => part(subject));
        return texts.every((text) => text === undefined) ? undefined : texts.join('');
      };
    }
    case 'length': {
      const { text } = access(plan.ref);
      return (subject) => {
        const value = text(subject);
        return value === undefined ? undefined : String([...value].length);
      };
    }
    case 'processed': {
      const run = pureProcessor(plan.processor, plan.options);
      const inputs = plan.refs.map(access);
      return (subject) =>
        run(inputs.map(({ text, list }) => ({ text: text(subject), list: () => list(subject) })))[plan.output];
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
