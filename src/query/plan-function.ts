import { numericValue } from '../events/event.ts';
import type { Call, Field } from './ast.ts';
import type { ClockPart, ComputedRef, Ref, TextPlan } from './plan.ts';
import { CLOCK_PARTS } from './plan.ts';
import type { EventScope, Planner, Scope } from './plan-scope.ts';

const isClockPart = (name: string): name is ClockPart => (CLOCK_PARTS as readonly string[]).includes(name);

/** `lower(f)`, `step(f, n)`, `hour(log_ts)` and the like as a computed field. Null after a mistake, which is reported. */
export function planFunction(planner: Planner, scope: Scope, call: Call): ComputedRef | null {
  const [first, second] = call.args;
  const wanted = call.name === 'step' ? 2 : 1;
  if (first?.kind !== 'field' || call.args.length !== wanted) {
    const form = call.name === 'step' ? 'step(field, number)' : `${call.name}(field)`;
    planner.diagnostics.error(
      call.span,
      `expected \`${form}\`, saw ${call.args.length} argument${call.args.length === 1 ? '' : 's'}`,
    );
    return null;
  }
  const ref = scope.resolve(planner, first);
  const value = ref === null ? null : computedBy(planner, call, ref, second);
  return value === null ? null : { kind: 'computed', value };
}

function computedBy(planner: Planner, call: Call, ref: Ref, second: Call['args'][number] | undefined): TextPlan | null {
  if (call.name === 'lower' || call.name === 'upper') return { kind: 'cased', to: call.name, ref };
  if (isClockPart(call.name)) return { kind: 'clock', part: call.name, ref };
  const size = second?.kind === 'value' ? numericValue(second.text) : undefined;
  if (size !== undefined && size > 0) return { kind: 'step', ref, size };
  planner.diagnostics.error(call.span, 'expected a number above 0 as the second argument of `step`');
  return null;
}

/** The start of the bucket of time that an event falls into, in seconds. */
export const timeBucket = (scope: EventScope, planner: Planner, seconds: number): ComputedRef => ({
  kind: 'computed',
  value: { kind: 'step', ref: scope.before(planner, LOG_TS.name), size: seconds },
});

const LOG_TS: Field = { kind: 'field', span: { start: 0, end: 0 }, name: 'log_ts', quote: null };
