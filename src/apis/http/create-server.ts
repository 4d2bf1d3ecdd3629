import { randomUUID } from 'node:crypto';
import { createServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import fastifyCookie from '@fastify/cookie';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, LogController } from 'fastify';
import { AppError } from '../../shared/errors.ts';
import { errorBody, NODE_PREFIX, nodeFailure } from './envelope.ts';
import { answerTo, ERROR_CODE_HEADER } from './error-answer.ts';
import { parseJsonBody } from './json-body.ts';
import type { AccessStore } from './permission.ts';
import type { RateLimits } from './rate-limits.ts';
import { compileRequestSchema } from './request-schema.ts';
import { collectRoutes, guardRoutes, refuseOtherMethods } from './route-guard.ts';

/** The framework's own types, so that joiners need not name it. */
export type HttpApp = FastifyInstance;
export type HttpLogger = FastifyBaseLogger;

export type ServerLimits = { readonly bodyBytesMax: number; readonly jsonDepthMax: number };
export type TlsFiles = { readonly cert: string | Buffer; readonly key: string | Buffer };

export type HttpServerOptions = {
  readonly access: AccessStore;
  readonly limits: ServerLimits;
  readonly logger: FastifyBaseLogger;
  readonly tls?: TlsFiles | undefined;
  /** Nothing is limited when left out. */
  readonly rates?: RateLimits | undefined;
  /** Networks of proxies that say whom they speak for. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Told of every request that is refused for who sent it, before it is answered. Never rejects. */
  readonly onRefused?: ((request: FastifyRequest, error: AppError) => Promise<void>) | undefined;
};

/** A client that sends its request slower than this is cut off. */
export const REQUEST_TIMEOUT_MS = 120_000;
export const HEADERS_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
/** Longest segment of a path: ids, names and addresses of repos are shorter. */
export const PARAM_LENGTH_MAX = 256;

/**
 * The HTTP server without routes: envelope, request ids, limits, access, security headers. `addRoutes` gets it once;
 * afterwards every known path answers 405 to other methods.
 */
export async function createHttpServer(
  options: HttpServerOptions,
  addRoutes: (app: FastifyInstance) => Promise<void> | void,
): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    trustProxy: options.trustedProxies?.length ? [...options.trustedProxies] : false,
    bodyLimit: options.limits.bodyBytesMax,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { ignoreDuplicateSlashes: true, ignoreTrailingSlash: true, maxParamLength: PARAM_LENGTH_MAX },
    serverFactory: (handler) => createListener(options.tls, handler),
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, request, reply) => {
      const answer = answerTo(error, request.id);
      const isNode = request.raw.url?.startsWith(NODE_PREFIX) === true;
      const head = { ...answer.headers, 'content-type': 'application/json', 'x-request-id': request.id };
      const body = isNode ? nodeFailure(answer.body.message) : answer.body;
      reply.raw.writeHead(isNode ? 200 : answer.status, head).end(JSON.stringify(body));
    },
  });
  app.setValidatorCompiler(compileRequestSchema);
  // Answers go out as they are built; the schema documents them, it never drops a field.
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  readJsonBodies(app, options.limits);
  answerErrors(app, options);
  setSecurityHeaders(app, options.tls !== undefined);
  logRequests(app);
  await app.register(fastifyCookie);
  guardRoutes(app, options.access, options.rates);
  const routes = collectRoutes(app);
  await app.register(async (scope) => addRoutes(scope));
  refuseOtherMethods(app, new Map(routes));
  return app;
}

/** A server with this program's limits and certificate that gives its requests to the handler. */
export function createListener(tls: TlsFiles | undefined, handler: Parameters<typeof createServer>[1]): Server {
  const limits: ServerOptions = {
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
  };
  if (tls === undefined) return createServer(limits, handler);
  return createTlsServer({ ...limits, cert: tls.cert, key: tls.key, minVersion: 'TLSv1.2' }, handler);
}

