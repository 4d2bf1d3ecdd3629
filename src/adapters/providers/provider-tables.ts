import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fold } from '../../query/fold.ts';
import { addressHex, networkOf } from '../../query/network.ts';
import type { ProviderAnswer } from '../../query/query-providers.ts';
import { rowsAfterStoreMax } from '../../query/run-steps.ts';
import type { TableRows } from '../../query/table-rows.ts';
import { csvRows } from './csv.ts';
import { placeDatabase } from './place-database.ts';

/** Files of the folder that are read, bytes and rows of one; what is beyond is left out and told to `onTrouble`. */
export const TABLE_FILES_MAX = 100;
export const TABLE_BYTES_MAX = 64 * 1024 * 1024;
export const DATABASE_BYTES_MAX = 512 * 1024 * 1024;
export const TABLE_ROWS_MAX = 500_000;
/** The folder is looked at again when the last look is older, by whoever asks; the answer in between is the old one. */
const FRESH_MS = 5_000;
/** Rows between two breaths of the event loop. */
const SLICE_ROWS = 5_000;

export type ProviderTable = {
  /** Header without the first column, which holds the keys. */
  readonly columns: readonly string[];
  find(key: string): ProviderAnswer | undefined;
  /** The first rows as they stand in the file, as old as the file; undefined for a file that is asked by key only. */
  all(): TableRows | undefined;
};

type Loaded = { readonly stamp: string; readonly table: ProviderTable | null };

/** CSV files of one folder by their names without `.csv`, in any case: the first line names the columns. And `geoip.mmdb`. */
export class ProviderTables {
  readonly #dir: string;
  readonly #onTrouble: (message: string) => void;
  #tables = new Map<string, Loaded>();
  #lookedAtMs = 0;
  #looking: Promise<void> | null = null;

  constructor(dir: string, onTrouble: (message: string) => void) {
    this.#dir = dir;
    this.#onTrouble = onTrouble;
  }

