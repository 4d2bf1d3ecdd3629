import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createEgressPolicy } from '../../notify/egress-policy.ts';
import {
  type HttpMessage,
  type HttpSender,
  retryAfterMs,
  shownUrl,
  webhookHeaders,
} from '../../notify/http-message.ts';
import { createHttpSender, type HttpSenderOptions } from './http-sender.ts';

const NOW_MS = 1_700_000_000_000;
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function listen(onRequest: RequestListener): Promise<string> {
  const server: Server = createServer(onRequest);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function sender(given: Partial<HttpSenderOptions> = {}): HttpSender {
  const made = createHttpSender({ egress: createEgressPolicy(['127.0.0.0/8']), clock: () => NOW_MS, ...given });
  closers.push(() => made.close());
  return made;
}

const message = (url: string, given: Partial<HttpMessage> = {}): HttpMessage => ({
  method: 'POST',
  url,
  headers: { 'content-type': 'application/json' },
  body: '{"a":1}',
  secrets: [],
  ...given,
});

const send = (to: HttpSender, wanted: HttpMessage) => to.send(wanted, new AbortController().signal);

type Seen = { method: string | undefined; url: string | undefined; headers: IncomingHttpHeaders; body: string };
function recorder(): { readonly seen: Seen[]; readonly listener: RequestListener } {
  const seen: Seen[] = [];
  return {
    seen,
    listener: (request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on('end', () => {
        seen.push({ method: request.method, url: request.url, headers: request.headers, body });
        response.end('thanks');
      });
    },
  };
}

test('every method arrives with its path, headers and body', async () => {
  const { seen, listener } = recorder();
  const url = await listen(listener);
  const http = sender();
  for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD'] as const) {
    const hasBody = method === 'POST' || method === 'PUT' || method === 'PATCH';
    const outcome = await send(http, message(`${url}/in?x=1`, { method, body: hasBody ? 'text' : null }));
    expect([outcome.kind, outcome.status]).toEqual(['delivered', 200]);
    expect(outcome.answer).toBe(method === 'HEAD' ? '' : 'thanks');
  }
  expect(seen.map(({ method, url, body }) => `${method} ${url} ${body}`)).toEqual([
    'GET /in?x=1 ',
    'POST /in?x=1 text',
    'PUT /in?x=1 text',
    'DELETE /in?x=1 ',
    'PATCH /in?x=1 text',
    'HEAD /in?x=1 ',
  ]);
});

test.each([
  [200, 'delivered'],
  [204, 'delivered'],
  [301, 'dead'],
  [400, 'dead'],
  [404, 'dead'],
  [410, 'dead'],
  [429, 'retry'],
  [500, 'retry'],
  [503, 'retry'],
])('an answer of %i is %s', async (status, kind) => {
  const url = await listen((_request, response) => {
    response.writeHead(status, status === 429 ? { 'retry-after': '7' } : {}).end();
  });
  const outcome = await send(sender(), message(url));
  expect([outcome.kind, outcome.status]).toEqual([kind, status]);
  expect(outcome.retryAfterMs).toBe(status === 429 ? 7000 : null);
});

test('a redirect is not followed and the error says so', async () => {
  const { seen, listener } = recorder();
  const inner = await listen(listener);
  const url = await listen((_request, response) => response.writeHead(307, { location: inner }).end());
  const outcome = await send(sender(), message(url));
  expect(outcome.kind).toBe('dead');
  expect(outcome.error).toContain('redirects are not followed');
  expect(seen).toEqual([]);
});

