import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { ROLES, type Role } from '../../accounts/actor.ts';
import { passwordFault } from '../../accounts/check-user.ts';
import { accountRow } from '../../accounts/console-account.ts';
import type { Operator } from '../../accounts/console-accounts.ts';
import { hashPassword } from '../../accounts/password.ts';
import { accountsCreate, accountsDelete, accountsEdit, accountsPage, accountsUnlock } from '../../accounts/registry.ts';
import type { ControlStore } from '../../control/control-store.ts';
import { AppError } from '../../shared/errors.ts';
import type { Author } from '../../tenancy/author.ts';
import { type PageAsked, PageQuery, pageHeaders, pageRequest } from '../director/list-page.ts';
import { ErrorEnvelope, StringEnum } from '../http/envelope.ts';
import { actorOf } from '../http/route-guard.ts';
import { AccountSchema, PoolIds } from './account-schema.ts';

const REFUSALS = { default: ErrorEnvelope };
const ById = Type.Object({ id: Type.String({ description: 'Object id: 24 lower-case hex digits.' }) });

const CreateBody = Type.Object({
  username: Type.String({ minLength: 1, description: '2 to 50 characters, unique in the server.' }),
  name: Type.Optional(Type.String({ minLength: 1, description: 'What the person is called.' })),
  role: StringEnum(ROLES),
  pools: Type.Optional(PoolIds),
  password: Type.String({ minLength: 1, description: '8 to 1024 characters; kept only as a hash.' }),
});
const EditBody = Type.Object({
  name: Type.Optional(Type.String({ minLength: 1 })),
  role: Type.Optional(StringEnum(ROLES)),
  pools: Type.Optional(PoolIds),
  active: Type.Optional(Type.Boolean()),
  password: Type.Optional(Type.String({ minLength: 1, description: 'A new password; ends the sessions.' })),
});
type CreateInput = { username: string; name?: string; role: Role; pools?: string[]; password: string };
type EditInput = { name?: string; role?: Role; pools?: string[]; active?: boolean; password?: string };

/** `/accounts`: the people who sign in to the console. Answered at once; they belong to no logpoint. */
export function addAccountRoutes(app: FastifyInstance, { control }: { readonly control: ControlStore }): void {
  app.get<{ Querystring: PageAsked }>('/accounts', {
    config: { permission: 'operate' },
    schema: {
      operationId: 'ListAccounts',
      tags: ['Accounts'],
      summary: 'Console accounts by username; with `limit` by id, page by page.',
      querystring: PageQuery,
      response: { 200: Type.Array(AccountSchema), ...REFUSALS },
    },
    handler: async (request, reply) => {
      const page = await control.read(accountsPage, pageRequest(request.query));
      return reply.headers(pageHeaders(request.url, page)).send(page.rows.map(accountRow));
    },
  });
  app.post<{ Body: CreateInput }>('/accounts', {
    config: { permission: 'operate' },
    schema: {
      operationId: 'CreateAccount',
      tags: ['Accounts'],
      summary: 'Creates a console account. Only root creates one with the role root.',
      body: CreateBody,
      response: { 200: AccountSchema, ...REFUSALS },
    },
    handler: async (request) => {
      const { username, name, role, pools = [], password } = request.body;
      const passwordHash = await hashOf(password);
      return accountRow(
        await control.write(accountsCreate, { username, name, role, pools, passwordHash, ...callerOf(request) }),
      );
    },
  });
  app.put<{ Params: { id: string }; Body: EditInput }>('/accounts/:id', {
    config: { permission: 'operate' },
    schema: {
      operationId: 'EditAccount',
      tags: ['Accounts'],
      summary:
        'Changes what is given, keeps the rest. Sessions end with another role, other pools or another password.',
      params: ById,
      body: EditBody,
      response: { 200: AccountSchema, ...REFUSALS },
    },
    handler: async (request) => {
      const { name, role, pools, active, password } = request.body;
      const passwordHash = password === undefined ? undefined : await hashOf(password);
      const edit = { name, role, pools, active, passwordHash };
      return accountRow(await control.write(accountsEdit, { id: request.params.id, edit, ...callerOf(request) }));
    },
  });
  app.delete<{ Params: { id: string } }>('/accounts/:id', {
    config: { permission: 'operate' },
    schema: {
      operationId: 'DeleteAccount',
      tags: ['Accounts'],
      summary: 'Removes a console account and ends its sessions.',
      params: ById,
      response: { 200: AccountSchema, ...REFUSALS },
    },
    handler: async (request) =>
      accountRow(await control.write(accountsDelete, { id: request.params.id, ...callerOf(request) })),
  });
  app.post<{ Params: { id: string } }>('/accounts/:id/unlock', {
    config: { permission: 'operate' },
    schema: {
      operationId: 'UnlockAccount',
      tags: ['Accounts'],
      summary: 'Ends a lockout.',
      params: ById,
      response: { 200: AccountSchema, ...REFUSALS },
    },
    handler: async (request) =>
      accountRow(await control.write(accountsUnlock, { id: request.params.id, ...callerOf(request) })),
  });
}

function callerOf(request: FastifyRequest): { by: Author; operator: Operator } {
  const { name, role, session } = actorOf(request);
  return { by: { actor: name, requestId: request.id }, operator: { role, accountId: session?.accountId } };
}

async function hashOf(password: string): Promise<string> {
  const fault = passwordFault(password);
  if (fault !== null) throw new AppError('invalid', 'ACCOUNT_INVALID', `password: ${fault}`);
  return hashPassword(password);
}
