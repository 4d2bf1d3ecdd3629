import type { Logger } from 'pino';
import type { ControlStore } from './control/control-store.ts';
import type { EventStore } from './events/event-store.ts';
import { applyRetention, type RetentionRule } from './events/retention.ts';
import { logpointsList, repoDropsFinish, repoDropsList, reposList } from './tenancy/registry.ts';
import { REPO_TRASHED } from './tenancy/repos.ts';

const EVERY_MS = 3_600_000;
/** After a start, when the rest has settled. */
const FIRST_MS = 60_000;

/** How often what was left of trashed repos is looked after. */
const DROPS_EVERY_MS = 60_000;
/** Events that were accepted before a repo went may reach the event store this much later; its name rests as long. */
const LATE_EVENTS_MS = 10 * 60_000;

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

/** Drops the events of trashed repos: at once, and until none can arrive any more. Returns the way to stop. */
export function startRepoDrops(parts: RetentionParts, lateMs = LATE_EVENTS_MS): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  const run = (): void => {
    running = running
      .then(() => dropTrashed(parts, lateMs))
      .catch((error: unknown) => parts.logger.error({ err: error }, 'events of a trashed repo are not dropped yet'));
  };
  const stopListening = parts.control.onSignal(REPO_TRASHED, run);
  const timer = setInterval(run, DROPS_EVERY_MS);
  run();
  return async () => {
    stopListening();
    clearInterval(timer);
    await running;
  };
}

async function dropTrashed({ control, events, logger }: RetentionParts, lateMs: number): Promise<void> {
  const nowMs = Date.now();
  for (const { logpointId, name, trashedAtMs } of await control.read(repoDropsList, {})) {
    // No event is newer than the end of time.
    const { dropped } = await events.dropBefore(logpointId, name, Number.MAX_SAFE_INTEGER);
    if (dropped > 0) logger.info({ logpoint: logpointId, repo: name, dropped }, 'events of a trashed repo are gone');
    if (nowMs - trashedAtMs >= lateMs) await control.write(repoDropsFinish, { logpointId, name });
  }
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
