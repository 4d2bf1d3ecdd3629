import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { accountsMigrations } from '../accounts/migrations.ts';
import { createSenders } from '../adapters/senders.ts';
import { openInProcessControlStore } from '../adapters/sqlite/in-process-control-store.ts';
import { auditMigrations } from '../audit/migrations.ts';
import { type ControlStore, command, query, registryOf } from '../control/control-store.ts';
import { newHex32, newObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import { tenancyMigrations } from '../tenancy/migrations.ts';
import { createDispatcher } from './dispatcher.ts';
import { createEgressPolicy } from './egress-policy.ts';
import type { MessageContent } from './message-content.ts';
import { notifyMigrations } from './migrations.ts';
import { enqueueNotifications } from './outbox.ts';
import { incidentDeliveriesQuery, notifyEntries } from './registry.ts';
import {
  getRuleNotification,
  type StoredNotification,
  secretContext,
  setRuleNotification,
} from './rule-notification.ts';
import { createSecretBox } from './secret-box.ts';
import { readSshNotification } from './ssh-input.ts';

// From the sealed setting to the command of another host, with the host key that is pinned on the way.

const LOGPOINT = newHex32();
const RULE = newObjectId(0);
const NOW_MS = 1_700_000_000_000;
const box = createSecretBox(Buffer.alloc(32, 7));
const newKey = (): string =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const HOST_KEY = newKey();

const setCommand = command('test.set', (tx, input: StoredNotification) => setRuleNotification(tx, input));
const stored = query('test.stored', (tx, _: null) => getRuleNotification(tx, LOGPOINT, RULE, 'ssh'));
const raise = command('test.raise', (tx, content: MessageContent) =>
  enqueueNotifications(tx, {
    ...{ logpointId: LOGPOINT, incidentId: content.incidentId, ruleId: RULE, cause: 'raised' },
    content: () => content,
  }),
);

let dir: string;
let store: ControlStore;
let ran: string[];
let server: ssh2.Server;
beforeEach(async () => {
  ran = [];
  dir = mkdtempSync(join(tmpdir(), 'tocsin-ssh-delivery-'));
  store = await openInProcessControlStore({
    dir,
    registry: registryOf([...notifyEntries, setCommand, raise, stored]),
    migrations: [...tenancyMigrations, ...accountsMigrations, ...auditMigrations, ...notifyMigrations],
    clock: () => NOW_MS,
  });
});
afterEach(async () => {
  await new Promise<void>((resolve) => server.close(() => resolve()));
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

async function listen(hostKey: string, port = 0): Promise<number> {
  server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (auth) => {
      if (auth.method === 'password' && auth.password === 'geheim1') auth.accept();
      else auth.reject(['password']);
    });
    client.on('session', (accept) =>
      accept().on('exec', (acceptExec, _reject, { command: text }) => {
        ran.push(text);
        const channel = acceptExec();
        channel.resume();
        channel.exit(0);
        channel.end();
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  return (server.address() as AddressInfo).port;
}

async function set(port: number, data: JsonObject): Promise<void> {
  const input = readSshNotification({
    ...{ notify_ssh: 'on', ssh_server: '127.0.0.1', ssh_port: port, ssh_username: 'soc', ssh_auth_type: 'password' },
    ...{ ssh_auth_password: 'geheim1', ssh_command: 'respond {{ alert_name }}', ...data },
  });
  if (input.kind === 'off') throw new Error('the notification is off');
  expect(input.errors).toEqual({});
  const { dispatchOption, settings, thresholdMs, notifyOn } = input;
  const sealedSecrets = box.seal(JSON.stringify(input.secrets), secretContext(LOGPOINT, RULE, 'ssh'));
  await store.write(setCommand, {
    ...{ logpointId: LOGPOINT, ruleId: RULE, dispatchOption, settings, thresholdMs, notifyOn, sealedSecrets },
  });
}

/** Raises one incident and makes one attempt; answers what the log says of it. */
async function deliver() {
  const content: MessageContent = {
    ...{ logpointId: LOGPOINT, incidentId: newObjectId(0), ruleId: RULE, seriesId: newHex32(), number: 'INC-1' },
    ...{ ownerId: newObjectId(0), alertName: "o'brien; reboot", description: '', detectedAtMs: NOW_MS, risk: 'low' },
    ...{ status: 'unresolved', rowsCount: 1, hits: 1, query: '', repos: [], limit: 1, windowFromMs: 0, windowToMs: 1 },
    ...{ attackIds: [], attackTags: [], attackCategories: [], logSources: [], metadata: [] },
  };
  await store.write(raise, content);
  const dispatcher = createDispatcher({
    ...{ store, clock: () => NOW_MS, secretBox: box, sshKey: null, linkHost: '', backoffBaseMs: 100 },
    senders: createSenders({ egress: createEgressPolicy(['127.0.0.0/8']), clock: () => NOW_MS, email: null }),
    rows: async () => [],
    onProblem: (error) => {
      throw error;
    },
  });
  await dispatcher.tick();
  await dispatcher.settled();
  await dispatcher.stop();
  const { incidentId } = content;
  const [delivery] = await store.read(incidentDeliveriesQuery, { logpointId: LOGPOINT, incidentId });
  return delivery;
}

const pin = async (): Promise<string> => {
  const notification = await store.read(stored, null);
  return notification?.settings.channel === 'ssh' ? notification.settings.hostKey : '';
};

test('the first key is pinned, and a host that shows another one later is told nothing', async () => {
  const port = await listen(HOST_KEY);
  await set(port, { ssh_trust_first_key: 'on' });
  expect(await deliver()).toMatchObject({ state: 'delivered', attempts: [{ outcome: 'delivered', status: 0 }] });
  expect(ran).toEqual(["respond 'o'\\''brien; reboot'"]);
  const pinned = await pin();
  const parsed = ssh2.utils.parseKey(HOST_KEY);
  if (parsed instanceof Error) throw parsed;
  const digest = createHash('sha256').update(parsed.getPublicSSH()).digest('base64').replace(/=+$/, '');
  expect(pinned).toBe(`SHA256:${digest}`);

  await new Promise<void>((resolve) => server.close(() => resolve()));
  await listen(newKey(), port);
  expect(await deliver()).toMatchObject({ state: 'queued', reason: expect.stringContaining('not the pinned one') });
  expect([await pin(), ran.length]).toEqual([pinned, 1]);
});

test('without a pin and without trust in the first key nothing is sent, and the log names the key that was seen', async () => {
  await set(await listen(HOST_KEY), {});
  expect(await deliver()).toMatchObject({ state: 'queued', reason: expect.stringMatching(/host key SHA256:\S{43}/) });
  expect([await pin(), ran]).toEqual(['', []]);
});
