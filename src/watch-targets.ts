import type { Logger } from 'pino';
import type { Command, ControlStore } from './control/control-store.ts';
import type { CheckTargets } from './notify/target-health.ts';

const EVERY_MS_MAX = 30_000;

/** Looks from time to time whether a receiver of notifications has been down for too long. Returns the way to stop. */
export function watchTargets(parts: {
  readonly control: ControlStore;
  readonly logger: Logger;
  readonly downMs: number;
  readonly checkTargets: Command<CheckTargets, number>;
}): () => Promise<void> {
  const { control, logger, downMs, checkTargets } = parts;
  let running: Promise<void> = Promise.resolve();
  const look = async (): Promise<void> => {
    const raised = await control.write(checkTargets, { downMs });
    if (raised > 0) logger.error({ raised }, 'notifications do not arrive: incidents are raised about it');
  };
  const timer = setInterval(
    () => {
      running = look().catch((error: unknown) => logger.error({ err: error }, 'receivers could not be checked'));
    },
    Math.min(EVERY_MS_MAX, downMs),
  );
  return async () => {
    clearInterval(timer);
    await running;
  };
}
