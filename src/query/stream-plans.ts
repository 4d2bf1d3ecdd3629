import type { Plan, StreamsPlan } from './plan.ts';

/** The streams with another plan each. */
export function overStreams(streams: StreamsPlan, change: (plan: Plan) => Plan): StreamsPlan {
  const [first, ...others] = streams.streams;
  const changed = (stream: typeof first) => ({ ...stream, plan: change(stream.plan) });
  return { ...streams, streams: [changed(first), ...others.map(changed)] };
}

/** The plans that look at events: of a join those of its streams. */
export const plansOverEvents = (plan: Plan): readonly Plan[] =>
  plan.streams === null ? [plan] : plan.streams.streams.map((stream) => stream.plan);
