import type { ControlStore } from './control/control-store.ts';
import type { IncidentDeps } from './incidents/change-incident.ts';
import { slaBreach, slaNext } from './incidents/registry.ts';
import { BREACHES_PER_COMMAND } from './incidents/sla-breach.ts';
import type { Clock } from './shared/clock.ts';

/** How late a breach may be told of. */
const LOOK_MS = 5_000;

/** Tells of clocks of incidents that have run out. What is due is in the store, so a start goes on where the end was. */
export function startSlaClock(parts: {
  readonly control: ControlStore;
  readonly clock: Clock;
  readonly deps: Pick<IncidentDeps, 'listeners'>;
  onError(error: unknown): void;
}): () => Promise<void> {
  const { control, clock } = parts;
  const breach = slaBreach(parts.deps);
  let isStopped = false;
  let running: Promise<void> = Promise.resolve();
  const look = async (): Promise<void> => {
    try {
      const nextMs = await control.read(slaNext, {});
      if (nextMs === null || nextMs > clock()) return;
      while (!isStopped && (await control.write(breach, {})) === BREACHES_PER_COMMAND);
    } catch (error) {
      parts.onError(error);
    }
  };
  const timer = setInterval(() => {
    running = running.then(look);
  }, LOOK_MS);
  timer.unref();
  running = look();
  return async () => {
    isStopped = true;
    clearInterval(timer);
    await running;
  };
}
