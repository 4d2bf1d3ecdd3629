import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Actor } from '../../accounts/actor.ts';
import { PASSWORD_CHARS_MAX } from '../../accounts/check-user.ts';
import { accountRow } from '../../accounts/console-account.ts';
import { OIDC_ID, type OidcLogin } from '../../accounts/oidc-login.ts';
import { accountsGet, sessionsEnd, sessionsExpiry, tenantsReachable } from '../../accounts/registry.ts';
import type { Origin, SignIn, StartedSession } from '../../accounts/sign-in.ts';
import type { ControlStore } from '../../control/control-store.ts';
import { AppError } from '../../shared/errors.ts';
import { ErrorEnvelope } from '../http/envelope.ts';
import { actorOf } from '../http/route-guard.ts';
import { clearSessionCookie, sessionOf, setSessionCookie } from '../http/session-cookie.ts';
import { AccountSchema } from './account-schema.ts';

export type AuthServices = {
  readonly control: ControlStore;
  readonly signIn: SignIn;
  /** null when no identity provider is set. */
  readonly oidc: OidcLogin | null;
};

const REFUSALS = { default: ErrorEnvelope };
const USERNAME_CHARS_MAX = 200;
const CODE_CHARS_MAX = 64;

const LoginBody = Type.Object({
  username: Type.String({ minLength: 1, maxLength: USERNAME_CHARS_MAX }),
  password: Type.String({ minLength: 1, maxLength: PASSWORD_CHARS_MAX }),
  code: Type.Optional(Type.String({ maxLength: CODE_CHARS_MAX, description: 'One-time or recovery code.' })),
});
const PasswordBody = Type.Object({
  old: Type.String({ minLength: 1, maxLength: PASSWORD_CHARS_MAX }),
  new: Type.String({ minLength: 1, description: '8 to 1024 characters.' }),
});
const Started = Type.Object({
  status: Type.Literal('Success'),
  account: AccountSchema,
  expires_at: Type.String({ description: 'End of the session at the latest, ISO 8601.' }),
});
const Done = Type.Object({ status: Type.Literal('Success') });
const Me = Type.Object({
  account: AccountSchema,
  pools: Type.Array(
    Type.Object({
      pool_uuid: Type.String(),
      name: Type.String(),
      logpoints: Type.Array(
        Type.Object({
          identifier: Type.String(),
          name: Type.String(),
          user_id: Type.Union([Type.String(), Type.Null()], {
            description: 'The active user of the logpoint with the username of the account: its `incident_user_id`.',
          }),
        }),
      ),
    }),
  ),
  expires_at: Type.String(),
});

/** Sign-in of people: `/auth/…`. The session is a cookie; programs use tokens. See docs/adr/0012. */
export function addAuthRoutes(app: FastifyInstance, services: AuthServices): void {
  const { signIn } = services;
  app.get('/auth/methods', {
    config: { permission: 'public' },
    schema: {
      operationId: 'AuthMethods',
      tags: ['Sign-in'],
      summary: 'The ways in which people sign in here.',
      response: {
        200: Type.Object({
          password: Type.Boolean(),
          oidc: Type.Array(Type.Object({ id: Type.String(), name: Type.String() })),
        }),
      },
    },
    handler: async () => ({
      password: true,
      oidc: services.oidc === null ? [] : [{ id: OIDC_ID, name: services.oidc.settings.name }],
    }),
  });
  app.post<{ Body: { username: string; password: string; code?: string } }>('/auth/login', {
    config: { permission: 'public', isGuess: true },
    schema: {
      operationId: 'Login',
      tags: ['Sign-in'],
      summary: 'Starts a session for username and password, and a code where the account asks for one.',
      body: LoginBody,
      response: { 200: Started, 401: ErrorEnvelope, 429: ErrorEnvelope, ...REFUSALS },
    },
    handler: async (request, reply) => {
      const { username, password, code } = request.body;
      const started = await signIn.login({ username, password, code, ...originOf(request) });
      return sendStarted(request, reply, started);
    },
  });
  app.post('/auth/logout', {
    config: { permission: 'session' },
    schema: {
      operationId: 'Logout',
      tags: ['Sign-in'],
      summary: 'Ends the session.',
      response: { 200: Done, ...REFUSALS },
    },
    handler: async (request, reply) => {
      await services.control.write(sessionsEnd, sessionActor(request).session.hash);
      clearSessionCookie(request, reply);
      return { status: 'Success' };
    },
  });
  app.get('/auth/me', {
    config: { permission: 'session' },
    schema: {
      operationId: 'Me',
      tags: ['Sign-in'],
      summary: 'The account that is signed in, and the pools and logpoints that it reaches.',
      response: { 200: Me, ...REFUSALS },
    },
    handler: async (request) => describeMe(services.control, sessionActor(request)),
  });
  app.post<{ Body: { old: string; new: string } }>('/auth/password', {
    config: { permission: 'session' },
    schema: {
      operationId: 'ChangeOwnPassword',
      tags: ['Sign-in'],
      summary: 'Another password. Every session of the account ends; the answer starts a new one.',
      body: PasswordBody,
      response: { 200: Started, ...REFUSALS },
    },
    handler: async (request, reply) => {
      const { name, session } = sessionActor(request);
      const account = { id: session.accountId, username: name };
      const by = { actor: name, requestId: request.id };
      return sendStarted(request, reply, await signIn.changePassword(account, request.body, by, originOf(request)));
    },
  });
}

type SessionActor = Actor & { readonly session: NonNullable<Actor['session']> };

/** The caller of a route with the permission `session`. */
export function sessionActor(request: FastifyRequest): SessionActor {
  const actor = actorOf(request);
  if (actor.session === undefined) throw new Error(`assertion failed: ${request.routeOptions.url} has no session`);
  return { ...actor, session: actor.session };
}

export const originOf = (request: FastifyRequest): Origin => ({
  ip: request.ip,
  requestId: request.id,
  oldSession: sessionOf(request),
});

function sendStarted(request: FastifyRequest, reply: FastifyReply, started: StartedSession) {
  setSessionCookie(request, reply, started.session, started.expiresAtMs);
  return {
    status: 'Success',
    account: accountRow(started.account),
    expires_at: new Date(started.expiresAtMs).toISOString(),
  };
}

async function describeMe(control: ControlStore, actor: SessionActor) {
  const [account, expiresAtMs, pools] = await Promise.all([
    control.read(accountsGet, actor.session.accountId),
    control.read(sessionsExpiry, actor.session.hash),
    control.read(tenantsReachable, { username: actor.name, pools: actor.pools }),
  ]);
  if (account === null || expiresAtMs === null) {
    throw new AppError('unauthenticated', 'SESSION_UNKNOWN', 'the session has ended: sign in again');
  }
  return {
    account: accountRow(account),
    pools: pools.map(({ id, name, logpoints }) => ({
      pool_uuid: id,
      name,
      logpoints: logpoints.map((logpoint) => ({
        identifier: logpoint.id,
        name: logpoint.name,
        user_id: logpoint.userId,
      })),
    })),
    expires_at: new Date(expiresAtMs).toISOString(),
  };
}
