import { randomBytes } from 'node:crypto';
import type { Actor } from './accounts/actor.ts';
import type { OidcLogin } from './accounts/oidc-login.ts';
import { RefusedLogin } from './accounts/refused-login.ts';
import { accessFind } from './accounts/registry.ts';
import { type AuthSettings, SignIn } from './accounts/sign-in.ts';
import { addAccountRoutes } from './apis/console/account-routes.ts';
import { addAuthRoutes } from './apis/console/auth-routes.ts';
import { addCodeRoutes } from './apis/console/code-routes.ts';
import { readConsoleFiles } from './apis/console/console-files.ts';
import { addConsoleRoutes } from './apis/console/console-routes.ts';
import { addOidcRoutes } from './apis/console/oidc-routes.ts';
import { addAccessKeyRoutes } from './apis/director/access-key-routes.ts';
import { addOperations } from './apis/director/add-operations.ts';
import { addAuditRoutes } from './apis/director/audit-routes.ts';
import { addBackupRoutes } from './apis/director/backup-routes.ts';
import { addCoverageRoutes } from './apis/director/coverage-routes.ts';
import { addDeliveryRoutes } from './apis/director/delivery-routes.ts';
import { addDirectorRoutes } from './apis/director/director-routes.ts';
import type { DirectorServices } from './apis/director/director-services.ts';
import { addEventsRoute } from './apis/director/events-route.ts';
import { addHealthRoutes } from './apis/director/health-routes.ts';
import { addIncidentReads } from './apis/director/incident-reads.ts';
import { addIncidentStoryReads } from './apis/director/incident-story-reads.ts';
import { addIngestRoute } from './apis/director/ingest-route.ts';
import { addMachineRoutes } from './apis/director/machine-routes.ts';
import { addNotificationRoutes } from './apis/director/notification-routes.ts';
import { addOrderRoutes } from './apis/director/order-routes.ts';
import { addReadRoutes } from './apis/director/read-routes.ts';
import { addRuleRoutes } from './apis/director/rule-routes.ts';
import { addSearchStream } from './apis/director/search-stream.ts';
import { addTokenRoutes } from './apis/director/token-routes.ts';
import {
  createHttpServer,
  type HttpApp,
  type HttpLogger,
  type HttpServerOptions,
  type ServerLimits,
  type TlsFiles,
} from './apis/http/create-server.ts';
import { watchMetrics } from './apis/http/metrics.ts';
import { describeApi, openApiDocument } from './apis/http/openapi.ts';
import type { Parts } from './apis/http/part-status.ts';
import type { AccessStore } from './apis/http/permission.ts';
import { RateLimits, type RateSettings } from './apis/http/rate-limits.ts';
import { requestRefusal } from './apis/http/request-refusal.ts';
import { addServerRoutes } from './apis/http/server-routes.ts';
import { NodeApi } from './apis/node/node-api.ts';
import type { NodeSettings } from './apis/node/node-services.ts';
import { DEFAULT_AUTH } from './auth-settings.ts';
import type { ControlStore } from './control/control-store.ts';
import type { EventStore } from './events/event-store.ts';
import { createSecretBox } from './notify/secret-box.ts';
import { systemClock } from './shared/clock.ts';
import { poolsList } from './tenancy/registry.ts';

export type HttpAppOptions = DirectorServices & {
  readonly logger: HttpLogger;
  readonly limits: ServerLimits;
  readonly tls?: TlsFiles | undefined;
  readonly parts: Parts;
  readonly isMetricsPublic: boolean;
  /** The node's own APIs, and access keys for them; left out, the server has neither. */
  readonly node?: (NodeSettings & { readonly events: EventStore }) | undefined;
  /** Told of every authenticated request. */
  readonly onUse?: ((actor: Actor) => void) | undefined;
  /** How people sign in; the defaults of the options when left out. */
  readonly auth?: AuthSettings | undefined;
  /** What tokens, tenants and addresses may ask for; no limits when left out. */
  readonly rates?: RateSettings | undefined;
  readonly trustedProxies?: readonly string[] | undefined;
  /** Sign-in through an identity provider; none when left out. */
  readonly oidc?: OidcLogin | null | undefined;
};

