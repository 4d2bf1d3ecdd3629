import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ConsoleFile, ConsoleFiles } from './console-files.ts';

/** Stands in the built page where each answer has its own nonce. Source: vite.config.ts. */
const NONCE_PLACE = /__TOCSIN_NONCE__/g;
const NONCE_BYTES = 16;

/** Paths at which the console draws itself; everything else keeps answering in JSON. */
const CONSOLE_PATHS = ['/', '/signin', '/p', '/p/*'];

/**
 * The console: its page at its own paths, its files at theirs. Without a built console `/` leads to the description of
 * the API.
 */
export function addConsoleRoutes(app: FastifyInstance, built: ConsoleFiles | null): void {
  if (built === null) {
    app.get('/', { config: { permission: 'public' }, schema: { hide: true } }, async (_request, reply) =>
      reply.redirect('/docs', 302),
    );
    return;
  }
  for (const url of CONSOLE_PATHS) {
    app.get(url, { config: { permission: 'public' }, schema: { hide: true } }, async (_request, reply) =>
      sendPage(reply, built.page),
    );
  }
  for (const [url, file] of built.files) {
    app.get(url, { config: { permission: 'public' }, schema: { hide: true } }, async (request, reply) =>
      sendFile(request, reply, file),
    );
  }
}

/** The page runs its own scripts and talks to its own server, nothing else; styles made by the editor carry the nonce. */
const policyOf = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');

function sendPage(reply: FastifyReply, page: string): FastifyReply {
  const nonce = randomBytes(NONCE_BYTES).toString('base64');
  return reply
    .type('text/html; charset=utf-8')
    .headers({
      'content-security-policy': policyOf(nonce),
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    })
    .send(page.replace(NONCE_PLACE, nonce));
}

function sendFile(request: FastifyRequest, reply: FastifyReply, file: ConsoleFile): FastifyReply {
  const accepted = String(request.headers['accept-encoding'] ?? '');
  reply.type(file.type).headers({
    'cache-control': file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    'cross-origin-resource-policy': 'same-origin',
    vary: 'accept-encoding',
  });
  if (file.brotli !== null && /\bbr\b/.test(accepted)) return reply.header('content-encoding', 'br').send(file.brotli);
  if (file.gzip !== null && /\bgzip\b/.test(accepted)) return reply.header('content-encoding', 'gzip').send(file.gzip);
  return reply.send(file.bytes);
}