function readJsonBodies(app: FastifyInstance, limits: ServerLimits): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      const encoding = request.headers['content-encoding'];
      if (encoding !== undefined && encoding !== 'identity') {
        throw new AppError('unsupported-media', 'BODY_ENCODING', `content encoding ${encoding} is not supported here`);
      }
      // Clients set the type on every call; a DELETE says all in its path.
      if (body.length === 0 && request.method === 'DELETE') return done(null, undefined);
      done(null, parseJsonBody(Buffer.isBuffer(body) ? body : Buffer.from(body), limits.jsonDepthMax));
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

function answerErrors(app: FastifyInstance, { onRefused, rates }: HttpServerOptions): void {
  app.setErrorHandler(async (thrown, request, reply) => {
    const error = countFailure(thrown, request.ip, rates);
    const answer = answerTo(error, request.id, request.routeOptions.bodyLimit);
    if (error instanceof AppError && isAttempt(error)) await onRefused?.(request, error);
    if (answer.isBug) request.log.error({ err: error }, 'request failed by a bug');
    // The framework would close the connection after a refused body. A client that is still sending would then see a
    // reset instead of the answer; unread bytes are thrown away until the request's end or its timeout.
    reply.removeHeader('connection');
    return reply.code(answer.status).headers(answer.headers).send(answer.body);
  });
  app.setNotFoundHandler(async (request, reply) => {
    const message = unknownRoute(request.method, request.url);
    if (request.url.startsWith(NODE_PREFIX)) return reply.code(200).send(nodeFailure(message));
    return reply.code(404).header(ERROR_CODE_HEADER, 'ROUTE_UNKNOWN').send(errorBody(message));
  });
}

/** A wrong credential counts against the address it came from; beyond the limit the answer is to wait. */
function countFailure(error: unknown, ip: string, rates: RateLimits | undefined): unknown {
  const isGuess = error instanceof AppError && error.kind === 'unauthenticated' && error.code !== 'TOKEN_MISSING';
  if (!isGuess) return error;
  try {
    rates?.failed(ip);
    return error;
  } catch (limited) {
    return limited;
  }
}

export const unknownRoute = (method: string, url: string): string => `route ${method} ${pathOf(url)} is unknown`;

/** Refused for who asks. A request without any token is no attempt: browsers and probes make them all day. */
const isAttempt = ({ kind, code }: AppError): boolean =>
  kind === 'forbidden' || (kind === 'unauthenticated' && code !== 'TOKEN_MISSING') || code.startsWith('LOGIN_');

/** The path without its query, cut to what an answer may echo. */
function pathOf(url: string): string {
  const path = url.split('?', 1)[0] ?? '';
  return path.length > 200 ? `${path.slice(0, 200)}…` : path;
}

function setSecurityHeaders(app: FastifyInstance, isTls: boolean): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'x-request-id': request.id,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
    });
    if (isTls) reply.header('strict-transport-security', 'max-age=31536000');
  });
}

/** One line a request: reads that succeed at `debug`, all else at `info`. Never a body, never a header. */
function logRequests(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    const record = {
      method: request.method,
      path: pathOf(request.url),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      ip: request.ip,
      caller: request.actor?.name,
    };
    if (request.method === 'GET' && reply.statusCode < 400) request.log.debug(record, 'request');
    else request.log.info(record, 'request');
  });
}

/** What is no HTTP request at all still gets the envelope. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const isLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const status = isLarge ? '431 Request Header Fields Too Large' : '400 Bad Request';
  const isLate = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const message = isLarge ? 'request headers are too large' : isLate ? 'request took too long' : 'request is not HTTP';
  const body = JSON.stringify(errorBody(message));
  const head = `HTTP/1.1 ${isLate ? '408 Request Timeout' : status}\r\ncontent-type: application/json\r\nconnection: close`;
  socket.end(`${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}
