import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Logger } from 'pino';
import { OidcLogin } from './accounts/oidc-login.ts';
import { createGuardedFetch } from './adapters/http/guarded-fetch.ts';
import { openProviders } from './adapters/providers/open-providers.ts';
import { createSmtpSender } from './adapters/smtp/smtp-sender.ts';
import { lockFolder } from './adapters/sqlite/folder-lock.ts';
import { openScratch } from './adapters/sqlite/scratch-store.ts';
import { openSqliteControlStore } from './adapters/sqlite/sqlite-control-store.ts';
import type { HttpApp } from './apis/http/create-server.ts';
import type { PartStatus, Parts } from './apis/http/part-status.ts';
import { readTlsFiles, reloadTlsFiles } from './apis/http/tls-files.ts';
import { isNodePath } from './apis/node/node-api.ts';
import { createNodeListener, type NodeDoors, readDoors } from './apis/node/node-doors.ts';
import { builtInCatalogue } from './attack/built-in.ts';
import { ensureAttackCatalogue } from './attack/registry.ts';
import { loadAuditKey } from './audit/audit-key.ts';
import { Checkpointer } from './audit/checkpointer.ts';
import { RefusalLog } from './audit/refusal-log.ts';
import { authSettings, oidcSettings } from './auth-settings.ts';
import type { Settings } from './config/options.ts';
import type { ControlStore } from './control/control-store.ts';
import { incidentDeps, type RegistrySettings } from './control-registry.ts';
import { createHttpApp } from './http-app.ts';
import { incidentsCounts } from './incidents/registry.ts';
import { createEgressPolicy } from './notify/egress-policy.ts';
import { loadSecretKey } from './notify/secret-box.ts';
import { OnlineBackup } from './online-backup.ts';
import { OpeningEventStore } from './opening-event-store.ts';
import { createOrderKinds } from './orders/order-kinds.ts';
import { OrderService } from './orders/order-service.ts';
import { Pipeline } from './pipeline.ts';
import { providerSettings, providerStatus } from './provider-settings.ts';
import type { QueryProviders } from './query/query-providers.ts';
import { rateSettings } from './rate-settings.ts';
import { systemClock } from './shared/clock.ts';
import { AppError } from './shared/errors.ts';
import { startSlaClock } from './sla-clock.ts';
import { logpointsList, poolsList } from './tenancy/registry.ts';
import { TokenUses } from './token-uses.ts';
import { readVersion } from './version.ts';

export type TocsinConfig = {
  /** A folder that `tocsin init` has made. */
  readonly dataDir: string;
  readonly settings: Settings;
  readonly logger: Logger;
};

export type RunningTocsin = {
  readonly url: string;
  /** Resolves when the event store, ingest, rules and notifications run, too. @throws what keeps them from it */
  ready(): Promise<void>;
  /** Takes nothing new, ends what runs, stores what was accepted. */
  close(): Promise<void>;
};

/** Work orders that run at one time, and how long the slowest may take beyond its search. */
const ORDERS_RUNNING_MAX = 8;
const ORDER_MS_EXTRA = 60_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Ways to end what has been opened, run in reverse. */
type Closers = (() => Promise<void> | void)[];

/**
 * Starts the server: HTTP as soon as the control store is open, the event store and all that needs it beside it.
 *
 * @throws AppError `DATA_IN_USE`, `CONFIG_INVALID`, `SCHEMA_*`, `CONTROL_STORE_*`, `LISTEN_FAILED`
 */