  /** What is known of a table now; starts a look at the folder when the last is old. */
  get(name: string): ProviderTable | undefined {
    if (performance.now() - this.#lookedAtMs > FRESH_MS) void this.refresh();
    return this.#tables.get(name.toLowerCase())?.table ?? undefined;
  }

  /** Reads files that changed. Never throws: a folder that cannot be read has no tables. */
  refresh(): Promise<void> {
    this.#lookedAtMs = performance.now();
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const tables = new Map<string, Loaded>();
    try {
      const files = (await readdir(this.#dir))
        .filter((file) => /^(?:[\w-]{1,100}\.csv|geoip\.mmdb)$/i.test(file))
        .sort();
      if (files.length > TABLE_FILES_MAX) this.#onTrouble(`only the first ${TABLE_FILES_MAX} CSV files are read`);
      for (const file of files.slice(0, TABLE_FILES_MAX)) {
        const isDatabase = /\.mmdb$/i.test(file);
        const name = file.slice(0, isDatabase ? -5 : -4).toLowerCase();
        const path = join(this.#dir, file);
        const before = this.#tables.get(name);
        // It comes after `geoip.csv`, so of the two the database counts.
        tables.set(name, await (isDatabase ? this.#loadDatabase(path, before) : this.#load(path, name, before)));
      }
    } catch (error) {
      this.#onTrouble(error instanceof Error ? error.message : String(error));
    }
    this.#tables = tables;
  }

  async #load(path: string, name: string, before: Loaded | undefined): Promise<Loaded> {
    const { mtimeMs, size } = await stat(path);
    const stamp = `${mtimeMs} ${size}`;
    if (before?.stamp === stamp) return before;
    if (size > TABLE_BYTES_MAX) {
      this.#onTrouble(`${name}.csv has ${size} bytes, expected at most ${TABLE_BYTES_MAX}: it is not read`);
      return { stamp, table: null };
    }
    return { stamp, table: await this.#parse(await readFile(path, 'utf8'), name, Math.floor(mtimeMs)) };
  }

  async #loadDatabase(path: string, before: Loaded | undefined): Promise<Loaded> {
    const { mtimeMs, size } = await stat(path);
    const stamp = `mmdb ${mtimeMs} ${size}`;
    if (before?.stamp === stamp) return before;
    try {
      if (size > DATABASE_BYTES_MAX) throw new Error(`it has ${size} bytes, expected at most ${DATABASE_BYTES_MAX}`);
      return { stamp, table: placeDatabase(await readFile(path)) };
    } catch (error) {
      this.#onTrouble(`geoip.mmdb is not read: ${error instanceof Error ? error.message : String(error)}`);
      return { stamp, table: null };
    }
  }

  async #parse(text: string, name: string, atMs: number): Promise<ProviderTable> {
    const rows = csvRows(text);
    const header: string[] = rows.next().value ?? [];
    const columns = header.slice(1).map((column) => column.trim());
    const index = header[0]?.trim().toLowerCase() === 'network' ? new NetworkIndex() : new KeyIndex();
    const first: string[][] = [];
    let count = 0;
    for (const [key = '', ...cells] of rows) {
      if (first.length < rowsAfterStoreMax) first.push([key, ...cells]);
      if (++count > TABLE_ROWS_MAX) {
        this.#onTrouble(`${name}.csv has more than ${TABLE_ROWS_MAX} rows: the rest is left out`);
        break;
      }
      if (!index.add(key.trim(), cells))
        this.#onTrouble(`${name}.csv, row ${count + 1}: ${key.slice(0, 60)} is no network`);
      if (count % SLICE_ROWS === 0) await new Promise(setImmediate);
    }
    const find = (key: string): ProviderAnswer | undefined => {
      const cells = index.find(key);
      if (cells === undefined) return undefined;
      const answer: Record<string, string> = Object.create(null);
      for (const [place, column] of columns.entries()) if (cells[place] !== undefined) answer[column] = cells[place];
      return answer;
    };
    const names = [header[0]?.trim() ?? '', ...columns];
    const all = (): TableRows => ({
      columns: names,
      rows: first.map((cells) => ({ cells, atMs })),
      isCut: count > first.length,
    });
    return { columns, find, all };
  }
}

/** Keys in any case; of several rows with one key the first counts. */
class KeyIndex {
  readonly #rows = new Map<string, readonly string[]>();

  add(key: string, cells: readonly string[]): boolean {
    const folded = fold(key);
    if (!this.#rows.has(folded)) this.#rows.set(folded, cells);
    return true;
  }

  find(key: string): readonly string[] | undefined {
    return this.#rows.get(fold(key));
  }
}

/** Networks by their first address, one map a size, so that the narrowest that holds an address is found first. */
class NetworkIndex {
  readonly #sizes = new Map<number, Map<string, readonly string[]>>();
  #ordered: readonly number[] = [];

  add(key: string, cells: readonly string[]): boolean {
    const network = networkOf(key);
    if (network === null) return false;
    const free = (BigInt(`0x${network.first}`) ^ BigInt(`0x${network.last}`)).toString(2).replace(/^0$/, '').length;
    let rows = this.#sizes.get(free);
    if (rows === undefined) {
      rows = new Map();
      this.#sizes.set(free, rows);
      this.#ordered = [...this.#sizes.keys()].sort((a, b) => a - b);
    }
    if (!rows.has(network.first)) rows.set(network.first, cells);
    return true;
  }

  find(key: string): readonly string[] | undefined {
    const hex = addressHex(key);
    if (hex === null) return undefined;
    const address = BigInt(`0x${hex}`);
    for (const free of this.#ordered) {
      const first = ((address >> BigInt(free)) << BigInt(free)).toString(16).padStart(32, '0').toUpperCase();
      const found = this.#sizes.get(free)?.get(first);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
