import type { LogEvent } from '../events/event.ts';
import { eventAccess } from './access.ts';
import { closureOf } from './evaluate-condition.ts';
import type { EventView } from './event-view.ts';
import type { Plan } from './plan.ts';

/** Whether an event satisfies the plan's search expression. The view caches what several filters share. */
export type EventFilter = (event: LogEvent, view: EventView) => boolean;

/**
 * The plan's search expression, with the searches that follow it directly, for use on the stream. For a plan that is
 * streamable this is the whole query; for any other it says which events its later steps are given.
 */
export function compileFilter(plan: Plan): EventFilter {
  const holds = closureOf(plan.filter, eventAccess);
  return (event, view) => holds(view.of(event));
}
