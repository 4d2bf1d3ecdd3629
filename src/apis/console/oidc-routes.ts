import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { OIDC_ID, type OidcLogin } from '../../accounts/oidc-login.ts';
import { oidcAccount } from '../../accounts/registry.ts';
import { AppError } from '../../shared/errors.ts';
import { ErrorEnvelope } from '../http/envelope.ts';
import { setSessionCookie } from '../http/session-cookie.ts';
import { type AuthServices, originOf } from './auth-routes.ts';

/** Ties the provider's answer to the browser that asked. It comes back from another site, hence not `strict`. */
const BINDING_COOKIE = 'tocsin_oidc';
const BINDING = { path: '/auth/oidc', httpOnly: true, sameSite: 'lax', maxAge: 600 } as const;

const ById = Type.Object({ id: Type.String({ description: 'Of GET /auth/methods.' }) });
/** Where the browser is sent. A test holds the example against what a provider is asked for. */
const found = (description: string, example: string) =>
  Type.Null({ description: 'Sent on.', headers: { location: { type: 'string', description, example } } });
const ToProvider = found(
  'The authorization endpoint of the provider (authorization code with PKCE).',
  'https://sso.example.org/auth?redirect_uri=https%3A%2F%2Ftocsin.example%2Fauth%2Foidc%2Foidc%2Fcallback' +
    '&scope=openid+profile&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256' +
    '&state=af0ifjsldkj&nonce=n-0S6_WzA2Mj&client_id=tocsin&response_type=code',
);
const Back = found('The path that `return` of the start named.', '/incidents');

/** Sign-in through an identity provider; a browser is sent there and comes back. */
export function addOidcRoutes(app: FastifyInstance, services: AuthServices): void {
  app.get<{ Params: { id: string }; Querystring: { return?: string } }>('/auth/oidc/:id/start', {
    config: { permission: 'public' },
    schema: {
      operationId: 'StartOidc',
      tags: ['Sign-in'],
      summary: 'Sends the browser to the identity provider.',
      params: ById,
      querystring: Type.Object({ return: Type.Optional(Type.String({ description: 'Path to come back to.' })) }),
      response: { 302: ToProvider, default: ErrorEnvelope },
    },
    handler: async (request, reply) => {
      const { url, binding } = await providerOf(services, request.params.id).start(request.query.return ?? '/');
      reply.setCookie(BINDING_COOKIE, binding, { ...BINDING, secure: request.protocol === 'https' });
      return reply.redirect(url, 302);
    },
  });
  app.get<{ Params: { id: string } }>('/auth/oidc/:id/callback', {
    config: { permission: 'public' },
    schema: {
      operationId: 'FinishOidc',
      tags: ['Sign-in'],
      summary: 'Where the identity provider sends the browser: starts the session.',
      params: ById,
      response: { 302: Back, default: ErrorEnvelope },
    },
    handler: async (request, reply) => finish(services, request.params.id, request, reply),
  });
}

function providerOf({ oidc }: AuthServices, id: string): OidcLogin {
  if (oidc !== null && id === OIDC_ID) return oidc;
  throw new AppError('not-found', 'OIDC_UNKNOWN', `there is no identity provider ${JSON.stringify(id.slice(0, 64))}`);
}

async function finish(services: AuthServices, id: string, request: FastifyRequest, reply: FastifyReply) {
  const provider = providerOf(services, id);
  const query = request.url.split('?')[1] ?? '';
  const { person, returnTo } = await provider.finish(query, request.cookies[BINDING_COOKIE], request.id);
  const accountId = await services.control.write(oidcAccount, person);
  const started = await services.signIn.startSession(accountId, { passwordHash: null }, 'oidc', originOf(request));
  reply.clearCookie(BINDING_COOKIE, BINDING);
  setSessionCookie(request, reply, started.session, started.expiresAtMs);
  return reply.redirect(returnTo, 302);
}
