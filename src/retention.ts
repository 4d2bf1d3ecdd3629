import type { Logger } from 'pino';
import type { ControlStore } from './control/control-store.ts';
import type { EventStore } from './events/event-store.ts';
import { logpointsList, reposList } from './tenancy/registry.ts';

const DAY_MS = 86_400_000;
const EVERY_MS = 3_600_000;
/** After a start, when the rest has settled. */
const FIRST_MS = 60_000;

type RetentionParts = { readonly control: ControlStore; readonly events: EventStore; readonly logger: Logger };

/** Drops the partitions of every repo that are older than its retention, once an hour. Returns the way to stop. */
export function startRetention(parts: RetentionParts): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  const run = (): void => {
    running = dropOld(parts).catch((error: unknown) => parts.logger.error({ err: error }, 'retention failed'));
  };
  const first = setTimeout(run, FIRST_MS);
  const timer = setInterval(run, EVERY_MS);
  return async () => {
    clearTimeout(first);
    clearInterval(timer);
    await running;
  };
}

async function dropOld({ control, events, logger }: RetentionParts): Promise<void> {
  const nowMs = Date.now();
  for (const logpoint of await control.read(logpointsList, {})) {
    for (const repo of await control.read(reposList, logpoint.id)) {
      const { dropped } = await events.dropBefore(logpoint.id, repo.name, nowMs - repo.retentionDays * DAY_MS);
      if (dropped > 0)
        logger.info({ logpoint: logpoint.id, repo: repo.name, dropped }, 'events over their retention are gone');
    }
  }
}
