// Builds web/ to dist/web with every file compressed beside itself. Skipped when its sources, the grammar that it shares
// with the server and the lock file are those of the last build.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const INPUTS = ['web', 'src/query', 'src/shared', 'src/events', 'vite.config.ts', 'package-lock.json'];
const COMPRESSED = /\.(js|css|html|svg|json)$/;
/** Smaller files do not get smaller. */
const COMPRESS_BYTES_MIN = 600;

export async function buildConsole(root) {
  const out = join(root, 'dist', 'web');
  const mark = join(out, '.inputs');
  const inputs = hashOf(root);
  if (existsSync(mark) && readFileSync(mark, 'utf8') === inputs) return;
  const { build } = await import('vite');
  await build({ configFile: join(root, 'vite.config.ts'), logLevel: 'warn', mode: 'production' });
  for (const file of filesOf(out)) compress(file);
  writeFileSync(mark, inputs);
}

function compress(file) {
  const bytes = readFileSync(file);
  if (!COMPRESSED.test(file) || bytes.length < COMPRESS_BYTES_MIN) return;
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params }));
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
}

function hashOf(root) {
  const hash = createHash('sha256');
  for (const input of INPUTS) {
    const path = join(root, input);
    const files = /\.[a-z]+$/.test(input) ? [path] : filesOf(path).filter((file) => !/\.test\.tsx?$/.test(file));
    for (const file of files) hash.update(`${file.slice(root.length)}\n`).update(readFileSync(file));
  }
  return hash.digest('hex');
}

const filesOf = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
