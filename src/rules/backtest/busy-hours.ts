import type { EventStore } from '../../events/event-store.ts';
import type { Plan } from '../../query/plan.ts';
import { type QueryRun, runPlan } from '../../query/run-plan.ts';
import { filtersOf } from '../without-exceptions.ts';

const HOUR_MS = 3_600_000;

/**
 * Which hours have events that a plan looks at: a window in quiet hours only need not be searched, because it gives what
 * every empty window gives. One count an hour, made when it is first asked for.
 */
export class BusyHours {
  readonly #events: EventStore;
  readonly #counting: readonly Plan[];
  readonly #run: Omit<QueryRun, 'fromMs' | 'toMs'>;
  readonly #busy = new Map<number, boolean>();

  /** `counting` is the plan of `* | chart count() as n`. */
  constructor(events: EventStore, plan: Plan, counting: Plan, run: Omit<QueryRun, 'fromMs' | 'toMs'>) {
    this.#events = events;
    this.#counting = filtersOf(plan).map((filter) => ({ ...counting, filter }));
    this.#run = run;
  }

  async isQuiet(fromMs: number, toMs: number): Promise<boolean> {
    for (let hour = Math.floor(fromMs / HOUR_MS); hour * HOUR_MS < toMs; hour += 1) {
      const busy = this.#busy.get(hour) ?? (await this.#count(hour * HOUR_MS));
      this.#busy.set(hour, busy);
      if (busy) return false;
    }
    return true;
  }

  async #count(fromMs: number): Promise<boolean> {
    for (const plan of this.#counting) {
      const { rows } = await runPlan(this.#events, plan, { ...this.#run, fromMs, toMs: fromMs + HOUR_MS });
      const [row] = rows;
      if (row?.kind === 'group' && Number(row.cells[0] ?? 0) > 0) return true;
    }
    return false;
  }
}
