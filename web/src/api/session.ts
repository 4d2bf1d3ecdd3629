import type { Json } from '../../../src/shared/json.ts';
import { call, getJson } from './call.ts';
import { credentials } from './credentials.ts';
import { objectOf, rowsOf, textOf, textOrNull } from './read-json.ts';

export type SessionLogpoint = {
  readonly id: string;
  readonly name: string;
  /** Who acts here: the logpoint's user with the account's name; null when there is none. */
  readonly userId: string | null;
};
export type SessionPool = {
  readonly id: string;
  readonly name: string;
  readonly logpoints: readonly SessionLogpoint[];
};
export type Session = {
  readonly username: string;
  readonly name: string;
  readonly role: string;
  readonly hasTotp: boolean;
  readonly pools: readonly SessionPool[];
};
export type AuthMethods = {
  readonly hasPassword: boolean;
  readonly oidc: readonly { readonly id: string; readonly name: string }[];
};

/** Who is signed in and where they may go. @throws ApiError, `signed-out` among others */
export async function readSession(): Promise<Session> {
  if (credentials.hasToken()) return readTokenSession();
  const me = objectOf((await call('/auth/me', { isSignIn: true })).value);
  const account = objectOf(me['account']);
  return {
    username: textOf(account['username']),
    name: textOf(account['name']) || textOf(account['username']),
    role: textOf(account['role']),
    hasTotp: account['totp'] === true,
    pools: rowsOf(me['pools']).map((pool) => ({
      id: textOf(pool['pool_uuid']),
      name: textOf(pool['name']),
      logpoints: rowsOf(pool['logpoints']).map((logpoint) => ({
        id: textOf(logpoint['identifier']),
        name: textOf(logpoint['name']),
        userId: textOrNull(logpoint['user_id']),
      })),
    })),
  };
}

/** With a pasted API token: what it reaches; the acting user is the logpoint's first active one. */
async function readTokenSession(): Promise<Session> {
  const { value } = await call('/monitorapi/v1/director/poolinfo', { isSignIn: true });
  const pools = await Promise.all(
    rowsOf(value).map(async (pool) => ({
      id: textOf(pool['pool_uuid']),
      name: textOf(pool['name']),
      logpoints: await Promise.all(
        rowsOf(pool['machines']).map(async (machine) => ({
          id: textOf(machine['identifier']),
          name: textOf(machine['name']),
          userId: await firstUser(textOf(pool['pool_uuid']), textOf(machine['identifier'])),
        })),
      ),
    })),
  );
  return { username: 'token', name: 'API token', role: '', hasTotp: false, pools };
}

async function firstUser(pool: string, logpoint: string): Promise<string | null> {
  const users = rowsOf(await getJson(`/configapi/${pool}/${logpoint}/Users`));
  return textOrNull(users.find((user) => user['active'] !== false)?.['id']);
}

export async function readAuthMethods(): Promise<AuthMethods> {
  const methods = objectOf((await call('/auth/methods', { isSignIn: true })).value);
  return {
    hasPassword: methods['password'] !== false,
    oidc: rowsOf(methods['oidc']).map((provider) => ({ id: textOf(provider['id']), name: textOf(provider['name']) })),
  };
}

export async function signIn(username: string, password: string, code: string | null): Promise<void> {
  const body: Record<string, Json> = { username, password };
  if (code !== null) body['code'] = code;
  credentials.useToken(null);
  await call('/auth/login', { method: 'POST', body, isSignIn: true });
}

export async function signOut(): Promise<void> {
  if (!credentials.hasToken()) await call('/auth/logout', { method: 'POST', body: {}, isSignIn: true });
  credentials.signedOut();
}
