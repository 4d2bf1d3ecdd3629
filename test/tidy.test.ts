import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

// The architecture as a test: which folder may see which, who may touch a driver, what never appears. The drawing of
// this table is docs/architecture.md; a change here is a change there.

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Folder → folders it may import from. `shared` may be imported everywhere. */
const MAY_SEE: Record<string, readonly string[]> = {
  shared: [],
  client: [],
  config: [],
  control: [],
  audit: ['control'],
  tenancy: ['control', 'audit'],
  attack: ['control', 'tenancy'],
  accounts: ['control', 'audit', 'tenancy', 'query'],
  events: ['tenancy'],
  query: ['events'],
  correlation: ['events', 'query'],
  sigma: ['correlation', 'control', 'events', 'query', 'attack'],
  lists: ['control', 'audit', 'tenancy', 'query', 'sigma'],
  rules: ['correlation', 'control', 'audit', 'lists', 'events', 'query', 'sigma', 'accounts', 'tenancy', 'attack'],
  incidents: ['correlation', 'control', 'audit', 'lists', 'events', 'query', 'rules', 'accounts', 'tenancy', 'attack'],
  notify: ['control', 'audit', 'events', 'query', 'rules', 'incidents', 'accounts', 'tenancy', 'attack'],
  orders: [
    'correlation',
    'control',
    'audit',
    'lists',
    'sigma',
    'events',
    'query',
    'rules',
    'incidents',
    'notify',
    'accounts',
    'tenancy',
    'attack',
  ],
  ingest: ['correlation', 'events', 'query', 'rules', 'sigma', 'tenancy'],
  apis: [
    'correlation',
    'config',
    'control',
    'audit',
    'lists',
    'events',
    'query',
    'rules',
    'incidents',
    'notify',
    'orders',
    'ingest',
    'accounts',
    'tenancy',
    'attack',
  ],
  adapters: ['control', 'events', 'query', 'notify', 'tenancy'],
};

/** Composition roots at the top of `src/`, and the command line, join everything. */
const JOINERS = new Set(['.', 'cli']);

const DRIVERS =
  /from '(libsql|chdb|@clickhouse\/client|pg|nodemailer|imapflow|mailparser|undici|ssh2|net-snmp|fastify|@fastify\/[a-z-]+)'/;

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file, text: readFileSync(join(root, 'src', file), 'utf8') }));

const folderOf = (file: string): string => (file.includes('/') ? (file.split('/')[0] ?? '.') : '.');

const importsOf = (text: string): string[] =>
  [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) => match[1] ?? '');

test('a folder sees only the folders that the architecture lets it see', () => {
  const wrong: string[] = [];
  for (const { file, text } of sources) {
    const from = folderOf(file);
    if (JOINERS.has(from)) continue;
    const allowed = new Set(['shared', from, ...(MAY_SEE[from] ?? [])]);
    if (MAY_SEE[from] === undefined) wrong.push(`${file}: folder ${from} is not in the architecture`);
    for (const target of importsOf(text)) {
      const to = folderOf(relative(join(root, 'src'), join(root, 'src', dirname(file), target)));
      // A test may use the adapters that it runs against.
      if (file.endsWith('.test.ts') && to === 'adapters') continue;
      if (!allowed.has(to)) wrong.push(`${file}: imports ${to}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('only adapters and the HTTP layer import a driver', () => {
  const wrong = sources
    .filter(({ file }) => !/^(adapters|apis)\//.test(file) && !file.endsWith('.test.ts'))
    .filter(({ text }) => DRIVERS.test(text))
    .map(({ file }) => file);
  expect(wrong).toEqual([]);
});

test('the client leans on nothing: it runs in other programs and in browsers', () => {
  const wrong = sources
    .filter(({ file }) => file.startsWith('client/') && !file.endsWith('.test.ts'))
    .flatMap(({ file, text }) => [...text.matchAll(/from '([^']+)'/g)].map(([, from = '']) => `${file}: ${from}`))
    .filter((line) => !/: \.\/[\w-]+\.ts$/.test(line));
  expect(wrong).toEqual([]);
});

test('nothing makes code from text', () => {
  const wrong = sources
    .filter(({ text }) => /\beval\(|new Function\(|from 'node:vm'|vm\.run/.test(text))
    .map(({ file }) => file);
  expect(wrong).toEqual([]);
});

test('no landed file holds unfinished work or switched-off checks', () => {
  const marks = new RegExp(['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX\\b', '@ts-' + 'ignore', '@ts-' + 'nocheck'].join('|'));
  const wrong = sources.filter(({ text }) => marks.test(text)).map(({ file }) => file);
  expect(wrong).toEqual([]);
});

test('a file over 600 lines says at its top why it is long', () => {
  const wrong = sources
    .filter(({ text }) => text.split('\n').length > 600)
    .filter(({ text }) => !text.split('\n').slice(0, 12).join('\n').includes('Why this long:'))
    .map(({ file, text }) => `${file}: ${text.split('\n').length} lines`);
  expect(wrong).toEqual([]);
});

/** Run as programs, not imported. */
const TOOLS = new Set(['@biomejs/biome', 'typescript']);

test('every package that is installed is imported somewhere', () => {
  type Manifest = { dependencies: Record<string, string>; devDependencies: Record<string, string> };
  const manifest: Manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const folders = ['src', 'web', 'test', 'bench', 'scripts', '.'];
  const text = folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: folder !== '.', encoding: 'utf8' }).map((file) =>
        join(folder, file),
      ),
    )
    .filter((file) => /\.(ts|tsx|mjs)$/.test(file))
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n');
  const isImported = (name: string): boolean =>
    text.includes(`'${name}'`) || text.includes(`'${name}/`) || text.includes(`"${name}"`);
  const unused = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })
    .filter((name) => !TOOLS.has(name) && name !== '@types/node')
    .filter((name) => !isImported(name.replace('@types/', '')));
  expect(unused).toEqual([]);
});

test('the lock file knows every platform package and names no host', () => {
  type Entry = { version?: string; resolved?: string; optionalDependencies?: Record<string, string> };
  const lock: { packages: Record<string, Entry> } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const missing = Object.entries(lock.packages).flatMap(([place, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([, version]) => /^\d/.test(version))
      .map(([name]) => name)
      .filter((name) => lock.packages[`${place}/node_modules/${name}`] === undefined)
      .filter((name) => lock.packages[`node_modules/${name}`] === undefined),
  );
  expect(missing).toEqual([]);
  expect(Object.values(lock.packages).filter((entry) => entry.resolved !== undefined)).toEqual([]);
});
