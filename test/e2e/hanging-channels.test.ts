import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../src/shared/json.ts';
import { Director, eventually, type Founded, initFolder, ServerProcess, temporaryFolder } from './tocsin-process.ts';

// Receivers that take a connection and never answer, for every channel that waits for one: logs and orders must not notice.
// Beside that server stands a quiet one, and both are asked in turn, so that other work on the machine is in both times.

const INCIDENTS = 60;
const ROUNDS = 60;
const LINES = 500;
/** Noise of a busy machine; a channel that held something up would cost its time-out of ten seconds and more. */
const SLOWER_MAX = 4;
const EXTRA_MS = 100;

const folder = temporaryFolder();
const sockets: Socket[] = [];
const begun = new Map<string, number>();
const servers: Server[] = [];
type Node = { readonly founded: Founded; readonly server: ServerProcess; readonly director: Director };
const nodes: Node[] = [];

async function hang(channel: string): Promise<number> {
  const listener = createServer((socket) => {
    sockets.push(socket);
    begun.set(channel, (begun.get(channel) ?? 0) + 1);
    socket.on('error', () => undefined);
    socket.resume();
  });
  servers.push(listener);
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return (listener.address() as AddressInfo).port;
}

const ports: Record<string, number> = {};
beforeAll(async () => {
  for (const channel of ['email', 'http', 'syslog', 'ssh', 'sms']) ports[channel] = await hang(channel);
  const mail = ['--smtp-host', '127.0.0.1', '--smtp-port', String(ports['email']), '--smtp-security', 'none'];
  for (const name of ['hanging', 'quiet']) {
    const founded = await initFolder(`${folder.dir}/${name}`);
    const server = await ServerProcess.start(`${folder.dir}/${name}`, '--egress-allow', '127.0.0.0/8', ...mail);
    nodes.push({ founded, server, director: new Director(server.url, founded) });
  }
});
afterAll(async () => {
  for (const { server } of nodes) await server.kill();
  for (const socket of sockets) socket.destroy();
  for (const listener of servers) await new Promise((resolve) => listener.close(resolve));
  folder.remove();
});

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** Median times of each kind of work, the works taken in turn. */
async function timesOf(works: readonly (() => Promise<unknown>)[]): Promise<readonly number[]> {
  const times = works.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [at, work] of works.entries()) {
      const from = performance.now();
      await work();
      times[at]?.push(performance.now() - from);
    }
  }
  return times.map(median);
}

const lines = '{"user":"alice"}\n'.repeat(LINES);

/** A rule with one incident; answers the rule's id and what is done to the server again and again. */
async function prepare({ director, founded }: Node) {
  const created = await director.order('AlertRules', {
    ...{ searchname: 'Hanging', owner: founded.admin.id, repos: ['default'], query: 'user=mallory', limit: 10 },
    ...{ timerange_minute: 5, condition_option: 'greaterthan', condition_value: 0, risk: 'low', aggregate: 'max' },
    flush_on_trigger: 'on',
  });
  await director.ingest('{"user":"mallory"}\n');
  const incident = await eventually(async () => (await director.rows('Incidents/fetch', {}))[0], 'an incident');
  const path = `Incidents/${String(incident['id'])}/comment`;
  const comment = () => director.order(path, { incident_user_id: founded.admin.id, comment: 'seen' });
  const logs = async () => expect((await director.ingest(lines)).status).toBe(200);
  return { ruleId: String(created['id']), comment, logs };
}

test('with every channel hanging, logs are taken and orders done as before', async () => {
  const [node, quietNode] = nodes;
  if (node === undefined || quietNode === undefined) throw new Error('no servers');
  const { ruleId, comment, logs } = await prepare(node);
  const quiet = await prepare(quietNode);
  const { director } = node;
  const rule = `AlertRules/${ruleId}`;
  const host = '127.0.0.1';
  const port = (channel: string): number => ports[channel] ?? 0;
  const channels: readonly (readonly [string, JsonObject])[] = [
    ['Email', { notify_email: 'on', email_emails: ['soc@example.org'] }],
    ['HTTP', { notify_http: 'on', http_url: `http://${host}:${port('http')}/`, http_request_type: 'POST' }],
    ['Syslog', { notify_syslog: 'on', server: host, port: port('syslog'), protocol: 'TLS', severity: 4 }],
    [
      'SSH',
      {
        ...{ notify_ssh: 'on', ssh_server: host, ssh_port: port('ssh'), ssh_username: 'soc', ssh_command: 'true' },
        ...{ ssh_auth_type: 'password', ssh_auth_password: 'x', ssh_trust_first_key: 'on' },
      },
    ],
    [
      'SMS',
      {
        ...{ notify_sms: 'on', sms_server: host, sms_port: port('sms'), sms_sender: 'Tocsin', sms_username: 'u' },
        sms_receivers: ['4512345678'],
      },
    ],
  ];
  for (const [name, data] of channels) {
    expect(await director.order(`${rule}/${name}Notification`, data)).toMatchObject({ success: true });
  }
  for (let i = 0; i < INCIDENTS; i += 1) {
    for (const { director: either } of nodes) await either.ingest('{"user":"mallory"}\n');
  }
  await eventually(async () => (begun.size === channels.length ? true : undefined), 'every channel to hang');

  const [order = 0, quietOrder = 0] = await timesOf([comment, quiet.comment]);
  const [ingest = 0, quietIngest = 0] = await timesOf([logs, quiet.logs]);
  expect(order).toBeLessThan(quietOrder * SLOWER_MAX + EXTRA_MS);
  expect(ingest).toBeLessThan(quietIngest * SLOWER_MAX + EXTRA_MS);
});
