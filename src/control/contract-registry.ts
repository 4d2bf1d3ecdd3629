import { AppError } from '../shared/errors.ts';
import { command, type Migration, query, type Registry, registryOf } from './control-store.ts';

// The commands that the contract suite of the control store runs. They are compiled with the program because stores
// with threads load their registry from compiled files.

export type Entry = { readonly key: string; readonly value: string };

/** Adds entries; throws after the writes when `fail` is set. Answers how many entries there are now. */
export const addEntries = command(
  'contract.add',
  async (tx, input: { entries: readonly Entry[]; fail?: 'app' | 'bug' | undefined; topic?: string | undefined }) => {
    for (const { key, value } of input.entries) {
      await tx.run('insert into entries (key, value, added_at_ms) values (?, ?, ?)', [key, value, tx.nowMs]);
    }
    if (input.topic !== undefined)
      tx.signal(
        input.topic,
        input.entries.map(({ key }) => key),
      );
    if (input.fail === 'app')
      throw new AppError('conflict', 'CONTRACT', 'refused after writing', { fields: { a: ['b'] } });
    if (input.fail === 'bug') throw new Error('a bug after writing');
    const row = await tx.get<{ n: number }>('select count(*) as n from entries');
    return row?.n ?? 0;
  },
);

/** Adds `kept`, tries to add `dropped` and throws inside the attempt, adds `after`. */
export const addWithAttempt = command(
  'contract.attempt',
  async (tx, input: { kept: string; dropped: string; after: string; topic: string }) => {
    const add = (key: string) =>
      tx.run('insert into entries (key, value, added_at_ms) values (?, ?, ?)', [key, '', tx.nowMs]);
    await add(input.kept);
    let message = '';
    try {
      await tx.attempt(async () => {
        await add(input.dropped);
        tx.signal(input.topic, 'dropped');
        await tx.attempt(() => add(`${input.dropped}-nested`));
        throw new Error('the attempt fails');
      });
    } catch (error) {
      message = error instanceof Error ? error.message : '';
    }
    await add(input.after);
    tx.signal(input.topic, 'kept');
    return message;
  },
);

/** Every kind of value through the store and back. */
export const echoValues = command(
  'contract.echo',
  async (tx, input: { text: string; real: number; int: number; bytes: Uint8Array | null }) => {
    await tx.run('insert into samples (t, r, i, b) values (?, ?, ?, ?)', [
      input.text,
      input.real,
      input.int,
      input.bytes,
    ]);
    const { changes } = await tx.run('update samples set t = t where i = ?', [input.int]);
    const returned = await tx.all<{ i: number }>('update samples set r = r where i = ? returning i', [input.int]);
    const again = await tx.run('update samples set t = t where i = ?', [input.int]);
    const row = await tx.get<{ t: string; r: number; i: number; b: Uint8Array | null; absent: null }>(
      'select t, r, i, b, null as absent from samples where i = ? order by i limit ?',
      [input.int, 1],
    );
    return { row, changes, returned, changesAgain: again.changes };
  },
);

/** Takes the thread or process that runs it down, as a crash would. */
export const crash = command('contract.crash', async (): Promise<void> => {
  process.exit(7);
});

export const setPageLimit = command('contract.pageLimit', async (tx, pages: number) => {
  await tx.all(`pragma max_page_count = ${Math.floor(pages)}`);
});

export const pageCount = query('contract.pageCount', async (tx) => {
  const row = await tx.get<{ page_count: number }>('pragma page_count');
  return row?.page_count ?? 0;
});

const readKeys = async (tx: { all<R extends object>(sql: string): Promise<R[]> }): Promise<string[]> => {
  const rows = await tx.all<{ key: string }>('select key from entries order by key');
  return rows.map(({ key }) => key);
};
export const listKeys = query('contract.keys', readKeys);
export const listKeysSlowly = query('contract.keysSlow', readKeys, { slow: true });
/** Keys in the order of their writing. */
export const listInOrder = query('contract.order', async (tx) => {
  const rows = await tx.all<{ key: string }>('select key from entries order by place');
  return rows.map(({ key }) => key);
});
export const failToRead = query('contract.failToRead', async (): Promise<void> => {
  throw new AppError('not-found', 'CONTRACT', 'nothing here');
});

export const contractMigrations: readonly Migration[] = [
  {
    id: 1,
    name: 'entries',
    statements: [
      'create table entries (place integer primary key, key text not null unique, value text not null, added_at_ms bigint not null)',
      'create table samples (t text not null, r double precision not null, i bigint not null, b bytea)',
    ],
  },
];

export const contractRegistry: Registry = registryOf([
  addEntries,
  addWithAttempt,
  echoValues,
  crash,
  setPageLimit,
  pageCount,
  listKeys,
  listKeysSlowly,
  listInOrder,
  failToRead,
]);

/** The names under which a store's threads look for commands and schema. */
export const createRegistry = (): Registry => contractRegistry;
export const migrations = contractMigrations;