test('nobody there, and an answer that never comes, are tried again', async () => {
  const silent = createTcpServer();
  const sockets: Socket[] = [];
  silent.on('connection', (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  const late = await send(sender({ timeoutMs: 100 }), message(`http://127.0.0.1:${port}`));
  expect([late.kind, late.error]).toEqual(['retry', 'no answer within 100 ms']);
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => silent.close(resolve));
  const refused = await send(sender(), message(`http://127.0.0.1:${port}`));
  expect(refused.kind).toBe('retry');
  expect(refused.error).toContain('ECONNREFUSED');
});

test('an answer without end is cut', async () => {
  const url = await listen((_request, response) => {
    const pump = (): void => {
      while (!response.destroyed && response.write('x'.repeat(10_000)));
    };
    response.on('drain', pump);
    pump();
  });
  const outcome = await send(sender(), message(url));
  expect([outcome.kind, outcome.answer.length]).toEqual(['delivered', 1000]);
});

test('an echoed secret does not reach the log', async () => {
  const url = await listen((request, response) => response.writeHead(400).end(`bad ${request.headers.authorization}`));
  const secret = 'Bearer s3cret-token';
  const outcome = await send(sender(), message(url, { headers: { authorization: secret }, secrets: ['s3cret-token'] }));
  expect(outcome.answer).toBe('bad Bearer [redacted]');
});

test('an address that the policy refuses is never connected to, in whatever form it comes', async () => {
  const { seen, listener } = recorder();
  const url = await listen(listener);
  const { port } = new URL(url);
  const http = sender({ egress: createEgressPolicy([]) });
  for (const host of [
    '127.0.0.1',
    '[::ffff:127.0.0.1]',
    '[::1]',
    '2130706433',
    '0x7f.1',
    '0',
    'localhost',
    '169.254.169.254',
  ]) {
    const outcome = await send(http, message(`http://${host}:${port}/`));
    expect([host, outcome.kind]).toEqual([host, 'dead']);
    expect(outcome.error).toContain('refused');
  }
  expect(seen).toEqual([]);
});

test('a public name that resolves to loopback is refused after DNS, also behind a good address', async () => {
  const { seen, listener } = recorder();
  const { port } = new URL(await listen(listener));
  const http = sender({
    egress: createEgressPolicy([]),
    resolve: (_host, done) =>
      done(null, [
        { address: '::ffff:127.0.0.1', family: 6 },
        { address: '127.0.0.1', family: 4 },
      ]),
  });
  const outcome = await send(http, message(`http://hooks.example.com:${port}/`));
  expect(outcome.kind).toBe('dead');
  expect(outcome.error).toContain('egress to hooks.example.com refused');
  expect(seen).toEqual([]);
});

test('the same name goes through when the network is allowed', async () => {
  const { seen, listener } = recorder();
  const { port } = new URL(await listen(listener));
  const http = sender({
    resolve: (_host, done) =>
      done(null, [
        { address: '10.0.0.1', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ]),
  });
  expect((await send(http, message(`http://hooks.example.com:${port}/`))).kind).toBe('delivered');
  expect(seen).toHaveLength(1);
});

test('a header with a line break is never sent', async () => {
  const { seen, listener } = recorder();
  const url = await listen(listener);
  const outcome = await send(sender(), message(url, { headers: { 'x-token': 'a\r\nx-injected: 1' } }));
  expect(outcome.kind).toBe('dead');
  expect(seen).toEqual([]);
});

test('the signature is the one of the Standard Webhooks examples', () => {
  const headers = webhookHeaders('msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330_000, '{"test": 2432232314}', [
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  ]);
  expect(headers).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test('Retry-After is read as seconds and as a date', () => {
  expect(retryAfterMs('120', NOW_MS)).toBe(120_000);
  expect(retryAfterMs(new Date(NOW_MS + 5000).toUTCString(), NOW_MS)).toBe(5000);
  expect([retryAfterMs('soon', NOW_MS), retryAfterMs(undefined, NOW_MS), retryAfterMs('-1', NOW_MS)]).toEqual([
    null,
    null,
    null,
  ]);
});

test('the log shows neither values of the query nor long segments of the path', () => {
  expect(shownUrl('https://hooks.example/services/T0001/abcdefghijklmnop1234?token=x&b=2')).toBe(
    'https://hooks.example/services/T0001/abcd…?token&b',
  );
});
