import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { AppError } from '../shared/errors.ts';
import type { Json } from '../shared/json.ts';
import {
  addEntries,
  addWithAttempt,
  echoValues,
  failToRead,
  listInOrder,
  listKeys,
  listKeysSlowly,
} from './contract-registry.ts';
import type { ControlStore } from './control-store.ts';

const entry = (key: string, value = '') => ({ key, value });

/** What every control store does. `open` gives an empty store with the commands of contract-registry.ts. */
export function controlStoreContract(adapter: string, open: () => Promise<ControlStore>): void {
  const opened: ControlStore[] = [];
  const openStore = async (): Promise<ControlStore> => {
    const store = await open();
    opened.push(store);
    return store;
  };
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });

  test(`${adapter}: what a write resolved with is there for the next read, quick or slow`, async () => {
    const store = await openStore();
    for (const key of ['a', 'b', 'c']) {
      await store.write(addEntries, { entries: [entry(key)] });
      expect(await store.read(listKeys, undefined)).toContain(key);
      expect(await store.read(listKeysSlowly, undefined)).toContain(key);
    }
  });

  test(`${adapter}: a command that throws leaves nothing behind and its error arrives as it was thrown`, async () => {
    const store = await openStore();
    const refused = store.write(addEntries, { entries: [entry('a'), entry('b')], fail: 'app', topic: 't' });
    await expect(refused).rejects.toMatchObject({ kind: 'conflict', code: 'CONTRACT', fields: { a: ['b'] } });
    await expect(refused).rejects.toBeInstanceOf(AppError);
    const bug = store.write(addEntries, { entries: [entry('a')], fail: 'bug' });
    await expect(bug).rejects.toThrow('a bug after writing');
    await expect(bug).rejects.not.toBeInstanceOf(AppError);
    expect(await store.read(listKeys, undefined)).toEqual([]);
  });

  test(`${adapter}: commands that fail do not harm the ones that are written at the same time`, async () => {
    const store = await openStore();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 60 }, (_, i) =>
        store.write(addEntries, {
          entries: [entry(`k${String(i).padStart(2, '0')}`), entry(i % 7 === 3 ? 'k00' : `x${i}`)],
          fail: i % 5 === 1 ? 'app' : undefined,
        }),
      ),
    );
    const kept = outcomes.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
    expect(kept).toEqual(Array.from({ length: 60 }, (_, i) => i).filter((i) => i % 7 !== 3 && i % 5 !== 1));
    const keys = await store.read(listKeys, undefined);
    expect(keys).toEqual(kept.flatMap((i) => [`k${String(i).padStart(2, '0')}`, `x${i}`]).sort());
  });

  test(`${adapter}: a failed attempt is undone alone, with the attempts inside it and its signals`, async () => {
    const store = await openStore();
    const heard: Json[] = [];
    store.onSignal('attempt', (payload) => heard.push(payload));
    const input = { kept: 'kept', dropped: 'dropped', after: 'after', topic: 'attempt' };
    expect(await store.write(addWithAttempt, input)).toBe('the attempt fails');
    expect(await store.read(listKeys, undefined)).toEqual(['after', 'kept']);
    expect(heard).toEqual(['kept']);
  });

  test(`${adapter}: a signal comes after the commit, to who listens to its topic, and never for a refused command`, async () => {
    const store = await openStore();
    const seen: Promise<readonly [Json, readonly string[]]>[] = [];
    const stop = store.onSignal('added', (payload) => {
      seen.push(store.read(listKeys, undefined).then((keys) => [payload, keys] as const));
    });
    store.onSignal('other', () => seen.push(Promise.reject(new Error('the topic was not asked for'))));
    await store.write(addEntries, { entries: [entry('a')], topic: 'added' });
    await expect(store.write(addEntries, { entries: [entry('b')], topic: 'added', fail: 'app' })).rejects.toThrow();
    await store.write(addEntries, { entries: [entry('c')], topic: 'added' });
    stop();
    await store.write(addEntries, { entries: [entry('d')], topic: 'added' });
    const heard = await Promise.all(seen);
    expect(heard.map(([payload]) => payload)).toEqual([['a'], ['c']]);
    expect(heard[0]?.[1]).toContain('a');
    expect(heard[1]?.[1]).toContain('c');
  });

  test(`${adapter}: writes are carried out in the order in which they were asked for`, async () => {
    const store = await openStore();
    const keys = Array.from({ length: 300 }, (_, i) => `k${(i * 7919) % 300}`);
    await Promise.all(keys.map((key) => store.write(addEntries, { entries: [entry(key)] })));
    expect(await store.read(listInOrder, undefined)).toEqual(keys);
  });

  test(`${adapter}: text, integers, reals, bytes and null come back as they went in`, async () => {
    const store = await openStore();
    const echo = async (text: string, real: number, int: number, bytes: Uint8Array | null) => {
      const answer = await store.write(echoValues, { text, real, int, bytes });
      expect(answer.changes).toBe(1);
      expect(answer.changesAgain).toBe(1);
      expect(answer.returned).toEqual([{ i: int }]);
      const row = answer.row;
      expect(Object.keys(row ?? {})).toEqual(['t', 'r', 'i', 'b', 'absent']);
      const read = row?.b == null ? null : Array.from(row.b);
      return { ...row, b: read };
    };
    const bytes = Uint8Array.from([0, 255, 7]);
    const first = await echo('é €  \n 𝄞 "\'', 0.1, Number.MAX_SAFE_INTEGER, bytes);
    expect(first).toEqual({ t: 'é €  \n 𝄞 "\'', r: 0.1, i: Number.MAX_SAFE_INTEGER, b: [0, 255, 7], absent: null });
    const second = await echo('a\0b', -1e300, -1_764_000_000_123, null);
    // No store holds U+0000 in text; what cannot be held becomes the replacement character.
    expect(second).toEqual({ t: 'a\uFFFDb', r: -1e300, i: -1_764_000_000_123, b: null, absent: null });
  });

  test(`${adapter}: an error of a read arrives as it was thrown`, async () => {
    const store = await openStore();
    await expect(store.read(failToRead, undefined)).rejects.toMatchObject({ kind: 'not-found', code: 'CONTRACT' });
    expect(await store.read(listKeys, undefined)).toEqual([]);
  });

  test(`${adapter}: a closed store refuses and does what it had accepted before`, async () => {
    const store = await open();
    const pending = store.write(addEntries, { entries: [entry('a')] });
    const closing = store.close();
    await expect(store.write(addEntries, { entries: [entry('b')] })).rejects.toMatchObject({
      code: 'CONTROL_STORE_CLOSED',
    });
    expect(await pending).toBe(1);
    await closing;
    await expect(store.read(listKeys, undefined)).rejects.toMatchObject({ code: 'CONTROL_STORE_CLOSED' });
    await store.close();
  });

  test(`${adapter}: commands in flight together end as if they had run one after the other`, async () => {
    const command = fc.record({
      keys: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 4 }),
      fail: fc.constantFrom(undefined, undefined, 'app' as const, 'bug' as const),
    });
    const bursts = fc.array(fc.array(command, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(bursts, async (plan) => {
        const store = await open();
        try {
          const model: string[] = [];
          for (const burst of plan) {
            const answers = await Promise.allSettled(
              burst.map(({ keys, fail }) =>
                store.write(addEntries, { entries: keys.map((key) => entry(`k${key}`)), fail }),
              ),
            );
            for (const [i, { keys, fail }] of burst.entries()) {
              const names = keys.map((key) => `k${key}`);
              const isNew = new Set(names).size === names.length && names.every((name) => !model.includes(name));
              if (isNew && fail === undefined) {
                model.push(...names);
                expect(answers[i]).toEqual({ status: 'fulfilled', value: model.length });
              } else expect(answers[i]?.status).toBe('rejected');
            }
            expect(await store.read(listInOrder, undefined)).toEqual(model);
          }
        } finally {
          await store.close();
        }
      }),
      { numRuns: 15 },
    );
  });
}
