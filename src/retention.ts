import type { Logger } from 'pino';
import type { ControlStore } from './control/control-store.ts';
import type { EventStore } from './events/event-store.ts';
import { applyRetention, type RetentionRule } from './events/retention.ts';
import { logpointsList, reposList } from './tenancy/registry.ts';

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
  const rules: RetentionRule[] = [];
  for (const logpoint of await control.read(logpointsList, {})) {
    for (const { name, retentionDays } of await control.read(reposList, logpoint.id)) {
      rules.push({ logpointId: logpoint.id, repo: name, retentionDays });
    }
  }
  for (const { logpointId, repo, dropped, failure } of await applyRetention(events, rules, Date.now())) {
    const where = { logpoint: logpointId, repo };
    if (failure !== null) logger.error({ ...where, err: failure }, 'retention failed');
    if (dropped > 0) logger.info({ ...where, dropped }, 'events over their retention are gone');
  }
}
