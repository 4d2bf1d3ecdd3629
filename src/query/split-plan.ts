import { unreachable } from '../shared/assert.ts';
import { allOf } from './join-conditions.ts';
import type { Column, Condition, NumberPlan, Plan, Ref, Step, TextPlan } from './plan.ts';

/**
 * A plan as the part that the store answers and the steps that are then taken in memory, over at most
 * `rowsAfterStoreMax` rows. `store` is a plan of its own; `rest` is empty for every plan that the store can do whole.
 * Decided in docs/adr/0006-after-the-store.md.
 */
export type SplitPlan = { readonly store: Plan; readonly rest: readonly Step[] };

const known = new WeakMap<Plan, SplitPlan>();

export function splitPlan(plan: Plan): SplitPlan {
  const before = known.get(plan);
  if (before !== undefined) return before;
  const split = splitOnce(plan);
  known.set(plan, split);
  return split;
}

function splitOnce(plan: Plan): SplitPlan {
  const storable = new Storable();
  const terms = plan.filter.kind === 'and' ? plan.filter.operands : [plan.filter];
  const later = terms.filter((term) => !storable.condition(term));
  const at = later.length > 0 ? 0 : plan.steps.findIndex((step) => !storable.step(step));
  if (at < 0) return { store: plan, rest: [] };
  const steps = plan.steps.slice(0, at);
  const columns = columnsAfter(steps);
  const store: Plan = {
    ...plan,
    type: columns === null ? 'simple' : 'chart',
    filter: later.length === 0 ? plan.filter : allOf(terms.filter((term) => storable.condition(term))),
    steps,
    columns: columns ?? [],
  };
  const first: Step[] = later.length === 0 ? [] : [{ kind: 'where', condition: allOf(later) }];
  return { store, rest: [...first, ...plan.steps.slice(at)] };
}

/** Columns of the rows after these steps; null while rows are events. */
function columnsAfter(steps: readonly Step[]): readonly Column[] | null {
  let columns: readonly Column[] | null = null;
  for (const step of steps) {
    if (step.kind === 'chart') columns = columnsOf(step);
    else if (step.kind === 'compute') {
      columns = [...(columns ?? []), ...step.columns.map(({ name }): Column => ({ name, type: 'optional' }))];
    }
  }
  return columns;
}

/** The columns of a chart: groups first. */
export const columnsOf = (step: Extract<Step, { kind: 'chart' }>): Column[] => [
  ...step.groups.map(({ name, ref }): Column => ({ name, type: ref.kind === 'column' ? ref.type : 'text' })),
  ...step.aggregates.map(
    ({ name, measure }): Column => ({ name, type: measure.kind === 'distinct-list' ? 'list' : 'number' }),
  ),
];

/** Whether the store has a twin of a part of a plan. Each computed text is looked through once. */
class Storable {
  readonly #texts = new Map<TextPlan, boolean>();

  step(step: Step): boolean {
    switch (step.kind) {
      case 'where':
        return this.condition(step.condition);
      case 'order':
        return step.keys.every(({ ref }) => this.ref(ref));
      case 'limit':
        return true;
      case 'chart':
        return (
          step.groups.every(({ ref }) => this.ref(ref)) &&
          step.aggregates.every(({ measure }) => {
            if (measure.kind === 'count') return measure.condition === null || this.condition(measure.condition);
            return 'ref' in measure ? this.ref(measure.ref) : this.number(measure.number);
          })
        );
      case 'compute':
        return step.columns.every(({ value }) => this.text(value));
      case 'latest':
        return step.refs.every((ref) => this.ref(ref));
      case 'burst':
      case 'distribution':
      case 'expand':
      case 'provide':
      case 'write':
        return false;
      default:
        return unreachable(step);
    }
  }

  condition(condition: Condition): boolean {
    switch (condition.kind) {
      case 'always':
      case 'never':
      case 'anywhere':
        return true;
      case 'and':
      case 'or':
        return condition.operands.every((operand) => this.condition(operand));
      case 'not':
        return this.condition(condition.operand);
      case 'relates':
        return this.ref(condition.ref) && this.ref(condition.other);
      default:
        return this.ref(condition.ref);
    }
  }

  ref(ref: Ref): boolean {
    return ref.kind === 'computed' ? this.text(ref.value) : ref.kind !== 'slot';
  }

  number(number: NumberPlan): boolean {
    switch (number.kind) {
      case 'constant':
        return true;
      case 'numeric':
        return this.ref(number.ref);
      case 'negate':
        return this.number(number.operand);
      case 'arithmetic':
        return this.number(number.left) && this.number(number.right);
      default:
        return unreachable(number);
    }
  }

  text(text: TextPlan): boolean {
    const before = this.#texts.get(text);
    if (before !== undefined) return before;
    const isStorable = this.#text(text);
    this.#texts.set(text, isStorable);
    return isStorable;
  }

  #text(text: TextPlan): boolean {
    switch (text.kind) {
      case 'text':
        return true;
      case 'processed':
        return false;
      case 'number':
        return this.number(text.number);
      case 'joined':
        return text.parts.every((part) => this.text(part));
      case 'choice':
        return (
          (text.otherwise === null || this.text(text.otherwise)) &&
          text.arms.every(({ condition, value }) => this.condition(condition) && this.text(value))
        );
      default:
        return this.ref(text.ref);
    }
  }
}
