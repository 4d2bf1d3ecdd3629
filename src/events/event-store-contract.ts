import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newHex32 } from '../shared/ids.ts';
import { numericValue } from './event.ts';
import { EVENT_SELECT, fieldSql, numberSql } from './event-layout.ts';
import { fieldText, rowConstants, rowFromStore, toRow } from './event-row.ts';
import type { EventStore, StoreSearch } from './event-store.ts';
import {
  DAY,
  eventsWhere,
  everything,
  fieldEquals,
  fieldPresent,
  hostileEvents,
  NOON_MS,
  sampleBatch,
  sampleEvent,
  searchFor,
} from './event-store-samples.ts';

/** What every adapter must let the suite do: use the store, and take it down softly or hard. */
export type ContractStore = {
  readonly store: EventStore;
  /** Ends the engine without a warning and has it back. */
  readonly crash: () => Promise<void>;
  readonly close: () => Promise<void>;
};

const LIMITS = { timeoutMs: 20_000, rowsMax: 100_000 };
const context = { logpointName: 'LogPoint', logpointIp: '10.1.2.3' };
const PROPERTY_RUNS = 25;

/** The sentences that hold for every event store. */
export function eventStoreContract(adapter: string, open: () => Promise<ContractStore>): void {
  describe(`event store contract: ${adapter}`, () => {
    let opened: ContractStore;
    let store: EventStore;
    beforeAll(async () => {
      opened = await open();
      store = opened.store;
    });
    afterAll(() => opened.close());

    const seqs = async (logpoint: string, search: StoreSearch = everything): Promise<number[]> =>
      (await store.search(logpoint, search, LIMITS)).rows.map((row) => Number(row['seq']));

    test('a batch is there once append resolves, and a token adds its batch once', async () => {
      const logpoint = newHex32();
      await store.append(logpoint, sampleBatch(1, 5), "tok'en\\1");
      await store.append(logpoint, sampleBatch(1, 5), "tok'en\\1");
      await store.append(logpoint, sampleBatch(6, 2), 'other');
      expect(await seqs(logpoint)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    });

    test('an empty batch is nothing, and a logpoint without events has none', async () => {
      const logpoint = newHex32();
      await store.append(logpoint, [], 'none');
      expect(await seqs(logpoint)).toEqual([]);
      expect(await store.repoSizes(logpoint)).toEqual([]);
    });

    test('a token stays known over partitions and after a crash', async () => {
      const logpoint = newHex32();
      const batch = [0, 1, 2, 3].flatMap((day) =>
        ['default', '_logpoint'].map((repo, i) =>
          sampleEvent(day * 2 + i, {}, { repo, eventAtMs: NOON_MS - day * DAY, receivedAtMs: NOON_MS }),
        ),
      );
      await store.append(logpoint, batch, 'many-days');
      await opened.crash();
      await store.append(logpoint, batch, 'many-days');
      expect(await seqs(logpoint)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    });

    test('logpoints do not see each other', async () => {
      const [one, two] = [newHex32(), newHex32()];
      await store.append(one, sampleBatch(1, 2), 'same');
      await store.append(two, sampleBatch(7, 2), 'same');
      expect([await seqs(one), await seqs(two)]).toEqual([
        [1, 2],
        [7, 8],
      ]);
    });

    test('equality finds hot columns, mapped fields, the message and the words of a label', async () => {
      const logpoint = newHex32();
      const batch = [
        sampleEvent(1, { msg: 'a', user: 'root', thread: 'T-1', label: 'Login Fail' }),
        sampleEvent(2, { msg: 'b', user: 'toor', thread: 'T-2', label: 'Login' }),
      ];
      await store.append(logpoint, batch, 't');
      expect(await seqs(logpoint, fieldEquals('user', 'root'))).toEqual([1]);
      expect(await seqs(logpoint, fieldEquals('thread', 'T-2'))).toEqual([2]);
      expect(await seqs(logpoint, fieldEquals('msg', 'b'))).toEqual([2]);
      expect(
        await seqs(
          logpoint,
          eventsWhere((bind) => `has(labels, ${bind('Fail')})`),
        ),
      ).toEqual([1]);
      expect(
        await seqs(
          logpoint,
          eventsWhere((bind) => `has(labels, ${bind('Login')})`),
        ),
      ).toEqual([1, 2]);
    });

    test('an empty field is there and an absent one is not, wherever the field lies', async () => {
      const logpoint = newHex32();
      for (const [i, field] of ['user', 'thread', 'msg', 'label'].entries()) {
        const seq = i * 10;
        const batch = [sampleEvent(seq, { [field]: '' }), sampleEvent(seq + 1), sampleEvent(seq + 2, { [field]: 'x' })];
        await store.append(logpoint, batch, field);
        expect(await seqs(logpoint, fieldPresent(field))).toEqual([seq, seq + 2]);
      }
    });

    test('whatever an event holds comes out of the store as it went in', async () => {
      await fc.assert(
        fc.asyncProperty(hostileEvents, async (events) => {
          const logpoint = newHex32();
          await store.append(logpoint, events, 'hostile');
          const { rows } = await store.search(logpoint, everything, LIMITS);
          expect(rows.map((row) => rowFromStore(row, context))).toEqual(events.map((event) => toRow(event, context)));
        }),
        { numRuns: PROPERTY_RUNS },
      );
    });

    test('a field reads the same in a search as in memory, and is present there exactly when it is here', async () => {
      const constants = rowConstants(context);
      await fc.assert(
        fc.asyncProperty(hostileEvents, async (events) => {
          const logpoint = newHex32();
          await store.append(logpoint, events, 'fields');
          const names = [...new Set(events.flatMap(({ fields }) => Object.keys(fields)))].slice(0, 12);
          for (const name of [...names, 'log_ts', 'col_ts', 'repo_name', '_offset', 'logpoint_name', '_tz', 'gone']) {
            const search = searchFor((bind) => {
              const { text, isPresent } = fieldSql(name, bind, constants);
              return `SELECT if(${isPresent}, ${text}, NULL) AS value, ${isPresent} AS here FROM {events} ORDER BY seq`;
            });
            const { rows } = await store.search(logpoint, search, LIMITS);
            expect(rows.map((row) => row['value'] ?? undefined)).toEqual(
              events.map((event) => fieldText(event, name, constants)),
            );
          }
        }),
        { numRuns: 6, endOnFailure: true, verbose: 1 },
      );
    });

    test('a text is the number in the store that it is in memory', async () => {
      const digits = fc.stringMatching(/^[+-]?\d{0,25}\.?\d{0,12}([eE][+-]?\d{1,4})?$/);
      const texts = fc.array(fc.oneof(digits, fc.string({ maxLength: 6 }), fc.double().map(String)), { minLength: 40 });
      await fc.assert(
        fc.asyncProperty(texts, async (values) => {
          const logpoint = newHex32();
          await store.append(
            logpoint,
            values.map((value, i) => sampleEvent(i, { value })),
            'numbers',
          );
          const search = searchFor(
            (bind) => `SELECT ${numberSql(fieldSql('value', bind).text)} AS number FROM {events} ORDER BY seq`,
          );
          const { rows } = await store.search(logpoint, search, LIMITS);
          expect(rows.map((row) => row['number'] ?? undefined)).toEqual(values.map(numericValue));
        }),
        { numRuns: 4 },
      );
    });

    test('a value of a megabyte and half a surrogate pair spoil nothing', async () => {
      const logpoint = newHex32();
      const big = `${'x'.repeat(1_000_000)}'\\😀`;
      await store.append(logpoint, [sampleEvent(1, { big, half: 'a\ud800b', 'c:\\udp': 'c:\\udp' })], 'big');
      const { rows } = await store.search(logpoint, everything, LIMITS);
      const [row] = rows.map((stored) => rowFromStore(stored, context));
      expect(row?.['big'] === big).toBe(true);
      expect(row?.['half']).toBe('a\ufffdb');
      expect(row?.['c:\\udp']).toBe('c:\\udp');
    });

    test('times far off make no partitions of their own and are found by their time', async () => {
      const logpoint = newHex32();
      const times = [NOON_MS, 0, -1, Date.UTC(9999, 11, 31), Date.UTC(1999, 0, 1), NOON_MS - 300 * DAY];
      const batch = times.map((eventAtMs, seq) =>
        sampleEvent(seq, {}, { eventAtMs, receivedAtMs: NOON_MS + 10 * DAY }),
      );
      await store.append(logpoint, batch, 'far');
      expect(
        await seqs(
          logpoint,
          eventsWhere(() => `event_at_ms = ${Date.UTC(9999, 11, 31)}`),
        ),
      ).toEqual([3]);
      // All but the first are placed on the day of their receipt: retention by that day keeps them together.
      expect(await store.dropBefore(logpoint, 'default', NOON_MS + 5 * DAY)).toEqual({ dropped: 1 });
      expect(await seqs(logpoint)).toEqual([1, 2, 3, 4, 5]);
    });

    test('a batch over more days than an engine likes by default is taken', async () => {
      const logpoint = newHex32();
      const batch = Array.from({ length: 4 * 31 }, (_, i) =>
        sampleEvent(
          i,
          {},
          { repo: `repo${i % 4}`, eventAtMs: NOON_MS - Math.floor(i / 4) * DAY, receivedAtMs: NOON_MS },
        ),
      );
      await store.append(logpoint, batch, 'wide');
      expect((await seqs(logpoint)).length).toBe(batch.length);
    });

    test('retention drops whole days of one repo and nothing younger', async () => {
      const logpoint = newHex32();
      const batch = [0, 1, 2, 3].flatMap((day) =>
        ['default', 'other'].map((repo, i) =>
          sampleEvent(day * 2 + i, {}, { repo, eventAtMs: NOON_MS - day * DAY, receivedAtMs: NOON_MS }),
        ),
      );
      await store.append(logpoint, batch, 'days');
      const midnight = NOON_MS - DAY / 2;
      // One millisecond short of the end of the day before: that day stays.
      expect(await store.dropBefore(logpoint, 'default', midnight - DAY - 1)).toEqual({ dropped: 1 });
      expect(await store.dropBefore(logpoint, 'default', midnight - DAY)).toEqual({ dropped: 1 });
      expect(await store.dropBefore(logpoint, 'default', midnight - DAY)).toEqual({ dropped: 0 });
      expect(await seqs(logpoint, fieldEquals('repo_name', 'default'))).toEqual([0, 2]);
      expect(await seqs(logpoint, fieldEquals('repo_name', 'other'))).toEqual([1, 3, 5, 7]);
      const sizes = await store.repoSizes(logpoint);
      expect(new Map(sizes.map(({ repo, events }) => [repo, events]))).toEqual(
        new Map([
          ['default', 2],
          ['other', 4],
        ]),
      );
      expect(sizes.every(({ bytesOnDisk }) => bytesOnDisk > 0)).toBe(true);
    });

    test('an answer is cut at rowsMax and says so', async () => {
      const logpoint = newHex32();
      await store.append(logpoint, sampleBatch(1, 10), 't');
      const search = async (rowsMax: number) => {
        const { rows, isCut } = await store.search(logpoint, everything, { ...LIMITS, rowsMax });
        return { count: rows.length, isCut };
      };
      expect(await search(9)).toEqual({ count: 9, isCut: true });
      expect(await search(10)).toEqual({ count: 10, isCut: false });
      expect(await search(11)).toEqual({ count: 10, isCut: false });
    });

    // 1,000³ pairs: minutes of work for any machine.
    const endless: StoreSearch = {
      sql: 'SELECT sum(sipHash64(a.seq, b.seq, c.seq)) AS s FROM {events} AS a CROSS JOIN {events} AS b CROSS JOIN {events} AS c',
      params: {},
    };

    test('a search past its time ends with an error and leaves the store free', async () => {
      const logpoint = newHex32();
      await store.append(logpoint, sampleBatch(1, 3_000), 't');
      await expect(store.search(logpoint, endless, { ...LIMITS, timeoutMs: 300 })).rejects.toMatchObject({
        kind: 'overloaded',
        code: 'SEARCH_TIMEOUT',
      });
      expect((await seqs(logpoint)).length).toBe(3_000);
    });

    test('a cancelled search ends at once and leaves the store free', async () => {
      const logpoint = newHex32();
      await store.append(logpoint, sampleBatch(1, 3_000), 't');
      for (let i = 0; i < 6; i++) {
        const stop = new AbortController();
        const running = store.search(logpoint, endless, { ...LIMITS, signal: stop.signal });
        setTimeout(() => stop.abort(), 50);
        await expect(running).rejects.toMatchObject({ code: 'SEARCH_CANCELLED' });
      }
      const startedMs = performance.now();
      expect((await seqs(logpoint)).length).toBe(3_000);
      expect(performance.now() - startedMs).toBeLessThan(10_000);
    });

    test('a search with thousands of values in a list runs', async () => {
      const logpoint = newHex32();
      await store.append(logpoint, sampleBatch(1, 5), 't');
      const search = eventsWhere((bind) => {
        const values = Array.from({ length: 1_500 }, (_, i) => bind(`${'long '.repeat(30)}${i}`));
        return `${fieldSql('user', bind).text} IN (${[...values, bind('u3')].join(', ')})`;
      });
      expect(await seqs(logpoint, search)).toEqual([4]);
    });

    test('nothing but the own table can be read', async () => {
      const logpoint = newHex32();
      for (const sql of [
        "SELECT file('/etc/hostname') AS x FROM {events}",
        "SELECT * FROM file('/etc/hostname', 'LineAsString')",
        'SELECT * FROM system.tables',
        "SELECT 1 FROM {events} INTO OUTFILE '/dev/null'",
      ]) {
        await expect(store.search(logpoint, { sql, params: {} }, LIMITS)).rejects.toThrow(/not a search/);
      }
    });

    test('whatever a text parameter or a list of them holds reaches the search as it is', async () => {
      const logpoint = newHex32();
      await store.append(logpoint, [sampleEvent(0)], 't');
      const text = fc.oneof(
        fc.string({ unit: 'binary', maxLength: 30 }),
        fc.constantFrom(
          "it's",
          'C:\\new\\table\\0',
          '\\',
          "\\'",
          '\t\n\r\b\f\0',
          '[1]',
          "','",
          '{p1:String}',
          'NULL',
          '\\N',
          '',
        ),
      );
      await fc.assert(
        fc.asyncProperty(text, fc.array(text, { maxLength: 8 }), async (one, many) => {
          const params = { one: { type: 'String', value: one }, many: { type: 'Array(String)', value: many } };
          const sql =
            'SELECT hex({one:String}) AS one, arrayMap(v -> hex(v), {many:Array(String)}) AS many FROM {events}';
          const { rows } = await store.search(logpoint, { sql, params }, LIMITS);
          const hex = (value: string): string => Buffer.from(value).toString('hex').toUpperCase();
          expect(rows).toEqual([{ one: hex(one), many: many.map(hex) }]);
        }),
        { numRuns: 150 },
      );
    });

    test('searches at once do not mix up their parameters', async () => {
      const logpoint = newHex32();
      const batch = Array.from({ length: 40 }, (_, i) => sampleEvent(i, { thread: `t${i}` }));
      await store.append(logpoint, batch, 't');
      const answers = await Promise.all(batch.map((_, i) => seqs(logpoint, fieldEquals('thread', `t${i}`))));
      expect(answers).toEqual(batch.map(({ seq }) => [seq]));
    });

    test('what was acknowledged before a crash is there after it, once', async () => {
      const logpoint = newHex32();
      const acknowledged = new Set<number>();
      for (let round = 0; round < 3; round++) {
        const pending: { seq: number; done: Promise<void> }[] = [];
        for (let i = 0; i < 12; i++) {
          const seq = round * 100 + i;
          const done = store.append(logpoint, [sampleEvent(seq)], `b${seq}`).then(() => void acknowledged.add(seq));
          pending.push({ seq, done });
        }
        await pending[round * 3]?.done;
        const crashed = opened.crash();
        await Promise.allSettled(pending.map(({ done }) => done));
        await crashed;
        for (const { seq } of pending) {
          await store.append(logpoint, [sampleEvent(seq)], `b${seq}`);
          acknowledged.add(seq);
        }
      }
      expect(await seqs(logpoint)).toEqual([...acknowledged].sort((a, b) => a - b));
    });

    test('whole rows are what the compiler selects', async () => {
      const logpoint = newHex32();
      await store.append(logpoint, [sampleEvent(1, { user: 'x' })], 't');
      const { rows } = await store.search(logpoint, everything, LIMITS);
      expect(Object.keys(rows[0] ?? {})).toEqual(EVENT_SELECT.split(', '));
    });
  });
}