/** The HTTP server with every route of the program. */
export async function createHttpApp(given: HttpAppOptions): Promise<HttpApp> {
  const rates = new RateLimits(given.rates ?? UNLIMITED, systemClock);
  const options = { ...given, orders: countedOrders(given.orders, rates) };
  const { logger, limits, tls, isMetricsPublic, version, stopping } = options;
  const { node, trustedProxies } = options;
  const nodeApi =
    node === undefined ? null : new NodeApi({ ...options, events: node.events, clock: systemClock, settings: node });
  // Without a key of a data folder, what is sealed lasts as long as the process.
  const box = createSecretBox(node?.secretKey ?? randomBytes(32));
  const signIn = new SignIn(options.control, options.auth ?? DEFAULT_AUTH, box);
  const oidc = options.oidc ?? null;
  const parts: Parts = {
    ...options.parts,
    ...(nodeApi === null ? {} : { nodeApi: () => nodeApi.status() }),
    signIn: () => ({ isReady: true, counts: signIn.counts }),
    limits: () => ({ isReady: true, counts: rates.counts }),
  };
  const access = accessStore(options.control, options.onUse);
  const { refusals } = options;
  const onRefused: HttpServerOptions['onRefused'] =
    refusals === undefined
      ? undefined
      : async (request, error) => {
          if (!(error instanceof RefusedLogin)) await refusals.tell(requestRefusal(request, error));
        };
  const app = await createHttpServer(
    { access, limits, logger, tls, onRefused, rates, trustedProxies },
    async (routes) => {
      await describeApi(routes, version);
      addServerRoutes(routes, {
        version,
        parts,
        metrics: watchMetrics(routes, parts),
        isMetricsPublic,
        isStopping: () => stopping.aborted,
        openApi: () => openApiDocument(routes),
      });
      addConsoleRoutes(routes, readConsoleFiles());
      addDirectorRoutes(routes, options);
      addTokenRoutes(routes, options);
      addAuthRoutes(routes, { control: options.control, signIn, oidc });
      addCodeRoutes(routes, signIn);
      addOidcRoutes(routes, { control: options.control, signIn, oidc });
      addAccountRoutes(routes, options);
      addOperations(routes, options);
      addReadRoutes(routes, options);
      addCoverageRoutes(routes, options);
      addHealthRoutes(routes, { ...options, parts });
      addRuleRoutes(routes, options);
      addIncidentReads(routes, options);
      addIncidentStoryReads(routes, options);
      addEventsRoute(routes, options);
      addMachineRoutes(routes, options);
      addNotificationRoutes(routes, options);
      addDeliveryRoutes(routes, options);
      addOrderRoutes(routes, options);
      addAuditRoutes(routes, options);
      addBackupRoutes(routes, options);
      await addIngestRoute(routes, options);
      if (node !== undefined) addSearchStream(routes, options, node);
      if (node !== undefined) addAccessKeyRoutes(routes, options, node.secretKey);
      await nodeApi?.addRoutes(routes);
    },
  );
  await app.ready();
  return app;
}

const UNLIMITED: RateSettings = {
  tokenRequestsPerSecond: null,
  tenantRequestsPerSecond: null,
  tokenOrdersPerHour: null,
  tenantOrdersPerHour: null,
  failuresPerMinute: null,
};

/** Every order is counted here, whichever route places it. */
const countedOrders = (orders: DirectorServices['orders'], rates: RateLimits): DirectorServices['orders'] => ({
  accept: async (order) => {
    rates.order(order.actor.tokenId, order.logpoint.id);
    return orders.accept(order);
  },
  poll: (...question) => orders.poll(...question),
  list: (question) => orders.list(question),
});

const accessStore = (control: ControlStore, onUse?: (actor: Actor) => void): AccessStore => ({
  find: async (credential, tenant) => {
    const found = await control.read(accessFind, { credential, tenant });
    onUse?.(found.actor);
    return found;
  },
  isPool: async (poolId) => (await control.read(poolsList, {})).some(({ id }) => id === poolId),
});
