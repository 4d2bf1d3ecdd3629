import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { makeAccessKey } from '../../src/accounts/access-keys.ts';
import { accessKeysSet, poolsFound, userGroupsCreate, usersCreate } from '../../src/accounts/registry.ts';
import { type ChdbEventStore, openChdbEventStore } from '../../src/adapters/chdb/chdb-event-store.ts';
import { openInProcessControlStore } from '../../src/adapters/sqlite/in-process-control-store.ts';
import type { HttpApp } from '../../src/apis/http/create-server.ts';
import type { ControlStore } from '../../src/control/control-store.ts';
import { createRegistry, incidentDeps, migrations, type RegistrySettings } from '../../src/control-registry.ts';
import { createHttpApp } from '../../src/http-app.ts';
import { createSecretBox } from '../../src/notify/secret-box.ts';
import { createOrderKinds } from '../../src/orders/order-kinds.ts';
import { OrderService } from '../../src/orders/order-service.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { isJsonObject, type JsonObject } from '../../src/shared/json.ts';
import { raise, raiseMany } from '../incidents/world.ts';

const secretKey = new Uint8Array(32).fill(7);
const settings: RegistrySettings = {
  incidents: { closeUnresolved: false, resolvePolicy: 'manageable' },
  notifications: { secretKey },
};
const by = { actor: 'test' };

export type Person = { readonly id: string; readonly username: string; readonly key: string };
export type RawAnswer = { readonly status: number; readonly text: string };

export type NodeWorld = {
  readonly url: string;
  readonly app: HttpApp;
  readonly control: ControlStore;
  readonly events: ChdbEventStore;
  readonly poolId: string;
  readonly logpointId: string;
  /** Of a console token that may do everything. */
  readonly token: string;
  readonly admin: Person;
  /** Logpoints by host name: a test adds what it needs. */
  readonly hosts: Map<string, string>;
  /** Another user with a key; of no group with rights unless `groups` says so. */
  addUser(username: string, groups?: readonly string[]): Promise<Person>;
  /** One more logpoint of its own pool: the plain paths end with it. */
  addLogpoint(name: string): Promise<{ readonly logpointId: string; readonly admin: Person }>;
  close(): Promise<void>;
};

export const secretBox = createSecretBox(secretKey);

