import { expect, test } from 'vitest';
import { type NewSearch, SearchSessions } from '../../src/apis/node/search-sessions.ts';
import { AppError } from '../../src/shared/errors.ts';

const MINUTE_MS = 60_000;

function world() {
  const clock = { nowMs: 1_000_000 };
  const bugs: unknown[] = [];
  const sessions = new SearchSessions(
    () => clock.nowMs,
    (error) => bugs.push(error),
  );
  const search = (work: NewSearch['work'], owner = 'alice'): NewSearch => ({
    owner,
    timeRange: [1, 2],
    queryType: 'simple',
    work,
  });
  return { clock, bugs, sessions, search };
}

test('a result is held for ten minutes, and for one more after it was read', async () => {
  const { clock, sessions, search } = world();
  const unread = sessions.start(search(async () => 'unread'));
  const read = sessions.start(search(async () => 'read'));
  expect(await Promise.all([unread.ended, read.ended])).toEqual([
    { ok: true, text: 'unread' },
    { ok: true, text: 'read' },
  ]);
  sessions.read(read);
  clock.nowMs += MINUTE_MS - 1;
  expect(sessions.find('alice', read.id)).not.toBeNull();
  clock.nowMs += 1;
  expect(sessions.find('alice', read.id)).toBeNull();
  clock.nowMs += 9 * MINUTE_MS - 1;
  expect(sessions.find('alice', unread.id)).not.toBeNull();
  clock.nowMs += 1;
  expect(sessions.find('alice', unread.id)).toBeNull();
});

test("a search is its owner's alone, and one that runs is never forgotten", async () => {
  const { clock, sessions, search } = world();
  const finish: ((text: string) => void)[] = [];
  const running = sessions.start(search(() => new Promise((resolve) => finish.push(resolve))));
  await expect.poll(() => finish.length).toBe(1);
  clock.nowMs += 60 * MINUTE_MS;
  expect(sessions.find('bob', running.id)).toBeNull();
  expect(sessions.find('alice', running.id)).toMatchObject({ endedAtMs: null });
  finish[0]?.('late');
  await running.ended;
  expect(sessions.find('alice', running.id)).toMatchObject({ endedAtMs: clock.nowMs });
});

test('failures become messages: those that clients know, expected ones, and bugs without their details', async () => {
  const { bugs, sessions, search } = world();
  const outcome = (error: Error) =>
    sessions.start(
      search(async () => {
        throw error;
      }),
    ).ended;
  const timeout = new AppError('overloaded', 'SEARCH_TIMEOUT', 'took too long');
  expect(await outcome(timeout)).toEqual({ ok: false, message: 'timeout' });
  expect(await outcome(new AppError('unavailable', 'SEARCH_CANCELLED', 'x'))).toEqual({
    ok: false,
    message: 'cancelled',
  });
  expect(await outcome(new AppError('too-large', 'SEARCH_MEMORY', 'too much'))).toEqual({
    ok: false,
    message: 'too much',
  });
  expect(await outcome(new Error('a detail'))).toEqual({ ok: false, message: 'internal error' });
  expect(bugs).toHaveLength(1);
});

test('four searches run at one time, the others wait their turn, and one user has a limit', async () => {
  const { sessions, search } = world();
  const finish: (() => void)[] = [];
  const work = () => new Promise<string>((resolve) => finish.push(() => resolve('done')));
  const started = Array.from({ length: 50 }, () => sessions.start(search(work)));
  await expect.poll(() => finish.length).toBe(4);
  expect(sessions.status()).toMatchObject({ running: 4, waiting: 46, held: 50 });
  expect(() => sessions.start(search(work))).toThrow(/50 searches running/);
  expect(sessions.start(search(work, 'bob')).owner).toBe('bob');
  let most = 0;
  for (let n = 0; n < 51; n += 1) {
    await expect.poll(() => finish.length).toBeGreaterThan(n);
    most = Math.max(most, sessions.status().running);
    finish[n]?.();
  }
  await Promise.all(started.map(({ ended }) => ended));
  expect(most).toBe(4);
});
