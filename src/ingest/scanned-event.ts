import type { LogEvent } from '../events/event.ts';
import { LaidOutEvent } from '../events/laid-out-event.ts';
import type { LinePlan } from './line-plan.ts';

/**
 * An event whose values are read off its line when somebody asks for them, which must be before the next lines are
 * scanned.
 */
export class ScannedEvent extends LaidOutEvent {
  readonly #plan: LinePlan;
  readonly #read: (source: number) => string;

  /** `read`: the value of a source of the plan that is no constant. */
  constructor(
    own: Pick<LogEvent, 'seq' | 'repo' | 'eventAtMs' | 'receivedAtMs'>,
    plan: LinePlan,
    read: (source: number) => string,
  ) {
    super(own, plan.layout, []);
    this.#plan = plan;
    this.#read = read;
  }

  override valueAt(place: number): string {
    return this.#plan.constantAt(place) ?? this.#read(this.#plan.sourceOf(place));
  }
}