export async function startTocsin(config: TocsinConfig): Promise<RunningTocsin> {
  const closers: Closers = [];
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= closeAll(closers);
    return closing;
  };
  try {
    return { ...(await start(config, closers)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function closeAll(closers: Closers): Promise<void> {
  for (const closer of closers.splice(0).reverse()) await closer();
}

async function start(config: TocsinConfig, closers: Closers): Promise<Omit<RunningTocsin, 'close'>> {
  const { dataDir, settings, logger } = config;
  const lock = lockFolder(dataDir);
  closers.push(() => lock.release());
  const secretKey = loadSecretKey(dataDir);
  const doors = readDoors(settings['node.hosts'], settings['node.ports']);
  const registrySettings: RegistrySettings = {
    incidents: { closeUnresolved: settings.close_unresolved, resolvePolicy: settings.resolve_policy },
    rules: { latenessMs: settings['rules.latenessSeconds'] * 1000 },
    notifications: { secretKey },
  };
  const events = new OpeningEventStore(dataDir, { onTrouble: (message) => logger.error(message) });
  closers.push(() => events.close());
  let threadsLost = 0;
  const control = await openControl(config, registrySettings, () => {
    threadsLost += 1;
  });
  closers.push(() => control.close());

  const stopping = new AbortController();
  const address = { host: '' };
  const linkHost = (): string => settings['public.host'] ?? address.host;
  const parts = {
    dataDir,
    settings,
    registrySettings,
    secretKey,
    logger,
    control,
    events,
    linkHost,
    stopping: stopping.signal,
  };
  const pipeline = new Pipeline(parts);
  const onTableTrouble = (message: string): void =>
    logger.warn({ table: message }, 'a table of query.tables is not whole');
  const providers = await openProviders(await providerSettings(settings, onTableTrouble));
  const orders = createOrders(config, control, events, registrySettings, linkHost, providers);
  const tokenUses = new TokenUses(control, systemClock, (error) =>
    logger.warn({ err: error }, 'uses of tokens are not written'),
  );
  closers.push(() => tokenUses.close());
  const refusals = new RefusalLog(control, systemClock, (error) =>
    logger.error({ err: error }, 'a refused attempt is not in the audit chain'),
  );
  closers.push(() => refusals.close());
  const checkpoints = await openCheckpoints(config, control);
  closers.push(() => checkpoints.close());
  const backup = new OnlineBackup({
    dataDir,
    hold: (msMax) => pipeline.holdDeliveries(msMax),
    goOn: () => pipeline.goOn(),
    freezeEvents: (into) => events.freeze(into),
  });
  await backup.clear();
  const drainMs = settings['http.drainSeconds'] * 1000;
  closers.push(() => pipeline.close(drainMs));
  const app = await createHttpApp({
    version: readVersion(),
    control,
    orders,
    ingest: pipeline,
    events,
    ruleCosts: () => pipeline.ruleCosts(),
    ingestBodyBytesMax: settings['ingest.bodyBytesMax'],
    linkHost,
    feedLimits: {
      connectionsMax: settings['feed.connectionsMax'],
      connectionsPerCallerMax: settings['feed.connectionsPerCallerMax'],
    },
    stopping: stopping.signal,
    checkpoints,
    backup,
    refusals,
    logger,
    limits: { bodyBytesMax: settings['http.bodyBytesMax'], jsonDepthMax: settings['http.jsonDepthMax'] },
    tls: tlsOf(settings),
    parts: partsOf(
      {
        incidents: () => incidentStatus(control),
        control: () => controlStatus(control, threadsLost),
        provider: () => providerStatus(providers),
      },
      events,
      orders,
      pipeline,
    ),
    isMetricsPublic: settings['metrics.public'],
    node: {
      events,
      rowsMax: settings['fetch.rowsMax'],
      dataBytesMax: settings['incidents.dataBytesMax'],
      searchTimeoutMs: settings['search.timeoutMs'],
      providers,
      bodyBytesMax: settings['http.bodyBytesMax'],
      jsonDepthMax: settings['http.jsonDepthMax'],
      linkHost,
      secretKey,
      doors,
    },
    onUse: (actor) => tokenUses.used(actor),
    auth: authSettings(settings),
    oidc: oidcLogin(settings),
    rates: rateSettings(settings),
    trustedProxies: settings['http.trustedProxies'],
    orderLimits: {
      retentionHours: settings['orders.retentionHours'],
      bytesMax: settings['orders.bytesMax'],
      rowsMax: settings['fetch.rowsMax'],
    },
  });
  closers.push(() => closeHttp(app, drainMs));
  const stopSla = startSlaClock({
    control,
    clock: systemClock,
    deps: incidentDeps(registrySettings),
    onError: (error) => logger.error({ err: error }, 'clocks of incidents are not looked at'),
  });
  closers.push(stopSla);
  await orders.start();
  // Before HTTP: it answers the polls that are held, which HTTP would wait for.
  closers.push(() => orders.close());
  closers.push(() => stopping.abort());

  const url = await listen(app, settings);
  address.host = new URL(url).host;
  const servers = [app.server, ...(await openNodeDoors(app, config, doors, closers))];
  for (const server of servers) reloadTls(server, config, closers);
  await warnOfUnknownDoors(config, control, doors);
  lock.announce({ pid: process.pid, url });
  const started = pipeline.start();
  started.catch((error: unknown) => logger.error({ err: error }, 'logs cannot be taken'));
  return { url, ready: () => started };
}

function oidcLogin(settings: Settings): OidcLogin | null {
  const chosen = oidcSettings(settings);
  if (chosen === null) return null;
  return new OidcLogin(chosen, createGuardedFetch(createEgressPolicy(settings['egress.allow'])), systemClock);
}

async function openControl(
  { dataDir, logger }: TocsinConfig,
  settings: RegistrySettings,
  onLost: () => void,
): Promise<ControlStore> {
  const control = await openSqliteControlStore({
    dataDir,
    clock: systemClock,
    settings,
    onThreadLost: (thread, error) => {
      onLost();
      logger.error({ err: error, thread }, 'a thread of the control store died and is started again');
    },
  });
  await control.write(ensureAttackCatalogue, builtInCatalogue());
  return control;
}

async function openCheckpoints({ dataDir, settings, logger }: TocsinConfig, control: ControlStore) {
  const checkpoints = new Checkpointer({
    control,
    dataDir,
    key: loadAuditKey(dataDir),
    clock: systemClock,
    events: settings['audit.checkpointEvents'],
    everyMs: settings['audit.checkpointMinutes'] * MINUTE_MS,
    onError: (error) => logger.error({ err: error }, 'checkpoints of the audit chains are not written'),
  });
  await checkpoints.start();
  logger.info({ publicKey: checkpoints.publicKey }, 'checkpoints of the audit chains are signed');
  return checkpoints;
}

function createOrders(
  { settings, logger }: TocsinConfig,
  control: ControlStore,
  events: OpeningEventStore,
  registrySettings: RegistrySettings,
  linkHost: () => string,
  providers: QueryProviders,
): OrderService {
  return new OrderService({
    services: { store: control, events, clock: systemClock, openScratch },
    kinds: createOrderKinds(incidentDeps(registrySettings), {
      rowsMax: settings['fetch.rowsMax'],
      dataBytesMax: settings['incidents.dataBytesMax'],
      searchTimeoutMs: settings['search.timeoutMs'],
      providers,
      linkHost,
      mailer: (server) => createSmtpSender({ ...server, egress: createEgressPolicy(settings['egress.allow']) }),
      ...registrySettings.notifications,
    }),
    limits: { runningMax: ORDERS_RUNNING_MAX, workMsMax: settings['search.timeoutMs'] + ORDER_MS_EXTRA },
    retention: { keptMs: settings['orders.retentionHours'] * HOUR_MS, keptBytesMax: settings['orders.bytesMax'] },
    onBug: (bug) => logger.error(bug, 'an order met a bug'),
    onPurgeFailed: (error) => logger.warn({ err: error }, 'old orders are not removed'),
  });
}

/** Asked with a read, so that it tells what the next request will meet. */
async function controlStatus(control: ControlStore, threadsLost: number): Promise<PartStatus> {
  try {
    await control.read(poolsList, {});
    return { isReady: true, counts: { threadsLost } };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { isReady: false, reason: error.message, counts: { threadsLost } };
  }
}

/** A store that cannot answer is the control part's to tell. */
async function incidentStatus(control: ControlStore): Promise<PartStatus> {
  try {
    return { isReady: true, counts: await control.read(incidentsCounts, {}) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { isReady: true, counts: {} };
  }
}

const partsOf = (control: Parts, events: OpeningEventStore, orders: OrderService, pipeline: Pipeline): Parts => ({
  ...control,
  eventStore: () => ({ isReady: events.isReady(), reason: events.trouble, counts: events.counts }),
  orders: () => ({ isReady: true, counts: orders.status() }),
  ...pipeline.status(),
});

function tlsOf(settings: Settings) {
  const [cert, key] = [settings['tls.cert'], settings['tls.key']];
  return cert === null || key === null ? undefined : readTlsFiles(cert, key);
}

function reloadTls(server: Server, { settings, logger }: TocsinConfig, closers: Closers): void {
  const [cert, key] = [settings['tls.cert'], settings['tls.key']];
  if (cert === null || key === null) return;
  closers.push(
    reloadTlsFiles(server, cert, key, {
      reloaded: () => logger.info('new certificates are in use'),
      refused: (error) => logger.error({ err: error }, 'new certificates do not fit: the old ones stay in use'),
    }),
  );
}

/** @throws AppError `LISTEN_FAILED` */
async function listen(app: HttpApp, { host, port, 'tls.cert': cert }: Settings): Promise<string> {
  try {
    const url = await app.listen({ host, port, listenTextResolver: () => 'listening' });
    // The framework does not know of the certificate that its server was given.
    return cert === null ? url : url.replace(/^http:/, 'https:');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('unavailable', 'LISTEN_FAILED', `cannot listen on ${host}:${port}: ${reason}`, { cause });
  }
}

/** A server for each port of `node.ports`. @throws AppError `LISTEN_FAILED` */
async function openNodeDoors(
  app: HttpApp,
  { settings }: TocsinConfig,
  { ports }: NodeDoors,
  closers: Closers,
): Promise<readonly Server[]> {
  const servers: Server[] = [];
  for (const port of ports.keys()) {
    const server = createNodeListener(tlsOf(settings), isNodePath, (request, response) =>
      app.routing(request, response),
    );
    closers.push(() => closeDoor(server, settings['http.drainSeconds'] * 1000));
    try {
      server.listen({ host: settings.host, port });
      await once(server, 'listening');
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const message = `cannot listen on ${settings.host}:${port} of node.ports: ${reason}`;
      throw new AppError('unavailable', 'LISTEN_FAILED', message, { cause });
    }
    servers.push(server);
  }
  return servers;
}

/** A door to a logpoint that there is not refuses every key; the operator should know why. */
async function warnOfUnknownDoors({ logger }: TocsinConfig, control: ControlStore, doors: NodeDoors): Promise<void> {
  const known = new Set((await control.read(logpointsList, {})).map(({ id }) => id));
  for (const [door, id] of [...doors.hosts, ...doors.ports]) {
    if (!known.has(id)) logger.warn({ door, logpoint: id }, 'node.hosts or node.ports name a logpoint that is unknown');
  }
}

async function closeDoor(server: Server, drainMs: number): Promise<void> {
  if (!server.listening) return;
  const cut = setTimeout(() => server.closeAllConnections(), drainMs);
  server.close();
  server.closeIdleConnections();
  await once(server, 'close');
  clearTimeout(cut);
}

/** Requests in flight get `drainMs` to end; then their connections are cut. */
async function closeHttp(app: HttpApp, drainMs: number): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), drainMs);
  await app.close();
  clearTimeout(cut);
}
