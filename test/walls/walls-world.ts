import { hashPassword } from '../../src/accounts/password.ts';
import { accountsCreate, tokensIssue, tokensRevoke } from '../../src/accounts/registry.ts';
import { command, query } from '../../src/control/control-store.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/shared/json.ts';
import { createLogpoint } from '../../src/tenancy/logpoints.ts';
import { type DirectorWorld, openDirectorWorld } from '../director/director-world.ts';

export type Route = {
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly permission: string;
  readonly body: JsonObject | null;
  /** A stream of events has no end that a test could wait for. */
  readonly isStream: boolean;
};

const dump = query('test.dump', async (tx, _: Record<never, never>) => {
  const tables = await tx.all<{ name: string }>(
    "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name",
  );
  const rows: Record<string, string[]> = {};
  for (const { name } of tables)
    rows[name] = (await tx.all(`select * from "${name}"`)).map((row) => JSON.stringify(row)).sort();
  return rows;
});
const addLogpoint = command('test.logpoint', (tx, poolId: string) =>
  createLogpoint(tx, { poolId, name: 'sibling', by: { actor: 'setup' } }),
);

export const PASSWORD = 'correct horse battery';
const by = { actor: 'setup' };

/** The tenants acme and other, a second logpoint in acme's pool, and a credential of every kind. */
export async function openWalls() {
  const world: DirectorWorld = await openDirectorWorld([dump, addLogpoint]);
  const { store, acme } = world;
  const sibling = await store.write(addLogpoint, acme.pool.id);
  const token = async (role: 'root' | 'admin') =>
    (await store.write(tokensIssue, { name: `${role} of the walls`, role, pools: [], by })).token;
  const revoked = await store.write(tokensIssue, { name: 'revoked', role: 'root', pools: [], by });
  await store.write(tokensRevoke, { tokenId: revoked.tokenId, by });
  const passwordHash = await hashPassword(PASSWORD);
  const operator = { role: 'root' } as const;
  for (const [username, role] of [
    ['rita', 'readonly'],
    ['ruth', 'root'],
  ] as const) {
    await store.write(accountsCreate, { username, role, pools: [acme.pool.id], passwordHash, by, operator });
  }
  const login = async (username: string): Promise<string> => {
    const payload = { username, password: PASSWORD };
    const answer = await world.app.inject({ method: 'POST', url: '/auth/login', payload });
    return `tocsin_session=${answer.cookies[0]?.value ?? ''}`;
  };
  const bearer = (text: string): Record<string, string> => ({ authorization: `Bearer ${text}` });
  return {
    ...world,
    sibling,
    login,
    dump: () => store.read(dump, {}),
    routes: routesOf(JSON.parse((await world.app.inject('/openapi.json')).body)),
    credentials: {
      none: {},
      unknown: bearer('tct_unknown'),
      malformed: { authorization: 'Basic cm9vdDpyb290' },
      revoked: bearer(revoked.token),
      deadCookie: { cookie: 'tocsin_session=tss_unknown' },
      root: bearer(await token('root')),
      admin: bearer(await token('admin')),
      engineer: bearer(acme.issued.token),
      readonly: bearer(await world.token('readonly')),
      foreignEngineer: bearer(world.other.issued.token),
    } as const,
  };
}
export type Walls = Awaited<ReturnType<typeof openWalls>>;

function routesOf(document: JsonObject): Route[] {
  const paths = isJsonObject(document['paths']) ? document['paths'] : {};
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(isJsonObject(item) ? item : {}).flatMap(([verb, operation]): Route[] => {
      if (!isJsonObject(operation)) return [];
      const method = verb.toUpperCase();
      if (method !== 'GET' && method !== 'POST' && method !== 'PUT' && method !== 'DELETE') return [];
      const permission = String(operation['x-permission']);
      return [
        {
          name: `${method} ${path}`,
          method,
          path,
          permission,
          body: bodyOf(operation),
          isStream: path.startsWith('/events/'),
        },
      ];
    }),
  );
}

function bodyOf(operation: JsonObject): JsonObject | null {
  const body = operation['requestBody'];
  const content = isJsonObject(body) ? body['content'] : null;
  const json = isJsonObject(content) ? content['application/json'] : null;
  if (!isJsonObject(json)) return null;
  const made = sample(json['schema'] ?? {});
  return isJsonObject(made) ? made : null;
}

/** A value that fits the schema: what is required, and nothing else. */
function sample(schema: Json): Json {
  if (!isJsonObject(schema)) return 'x';
  if (schema['const'] !== undefined) return schema['const'];
  const [choice] = Array.isArray(schema['enum']) ? schema['enum'] : [];
  if (choice !== undefined) return choice;
  const [branch] = Array.isArray(schema['anyOf']) ? schema['anyOf'] : [];
  if (branch !== undefined) return sample(branch);
  switch (schema['type']) {
    case 'object': {
      const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
      const required: readonly Json[] = Array.isArray(schema['required']) ? schema['required'] : [];
      return Object.fromEntries(required.map((name) => [String(name), sample(properties[String(name)] ?? {})]));
    }
    case 'array':
      return Number(schema['minItems'] ?? 0) > 0 ? [sample(schema['items'] ?? {})] : [];
    case 'integer':
    case 'number':
      return schema['minimum'] ?? 1;
    case 'boolean':
      return true;
    default:
      return 'xxxxxxxx'.padEnd(Number(schema['minLength'] ?? 0), 'x');
  }
}

const NOBODY = '0'.repeat(24);

/** The path with the tenant and `id` for every other parameter. */
export const pathOf = (route: Route, poolId: string, logpointId: string, id: string = NOBODY): string =>
  route.path
    .replace('{pool}', poolId)
    .replace('{logpoint}', logpointId)
    .replace(/\{[^}]+\}/g, id);

export async function ask(
  walls: Walls,
  route: Route,
  url: string,
  headers: Readonly<Record<string, string>>,
  body = route.body,
) {
  const answer = await walls.app.inject({
    method: route.method,
    url,
    headers: { ...headers },
    remoteAddress: '192.0.2.9',
    ...(route.method === 'GET' || body === null ? {} : { payload: body }),
  });
  let json: Json = null;
  try {
    json = JSON.parse(answer.body);
  } catch {
    json = null;
  }
  return {
    status: answer.statusCode,
    body: isJsonObject(json) ? json : {},
    headers: answer.headers,
    text: answer.body,
  };
}