/** A server with everything but ingest and rules: real control store, real event store, real sockets. */
export async function openNodeWorld(
  limits: { readonly rowsMax?: number; readonly bodyBytesMax?: number } = {},
): Promise<NodeWorld> {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-node-'));
  const made = createRegistry(settings);
  const tests = [raise, raiseMany].map((entry) => [entry.name, entry] as const);
  const registry = { commands: new Map([...made.commands, ...tests]), queries: made.queries };
  const control = await openInProcessControlStore({ dir, registry, migrations, clock: systemClock });
  const events = await openChdbEventStore({ dataDir: dir });
  const rowsMax = limits.rowsMax ?? 10_000;
  const shared = {
    rowsMax,
    dataBytesMax: 4_000_000,
    searchTimeoutMs: 20_000,
    linkHost: () => 'tocsin.example',
    secretKey,
  };
  const orders = new OrderService({
    services: { store: control, events, clock: systemClock },
    kinds: createOrderKinds(incidentDeps(settings), shared),
    limits: { runningMax: 4, workMsMax: 30_000 },
    retention: { keptMs: 8 * 3_600_000, keptBytesMax: 1_000_000_000 },
    onBug: (bug) => process.stderr.write(`${bug.stack}\n`),
    onPurgeFailed: (error) => process.stderr.write(`${String(error)}\n`),
  });
  await orders.start();
  const closed = (): never => {
    throw new Error('no ingest in this test');
  };
  const hosts = new Map<string, string>();
  const bodyBytesMax = limits.bodyBytesMax ?? 200_000;
  const app = await createHttpApp({
    version: '0.0.0',
    control,
    orders,
    ingest: { accept: closed },
    ingestBodyBytesMax: 1024,
    stopping: new AbortController().signal,
    logger: pino({ level: 'error' }),
    limits: { bodyBytesMax, jsonDepthMax: 16 },
    parts: {},
    isMetricsPublic: true,
    node: { events, ...shared, bodyBytesMax, jsonDepthMax: 16, doors: { hosts, ports: new Map() } },
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });

  const found = async (name: string) => {
    const key = makeAccessKey(secretBox.seal);
    const founded = await control.write(poolsFound, {
      poolName: name,
      logpointName: name,
      ip: '10.45.9.198',
      admin: {
        username: 'admin',
        email: 'admin@example.org',
        passwordHash: 'none',
        accessKeyHash: key.hash,
        accessKeySealed: key.sealed,
      },
      role: 'root',
      by,
    });
    await events.openLogpoint(founded.logpoint.id);
    return { founded, admin: { id: founded.admin.id, username: 'admin', key: key.text } };
  };
  const first = await found('LogPoint');
  const logpointId = first.founded.logpoint.id;
  const nobodies = await control.write(userGroupsCreate, { logpointId, name: 'nobodies', by });
  return {
    url,
    app,
    control,
    events,
    poolId: first.founded.pool.id,
    logpointId,
    token: first.founded.issued.token,
    admin: first.admin,
    hosts,
    async addUser(username, groups = [nobodies.id]) {
      const person = { username, email: `${username}@example.org`, firstname: username, lastname: 'Test' };
      const user = await control.write(usersCreate, {
        logpointId,
        ...person,
        passwordHash: 'none',
        usergroup: groups,
        by,
      });
      const key = makeAccessKey(secretBox.seal);
      await control.write(accessKeysSet, { logpointId, userId: user.id, hash: key.hash, sealed: key.sealed, by });
      return { id: user.id, username, key: key.text };
    },
    async addLogpoint(name) {
      const other = await found(name);
      return { logpointId: other.founded.logpoint.id, admin: other.admin };
    },
    async close() {
      await orders.close();
      await app.close();
      await events.close();
      await control.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** One request with a body whatever its method is: what `fetch` refuses for GET. */
export function send(
  url: string,
  method: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const isChunked = headers['transfer-encoding'] !== undefined;
    const length = isChunked ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const request = httpRequest(url, { method, headers: { ...length, ...headers } }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') }),
      );
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** As the clients of the vendor's integrations call: JSON, reads by GET. Every answer is HTTP 200. */
export async function call(
  world: Pick<NodeWorld, 'url'>,
  person: Person,
  path: string,
  requestData?: unknown,
  method: 'GET' | 'POST' = 'POST',
): Promise<JsonObject> {
  const body = JSON.stringify({ username: person.username, secret_key: person.key, requestData });
  const answer = await send(`${world.url}${path}`, method, body, { 'content-type': 'application/json' });
  if (answer.status !== 200) throw new Error(`HTTP ${answer.status}: ${answer.text}`);
  return objectOf(answer.text);
}

/** As the search API is called: a form. */
export async function callForm(
  world: Pick<NodeWorld, 'url'>,
  person: Person,
  path: string,
  fields: Readonly<Record<string, string>>,
): Promise<JsonObject> {
  const body = new URLSearchParams({ username: person.username, secret_key: person.key, ...fields }).toString();
  const answer = await send(`${world.url}${path}`, 'POST', body, {
    'content-type': 'application/x-www-form-urlencoded',
  });
  if (answer.status !== 200) throw new Error(`HTTP ${answer.status}: ${answer.text}`);
  return objectOf(answer.text);
}

export function objectOf(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  if (!isJsonObject(value)) throw new Error(`no object: ${text.slice(0, 200)}`);
  return value;
}

/** A list of objects in an answer; missing or null is a failure, as it is for the clients. */
export function rowsOf(answer: JsonObject, key: string): readonly JsonObject[] {
  const rows = answer[key];
  if (!Array.isArray(rows)) throw new Error(`${key} is no list: ${JSON.stringify(answer).slice(0, 300)}`);
  return rows.filter(isJsonObject);
}
