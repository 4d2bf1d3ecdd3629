import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { SignIn } from '../../accounts/sign-in.ts';
import { ErrorEnvelope } from '../http/envelope.ts';
import { originOf, sessionActor } from './auth-routes.ts';

const REFUSALS = { default: ErrorEnvelope };
const CodeBody = Type.Object({ code: Type.String({ minLength: 1, maxLength: 64 }) });

/** One-time codes (TOTP) of the account that is signed in. */
export function addCodeRoutes(app: FastifyInstance, signIn: SignIn): void {
  app.post('/auth/totp/enroll', {
    config: { permission: 'session' },
    schema: {
      operationId: 'EnrollTotp',
      tags: ['Sign-in'],
      summary: 'A secret for an authenticator app; codes are asked for once one was confirmed.',
      response: {
        200: Type.Object({
          status: Type.Literal('Success'),
          secret: Type.String({ description: 'Base 32.' }),
          uri: Type.String({ description: 'otpauth://…, what a QR code shows.' }),
        }),
        ...REFUSALS,
      },
    },
    handler: async (request) => {
      const { name, session } = sessionActor(request);
      const by = { actor: name, requestId: request.id };
      return { status: 'Success', ...(await signIn.enrolCode({ id: session.accountId, username: name }, by)) };
    },
  });
  app.post<{ Body: { code: string } }>('/auth/totp/confirm', {
    config: { permission: 'session' },
    schema: {
      operationId: 'ConfirmTotp',
      tags: ['Sign-in'],
      summary: 'From now on logins ask for a code. Answers the recovery codes, shown this once.',
      body: CodeBody,
      response: {
        200: Type.Object({ status: Type.Literal('Success'), recovery_codes: Type.Array(Type.String()) }),
        ...REFUSALS,
      },
    },
    handler: async (request) => {
      const { name, session } = sessionActor(request);
      const account = { id: session.accountId, username: name };
      const by = { actor: name, requestId: request.id };
      const codes = await signIn.confirmCode(account, request.body.code, by, originOf(request));
      return { status: 'Success', recovery_codes: codes };
    },
  });
  app.post<{ Body: { code: string } }>('/auth/totp/disable', {
    config: { permission: 'session' },
    schema: {
      operationId: 'DisableTotp',
      tags: ['Sign-in'],
      summary: 'Codes are no longer asked for. Needs one more.',
      body: CodeBody,
      response: { 200: Type.Object({ status: Type.Literal('Success') }), ...REFUSALS },
    },
    handler: async (request) => {
      const { name, session } = sessionActor(request);
      const account = { id: session.accountId, username: name };
      await signIn.disableCode(account, request.body.code, { actor: name, requestId: request.id }, originOf(request));
      return { status: 'Success' };
    },
  });
}
