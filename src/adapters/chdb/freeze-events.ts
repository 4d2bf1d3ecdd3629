import { copyFile, mkdir, readdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EVENTS_DATABASE } from '../../events/event-layout.ts';
import { newHex32 } from '../../shared/ids.ts';

export type EngineTable = { readonly name: string; readonly uuid: string; readonly rows: number };

/** Of a running engine. */
export type FreezableEngine = {
  readonly tables: () => Promise<readonly EngineTable[]>;
  readonly run: (sql: string) => Promise<void>;
};

/**
 * Leaves in `into` a folder that the engine can be started on: every event that it has now, as hard links to its parts,
 * which never change. Nobody may append meanwhile: the notes of tokens that were seen are to fit the parts.
 */
export async function freezeEvents(engine: FreezableEngine, chdbDir: string, into: string): Promise<void> {
  // What describes the tables first: a table that is made afterwards is not in it, and its parts are not frozen.
  const texts = await tableTexts(chdbDir);
  const isKnown = (name: string): boolean => texts.some((path) => path.endsWith(`/${name}.sql`));
  const tables = (await engine.tables()).filter(({ name }) => isKnown(name));
  // Of letters and digits alone: the engine escapes anything else in the name of the folder.
  const name = `backup${newHex32()}`;
  for (const table of tables)
    await engine.run(`ALTER TABLE ${EVENTS_DATABASE}.${table.name} FREEZE WITH NAME '${name}'`);
  await mkdir(dirname(into), { recursive: true, mode: 0o700 });
  const isEmpty = tables.every(({ rows }) => rows === 0);
  await takeShadow(join(chdbDir, 'shadow', name), into, isEmpty);
  for (const path of texts) await copyInto(chdbDir, into, path);
  for (const { uuid } of tables) {
    const dir = join('store', uuid.slice(0, 3), uuid);
    await copyInto(chdbDir, into, join(dir, 'format_version.txt'));
    const tokens = join(dir, 'deduplication_logs');
    for (const file of await namesIn(join(chdbDir, tokens))) await copyInto(chdbDir, into, join(tokens, file));
  }
}

/** An engine without any event has made no shadow. */
async function takeShadow(shadow: string, into: string, isEmpty: boolean): Promise<void> {
  try {
    await rename(shadow, into);
  } catch (error) {
    if (!isEmpty || !isAbsent(error)) throw error;
    await mkdir(into, { recursive: true, mode: 0o700 });
  }
}

/** The statements that made the database and its tables, as paths in the engine's folder. */
async function tableTexts(chdbDir: string): Promise<string[]> {
  const found: string[] = [];
  const add = async (dir: string): Promise<void> => {
    for (const name of await namesIn(join(chdbDir, dir))) if (name.endsWith('.sql')) found.push(`${dir}/${name}`);
  };
  await add('metadata');
  for (const prefix of await namesIn(join(chdbDir, 'store'))) {
    for (const uuid of await namesIn(join(chdbDir, 'store', prefix))) await add(`store/${prefix}/${uuid}`);
  }
  return found;
}

async function copyInto(from: string, to: string, path: string): Promise<void> {
  await mkdir(dirname(join(to, path)), { recursive: true, mode: 0o700 });
  await copyFile(join(from, path), join(to, path));
}

async function namesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

const isAbsent = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
