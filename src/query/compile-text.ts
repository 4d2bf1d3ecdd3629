import type { FieldConstants, FieldSql } from '../events/event-layout.ts';
import { unreachable } from '../shared/assert.ts';
import { clockPartSql } from './clock-parts.ts';
import { conditionSql } from './compile-condition.ts';
import { numberPlanSql } from './compile-measure.ts';
import type { TextPlan } from './plan.ts';
import { storeRegex } from './regex.ts';
import type { SqlParams } from './sql-params.ts';
import { numberTextSql, refSql } from './sql-ref.ts';

/** A computed text as SQL: '' where there is nothing, and the condition under which there is something. */
export function textSql(plan: TextPlan, params: SqlParams, constants: FieldConstants): FieldSql {
  switch (plan.kind) {
    case 'text':
      return { text: params.text(plan.text), isPresent: 'true' };
    case 'value': {
      const { text, isPresent } = refSql(plan.ref, params, constants);
      return { text, isPresent };
    }
    case 'captured': {
      const { text, isPresent } = refSql(plan.ref, params, constants);
      const regex = params.text(storeRegex(plan.regex));
      return {
        text: `extractGroups(${text}, ${regex})[${plan.group}]`,
        isPresent: `(${isPresent} AND match(${text}, ${regex}))`,
      };
    }
    case 'cased': {
      const { text, isPresent } = refSql(plan.ref, params, constants);
      return { text: `${plan.to}UTF8(${text})`, isPresent };
    }
    case 'step': {
      const { number } = refSql(plan.ref, params, constants);
      const size = params.number(plan.size);
      return { text: numberTextSql(`floor(${number} / ${size}) * ${size} + 0`), isPresent: `isNotNull(${number})` };
    }
    case 'clock':
      return clockPartSql(plan.part, refSql(plan.ref, params, constants).number);
    case 'number': {
      const number = numberPlanSql(plan.number, params, constants);
      const isPresent = `ifNull(isFinite(${number}), false)`;
      return { text: `if(${isPresent}, ${numberTextSql(`${number} + 0`)}, '')`, isPresent };
    }
    case 'joined': {
      const parts = plan.parts.map((part) => textSql(part, params, constants));
      const texts = parts.map(({ text, isPresent }) => `if(${isPresent}, ${text}, '')`);
      return {
        text: `concat(${texts.join(', ')}, '')`,
        isPresent: `(${parts.map((part) => part.isPresent).join(' OR ')})`,
      };
    }
    case 'length': {
      const { text, isPresent } = refSql(plan.ref, params, constants);
      return { text: `toString(lengthUTF8(${text}))`, isPresent };
    }
    case 'processed':
      throw new Error(`${plan.processor} was not split off for after the store`);
    case 'choice': {
      const arms = plan.arms.map(({ condition, value }) => ({
        condition: conditionSql(condition, params, constants),
        value: textSql(value, params, constants),
      }));
      const otherwise = plan.otherwise === null ? NOTHING : textSql(plan.otherwise, params, constants);
      const choose = (part: (value: FieldSql) => string): string =>
        `multiIf(${arms.map(({ condition, value }) => `${condition}, ${part(value)}`).join(', ')}, ${part(otherwise)})`;
      return { text: choose((value) => value.text), isPresent: choose((value) => value.isPresent) };
    }
    default:
      return unreachable(plan);
  }
}

const NOTHING: FieldSql = { text: "''", isPresent: 'false' };
