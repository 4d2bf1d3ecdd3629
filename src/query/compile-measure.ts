import type { FieldConstants } from '../events/event-layout.ts';
import { unreachable } from '../shared/assert.ts';
import { conditionSql } from './compile-condition.ts';
import { distinctListMax, type Measure, type NumberPlan } from './plan.ts';
import type { SqlParams } from './sql-params.ts';
import { refSql } from './sql-ref.ts';

/** An aggregate as SQL. `index` makes the names inside it unique in its select list. */
export function measureSql(measure: Measure, index: number, params: SqlParams, constants: FieldConstants): string {
  switch (measure.kind) {
    case 'count':
      return measure.condition === null ? 'count()' : `countIf(${conditionSql(measure.condition, params, constants)})`;
    case 'distinct-count': {
      const { text, isPresent } = refSql(measure.ref, params, constants);
      return `uniqExactIf(${text}, ${isPresent})`;
    }
    case 'distinct-list': {
      const { text, isPresent } = refSql(measure.ref, params, constants);
      return `arraySort(groupUniqArrayIf(${distinctListMax})(${text}, ${isPresent}))`;
    }
    default: {
      const name = `m${index}`;
      const number = `(${numberPlanSql(measure.number, params, constants)}) AS ${name}, isFinite(${name})`;
      if (measure.kind === 'sum') return `ifNull(sumIf(${number}), 0)`;
      // Two passes in memory, one stable pass here: `varPop` alone loses digits.
      return `${AGGREGATES[measure.kind]}(${number})`;
    }
  }
}

const AGGREGATES = {
  avg: 'avgIf',
  min: 'minIf',
  max: 'maxIf',
  var: 'varPopStableIf',
  median: 'quantileExactInclusiveIf(0.5)',
} as const;

/** Arithmetic as SQL: `Nullable(Float64)`. */
export function numberPlanSql(number: NumberPlan, params: SqlParams, constants: FieldConstants): string {
  switch (number.kind) {
    case 'constant':
      return `toNullable(${params.number(number.value)})`;
    case 'numeric':
      return refSql(number.ref, params, constants).number;
    case 'negate':
      return `negate(${numberPlanSql(number.operand, params, constants)})`;
    case 'arithmetic': {
      const name = ARITHMETIC[number.op];
      return `${name}(${numberPlanSql(number.left, params, constants)}, ${numberPlanSql(number.right, params, constants)})`;
    }
    default:
      return unreachable(number);
  }
}

const ARITHMETIC = { '+': 'plus', '-': 'minus', '*': 'multiply', '/': 'divide' } as const;
