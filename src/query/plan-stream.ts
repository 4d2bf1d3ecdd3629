import type { Duration, Field } from './ast.ts';
import type { Stream, StreamLink, StreamSource } from './ast-stream.ts';
import { hasErrors } from './diagnostics.ts';
import type { BurstStep, Ref, StreamLinkPlan, StreamPlan, StreamsPlan } from './plan.ts';
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
  if (planner.scope.kind === 'rows') {
    planner.diagnostics.error(
      stream.span,
      `expected events for the ${stream.count} that the stream asks for, saw the rows of a chart`,
      `write \`| search n >= ${stream.count}\` behind the chart`,
    );
    return null;
  }
  const refs: Ref[] = [];
  for (const field of stream.same) {
    const ref = planner.scope.resolve(planner, field);
    if (ref !== null) refs.push(ref);
  }
  return { kind: 'burst', count: stream.count, refs, withinMs: milliseconds(stream.within) };
}

/** Streams that one query joins. */
export const streamsMax = 8;

type Named = PlannedStream & { readonly name: string };

/** Streams, joined from left to right; the planner's scope is that of their rows afterwards. Null after a mistake. */
export function planStreams(planner: Planner, source: StreamSource): StreamsPlan | null {
  const extra = source.links[streamsMax - 1];
  if (extra !== undefined) {
    planner.diagnostics.error(
      extra.span,
      `expected at most ${streamsMax} streams, saw ${source.links.length + 1}`,
      'join fewer of them, or filter with a list',
    );
    return null;
  }
  const first = planNamed(planner, source.first, []);
  const named: Named[] = first === null ? [] : [first];
  const links: StreamLinkPlan[] = [];
  for (const link of source.links) {
    const stream = planNamed(planner, link.stream, named);
    const keys = stream === null || first === null ? null : planKeys(planner, link, named, stream);
    if (stream !== null) named.push(stream);
    if (keys === null) continue;
    const operation = link.operation === 'join' ? 'inner join' : link.operation;
    links.push({ operation, withinMs: milliseconds(link.within), ...keys });
  }
  if (first === null || hasErrors(planner.diagnostics.items)) return null;
  planner.scope = EventScope.ofStreams(new Map(named.map(({ name, scope }) => [name, scope])));
  const [, ...others] = named;
  return { streams: [streamPlan(first), ...others.map(streamPlan)], links };
}

const streamPlan = ({ name, plan, scope }: Named): StreamPlan => ({
  name,
  plan,
  ...(scope.kind === 'events' ? scope.overlay() : { columns: [], gone: [] }),
});

function planNamed(planner: Planner, stream: Stream, before: readonly Named[]): Named | null {
  const { name } = stream;
  if (name === null || name.name.includes('.')) {
    const span = name?.span ?? { start: stream.span.end - 1, end: stream.span.end };
    planner.diagnostics.error(span, 'expected a name without a dot for each stream', 'write `[…] as s1`');
    return null;
  }
  if (before.some((other) => other.name === name.name)) {
    planner.diagnostics.error(name.span, `expected another name for each stream, saw "${name.name}" twice`);
    return null;
  }
  const planned = planStreamQuery(planner, stream);
  return planned === null ? null : { name: name.name, ...planned };
}

type Keys = Pick<StreamLinkPlan, 'left' | 'right'>;

function planKeys(planner: Planner, link: StreamLink, before: readonly Named[], joined: Named): Keys | null {
  if (link.on.length === 0 && link.operation.endsWith('join')) {
    planner.diagnostics.error(
      link.span,
      'expected `on` with a field of each stream',
      `write \`on ${joined.name}.user = ${before.at(-1)?.name}.user\``,
    );
    return null;
  }
  const keys = { left: [] as { stream: number; ref: Ref }[], right: [] as Ref[] };
  for (const pair of link.on) {
    const isTurned = pair.left.name.startsWith(`${joined.name}.`);
    const [ofLeft, ofRight] = isTurned ? [pair.right, pair.left] : [pair.left, pair.right];
    const left = resolveKey(planner, before, ofLeft);
    const right = resolveKey(planner, [joined], ofRight);
    if (left === null || right === null) return null;
    keys.left.push(left);
    keys.right.push(right.ref);
  }
  return keys;
}

function resolveKey(planner: Planner, streams: readonly Named[], field: Field): { stream: number; ref: Ref } | null {
  const stream = streams.findIndex(({ name }) => field.name.startsWith(`${name}.`));
  const named = streams[stream];
  if (named !== undefined) {
    const ref = named.scope.resolve(planner, { ...field, name: field.name.slice(named.name.length + 1) });
    return ref === null ? null : { stream, ref };
  }
  const names = streams.map(({ name }) => name);
  planner.diagnostics.error(
    field.span,
    `expected a field of the stream ${names.join(' or ')}, saw "${field.name}"`,
    `write \`${names.at(-1)}.${field.name.split('.').at(-1)}\``,
  );
  return null;
}
