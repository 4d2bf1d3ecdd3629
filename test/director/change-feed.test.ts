import { get, type IncomingMessage } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { appendFeed } from '../../src/audit/change-feed.ts';
import { type Command, command } from '../../src/control/control-store.ts';
import { type DirectorWorld, openDirectorWorld } from './director-world.ts';

let world: DirectorWorld;
const open: IncomingMessage[] = [];
afterEach(async () => {
  for (const feed of open.splice(0)) feed.destroy();
  await world.close();
});

const addChanges = command('test.addChanges', (tx, { logpointId, count }: { logpointId: string; count: number }) =>
  appendFeed(
    tx,
    logpointId,
    Array.from(
      { length: count },
      (_, n) => ({ type: 'source', objectId: `s${n}`, action: 'seen', by: 'test' }) as const,
    ),
  ),
);

/** The answer of the feed once its head is there. */
function feed(base: string, token: string, lastEventId?: string): Promise<IncomingMessage> {
  const { pool, logpoint } = world.acme;
  const headers = {
    authorization: `Bearer ${token}`,
    ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
  };
  return new Promise((resolve, reject) => {
    get(`${base}/events/${pool.id}/${logpoint.id}`, { headers, agent: false }, (answer) => {
      open.push(answer);
      answer.on('error', () => undefined);
      resolve(answer);
    }).on('error', reject);
  });
}

async function textUntil(answer: IncomingMessage, isEnough: (text: string) => boolean): Promise<string> {
  let text = '';
  for await (const piece of answer) {
    text += String(piece);
    if (isEnough(text)) return text;
  }
  throw new Error(`the feed ended after ${JSON.stringify(text.slice(0, 200))}`);
}

test('a caller and the server have so many feeds at a time, and a feed that ends gives its place back', async () => {
  const feedLimits = { connectionsMax: 3, connectionsPerCallerMax: 2 };
  world = await openDirectorWorld([], undefined, { feedLimits });
  const base = await world.listen();
  const [first, second] = [await world.token('readonly'), await world.token('engineer')];
  const mine = [await feed(base, first), await feed(base, first)];
  expect(mine.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
  const beyond = await feed(base, first);
  expect([beyond.statusCode, beyond.headers['retry-after']]).toEqual([429, '5']);
  expect((await feed(base, second)).statusCode).toBe(200);
  // The server is full now, also for a caller with places left.
  expect((await feed(base, second)).statusCode).toBe(429);
  mine[0]?.destroy();
  for (let tries = 0; (await feed(base, second)).statusCode !== 200; tries++) {
    if (tries > 1000) throw new Error('the place was not given back');
  }
});

test('a reader that was away for longer than the feed reaches back is told to read anew', {
  timeout: 60_000,
}, async () => {
  world = await openDirectorWorld([addChanges as Command<never, unknown>]);
  const base = await world.listen();
  const token = await world.token('readonly');
  const logpointId = world.acme.logpoint.id;
  await world.store.write(addChanges, { logpointId, count: 1_000 });
  const early = await textUntil(await feed(base, token, '10'), (text) => text.includes('\n\n'));
  expect(early).toMatch(/^id: 11\n/);
  for (let n = 0; n < 11; n++) await world.store.write(addChanges, { logpointId, count: 10_000 });
  const late = await textUntil(await feed(base, token, '10'), (text) => text.includes('\n\n'));
  expect(late).toMatch(/^id: 111\d{3}\nevent: reset\n/);
  const head = Number(/\d+/.exec(late)?.[0]);
  const recent = await textUntil(await feed(base, token, String(head - 2)), (text) => text.includes(`id: ${head}\n`));
  expect(recent).toMatch(new RegExp(`^id: ${head - 1}\\nevent: source\\n`));
});
