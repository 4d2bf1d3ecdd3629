import '@fastify/swagger';
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import type { Actor } from '../../accounts/actor.ts';
import { AppError } from '../../shared/errors.ts';
import type { Logpoint } from '../../tenancy/logpoint.ts';
import { nodeFailure } from './envelope.ts';
import { type AccessStore, CONSOLE_HEADER, checkAccess, isPermission, type Permission } from './permission.ts';
import type { RateLimits } from './rate-limits.ts';
import { sessionOf } from './session-cookie.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    permission?: Permission;
    /** The body holds a secret that could be guessed: the address is asked after first. */
    isGuess?: boolean;
    /** A body that may come, for the description of the API alone. */
    describedBody?: object;
  }
  interface FastifyRequest {
    /** Who calls; null on public routes. */
    actor: Actor | null;
    /** The tenant that path and token agree on; null on routes of no tenant. */
    logpoint: Logpoint | null;
    /** Whether the caller may still do what was asked: for answers that last. @throws AppError as at the door */
    checkAgain(): Promise<void>;
  }
}

/**
 * Default deny: a route that declares no permission stops the start, and every request passes `checkAccess` before its
 * body is read.
 */
export function guardRoutes(app: FastifyInstance, store: AccessStore, rates?: RateLimits | undefined): void {
  app.decorateRequest('actor', null);
  app.decorateRequest('logpoint', null);
  app.decorateRequest('checkAgain', async () => {});
  app.addHook('onRoute', (route: RouteOptions) => {
    if (!isPermission(route.config?.permission)) {
      throw new Error(`route ${String(route.method)} ${route.url} declares no permission`);
    }
  });
  app.addHook('onRequest', async (request) => {
    const permission = request.routeOptions.config.permission;
    // The framework's own answer for unknown routes has no permission; it tells nothing.
    if (permission === undefined) return;
    const check = () =>
      checkAccess(store, {
        permission,
        authorization: request.headers.authorization,
        session: sessionOf(request),
        isSafe: SAFE_METHODS.has(request.method),
        consoleHeader: headerOf(request, CONSOLE_HEADER),
        remoteIp: request.ip,
        poolId: paramOf(request, 'pool'),
        logpointId: paramOf(request, 'logpoint'),
        onCaller: (caller) => {
          request.actor = caller.actor;
          request.logpoint = caller.logpoint;
        },
      });
    if (request.routeOptions.config.isGuess === true) rates?.beforeGuess(request.ip);
    const { actor, logpoint } = await check();
    if (actor !== null) rates?.request(actor, logpoint?.id ?? null);
    request.checkAgain = async () => void (await check());
    request.actor = actor;
    request.logpoint = logpoint;
  });
}

/** Methods that change nothing. Source: RFC 9110, 9.2.1. */
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

function paramOf(request: FastifyRequest, name: string): string | undefined {
  const params = request.params;
  if (typeof params !== 'object' || params === null || !Object.hasOwn(params, name)) return undefined;
  const value: unknown = Reflect.get(params, name);
  return typeof value === 'string' ? value : undefined;
}

/** The caller of a route whose permission asks for one. */
export function actorOf(request: FastifyRequest): Actor {
  if (request.actor === null) throw new Error(`assertion failed: ${request.routeOptions.url} has no caller`);
  return request.actor;
}

/** The tenant of a route whose path names one. */
export function logpointOf(request: FastifyRequest): Logpoint {
  if (request.logpoint === null) throw new Error(`assertion failed: ${request.routeOptions.url} has no logpoint`);
  return request.logpoint;
}

/**
 * Answers 405 with `Allow` on every known path for the methods that it does not have, and OPTIONS with the methods that
 * it does; paths of the node's own APIs answer it in their own way. Call after all routes are there.
 */
export function refuseOtherMethods(app: FastifyInstance, routes: ReadonlyMap<string, KnownPath>): void {
  for (const [url, { methods: known, isNode }] of routes) {
    const allow = [...known, 'OPTIONS'].sort().join(', ');
    const others = METHODS.filter((method) => !known.has(method));
    const hidden = { config: { permission: 'public' as const }, schema: { hide: true } };
    app.route({
      ...hidden,
      url,
      method: 'OPTIONS',
      handler: async (_request, reply) => reply.code(204).header('allow', allow).send(),
    });
    app.route({
      ...hidden,
      url,
      method: others,
      // Refused before the body is read: its type and size are of no interest.
      onRequest: async (request, reply) => {
        reply.header('allow', allow);
        const message = `method ${request.method} is not allowed here: expected ${allow}`;
        if (isNode) return reply.code(200).send(nodeFailure(message));
        throw new AppError('method-not-allowed', 'METHOD_NOT_ALLOWED', message);
      },
      handler: async (_request, reply) => reply.code(405).send(),
    });
  }
}

/** All that the framework routes; QUERY (RFC 10008) needs its refusal here, else its missing body is looked for first. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'QUERY'] as const;

/** `isNode`: a path of the node's own APIs, which never fail with a status of HTTP. */
export type KnownPath = { readonly methods: ReadonlySet<string>; readonly isNode: boolean };

/** Known paths, filled while routes are added. */
export function collectRoutes(app: FastifyInstance): ReadonlyMap<string, KnownPath> {
  const routes = new Map<string, { methods: Set<string>; isNode: boolean }>();
  app.addHook('onRoute', (route: RouteOptions) => {
    const known = routes.get(route.url) ?? { methods: new Set<string>(), isNode: isOfNode(route) };
    for (const method of [route.method].flat()) known.methods.add(method.toUpperCase());
    routes.set(route.url, known);
  });
  return routes;
}

const isOfNode = ({ config }: RouteOptions): boolean =>
  config?.permission === 'access-key' || config?.permission === 'signed';
