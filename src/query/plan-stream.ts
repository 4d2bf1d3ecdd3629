import type { Duration, Field } from './ast.ts';
import type { Stream, StreamLink, StreamSource } from './ast-stream.ts';
import { hasErrors } from './diagnostics.ts';
import type { BurstStep, Ref, StreamPlan, StreamsPlan } from './plan.ts';
import { UNIT_SECONDS } from './plan-chart.ts';
import { type PlannedStream, planStreamQuery } from './plan-query.ts';
import { EventScope, type Planner } from './plan-scope.ts';

const milliseconds = (duration: Duration | null): number | null =>
  duration === null ? null : duration.count * UNIT_SECONDS[duration.unit] * 1000;

/** The step that keeps the events which complete a number of events; null for a stream of single events. */
export function planBurst(planner: Planner, stream: Stream): BurstStep | null {
  if (stream.count === null) {
    const odd = stream.within ?? stream.same[0];
    if (odd !== undefined) {
      planner.diagnostics.error(
        odd.span,
        'expected a number of events before `having same` or `within` of a stream',
        'write `[3 … having same user within 5 minutes]`',
      );
    }
    return null;
  }
  const refs: Ref[] = [];
  for (const field of stream.same) {
    const ref = planner.scope.resolve(planner, field);
    if (ref !== null) refs.push(ref);
  }
  return { kind: 'burst', count: stream.count, refs, withinMs: milliseconds(stream.within) };
}

/** Two streams; the planner's scope is that of their rows afterwards. Null after a mistake. */
export function planStreams(planner: Planner, source: StreamSource): StreamsPlan | null {
  const [link, third] = source.links;
  if (link === undefined) return null;
  if (third !== undefined) {
    planner.diagnostics.error(third.span, 'a third stream is not evaluated yet, two are');
    return null;
  }
  const names = namesOf(planner, source.first, link.stream);
  if (names === null) return null;
  const left = planStreamQuery(planner, source.first);
  const right = planStreamQuery(planner, link.stream);
  if (left === null || right === null) return null;
  const keys = planKeys(planner, link, [
    { name: names[0], ...left },
    { name: names[1], ...right },
  ]);
  if (keys === null || hasErrors(planner.diagnostics.items)) return null;
  planner.scope = EventScope.ofStreams(
    new Map([
      [names[0], left.scope],
      [names[1], right.scope],
    ]),
  );
  const side = (name: string, { plan, scope }: PlannedStream, refs: readonly Ref[]): StreamPlan => {
    return { name, plan, keys: refs, ...scope.overlay() };
  };
  return {
    operation: link.operation === 'join' ? 'inner join' : link.operation,
    left: side(names[0], left, keys.left),
    right: side(names[1], right, keys.right),
    withinMs: milliseconds(link.within),
  };
}

function namesOf(planner: Planner, first: Stream, second: Stream): readonly [string, string] | null {
  for (const stream of [first, second]) {
    const { name } = stream;
    if (name !== null && !name.name.includes('.')) continue;
    const span = name?.span ?? { start: stream.span.end - 1, end: stream.span.end };
    planner.diagnostics.error(span, 'expected a name without a dot for each stream', 'write `[…] as s1`');
    return null;
  }
  if (first.name === null || second.name === null) return null;
  if (first.name.name === second.name.name) {
    planner.diagnostics.error(second.name.span, `expected two names for two streams, saw "${second.name.name}" twice`);
    return null;
  }
  return [first.name.name, second.name.name];
}

type Named = PlannedStream & { readonly name: string };

function planKeys(
  planner: Planner,
  link: StreamLink,
  [left, right]: readonly [Named, Named],
): { left: Ref[]; right: Ref[] } | null {
  if (link.on.length === 0 && link.operation.endsWith('join')) {
    planner.diagnostics.error(
      link.span,
      'expected `on` with a field of each stream',
      `write \`on ${right.name}.user = ${left.name}.user\``,
    );
    return null;
  }
  const keys: { left: Ref[]; right: Ref[] } = { left: [], right: [] };
  for (const pair of link.on) {
    const isTurned = pair.left.name.startsWith(`${right.name}.`);
    const [ofLeft, ofRight] = isTurned ? [pair.right, pair.left] : [pair.left, pair.right];
    const leftRef = resolveKey(planner, left, ofLeft);
    const rightRef = resolveKey(planner, right, ofRight);
    if (leftRef === null || rightRef === null) return null;
    keys.left.push(leftRef);
    keys.right.push(rightRef);
  }
  return keys;
}

function resolveKey(planner: Planner, { name, scope }: Named, field: Field): Ref | null {
  if (field.name.startsWith(`${name}.`)) {
    return scope.resolve(planner, { ...field, name: field.name.slice(name.length + 1) });
  }
  planner.diagnostics.error(
    field.span,
    `expected a field of the stream ${name}, saw "${field.name}"`,
    `write \`${name}.${field.name.split('.').at(-1)}\``,
  );
  return null;
}
