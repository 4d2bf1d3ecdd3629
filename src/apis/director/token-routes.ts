import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { type Actor, ROLES } from '../../accounts/actor.ts';
import { secretKeyReused } from '../../accounts/console-tokens.ts';
import { tokensIssue, tokensPage, tokensRefresh, tokensRevoke } from '../../accounts/registry.ts';
import { AppError } from '../../shared/errors.ts';
import { ErrorEnvelope, StringEnum } from '../http/envelope.ts';
import { actorOf } from '../http/route-guard.ts';
import type { DirectorServices } from './director-services.ts';
import { type PageAsked, PageQuery, pageHeaders, pageRequest } from './list-page.ts';
import { IssuedToken, TokenRow } from './row-schemas.ts';
import { issuedRow, tokenRow } from './token-view.ts';

const RefreshBody = Type.Object({ secretKey: Type.String({ minLength: 1, description: 'Single use, valid 72 h.' }) });
const RefreshAnswer = Type.Object({
  status: Type.Literal('Success'),
  tokenDetails: Type.Object({ secretKey: Type.String(), token: Type.String() }),
});
const IssueBody = Type.Object({
  name: Type.String({ minLength: 1 }),
  role: StringEnum(ROLES),
  pools: Type.Optional(Type.Array(Type.String())),
  always_active: Type.Optional(Type.Boolean({ description: 'The token does not expire; revoke it to end it.' })),
});
const REFUSALS = { default: ErrorEnvelope };

/** `/refreshToken` of the Director, and the administration of tokens that the command line uses over a URL. */
export function addTokenRoutes(app: FastifyInstance, { control }: DirectorServices): void {
  app.post<{ Body: { secretKey: string } }>('/refreshToken', {
    config: { permission: 'public', isGuess: true },
    schema: {
      operationId: 'RefreshToken',
      tags: ['Tokens'],
      summary: 'A new token and secret key for a secret key.',
      body: RefreshBody,
      response: { 200: RefreshAnswer, ...REFUSALS },
    },
    handler: async (request) => {
      const result = await control.write(tokensRefresh, request.body.secretKey);
      if (result.outcome === 'reused') throw secretKeyReused();
      const { secretKey, token } = result.issued;
      return { status: 'Success', tokenDetails: { secretKey, token } };
    },
  });
  app.get<{ Querystring: PageAsked }>('/tokens', {
    config: { permission: 'operate' },
    schema: {
      operationId: 'ListTokens',
      tags: ['Tokens'],
      summary: 'Tokens, newest first; with `limit` by id, page by page.',
      querystring: PageQuery,
      response: { 200: Type.Array(TokenRow), ...REFUSALS },
    },
    handler: async (request, reply) => {
      const page = await control.read(tokensPage, pageRequest(request.query));
      return reply.headers(pageHeaders(request.url, page)).send(page.rows.map(tokenRow));
    },
  });
  app.post<{ Body: { name: string; role: Actor['role']; pools?: string[]; always_active?: boolean } }>('/tokens', {
    config: { permission: 'operate' },
    schema: {
      operationId: 'IssueToken',
      tags: ['Tokens'],
      summary: 'Issues a token.',
      body: IssueBody,
      response: { 200: IssuedToken, ...REFUSALS },
    },
    handler: async (request) => {
      const { name, role, pools = [], always_active: alwaysActive } = request.body;
      const caller = actorOf(request);
      if (role === 'root' && caller.role !== 'root') {
        throw new AppError(
          'forbidden',
          'ACCESS_FORBIDDEN',
          'only a token with the role root issues tokens with the role root',
        );
      }
      const by = { actor: caller.name, requestId: request.id };
      return issuedRow(await control.write(tokensIssue, { name, role, pools, alwaysActive, by }));
    },
  });
  app.post<{ Params: { id: string } }>('/tokens/:id/revoke', {
    config: { permission: 'operate' },
    schema: {
      operationId: 'RevokeToken',
      tags: ['Tokens'],
      summary: 'Ends a token at once.',
      params: Type.Object({ id: Type.String() }),
      response: { 200: Type.Object({ revoked: Type.Boolean() }), ...REFUSALS },
    },
    handler: async (request) => {
      const operator = actorOf(request);
      const by = { actor: operator.name, requestId: request.id };
      return { revoked: await control.write(tokensRevoke, { tokenId: request.params.id, by, operator }) };
    },
  });
}
