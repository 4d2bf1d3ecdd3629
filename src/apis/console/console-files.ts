import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type ConsoleFile = {
  readonly type: string;
  readonly bytes: Buffer;
  /** Made at build time; null where compressing gains nothing. */
  readonly brotli: Buffer | null;
  readonly gzip: Buffer | null;
  /** The name holds a hash of the content, so a browser may keep it for good. */
  readonly isImmutable: boolean;
};

/** The built console: its page, and every other file by its path. */
export type ConsoleFiles = { readonly page: string; readonly files: ReadonlyMap<string, ConsoleFile> };

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.png': 'image/png',
};

/** dist/web, beside the compiled program; a program that runs from src/ has it there, too. */
const WEB_DIR = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../../dist/web/' : '../../web/', import.meta.url),
);

/** Reads the built console into memory (about 2 MB), so that no request names a file. Null when it was not built. */
export function readConsoleFiles(dir: string = WEB_DIR): ConsoleFiles | null {
  const index = join(dir, 'index.html');
  if (!existsSync(index)) return null;
  const files = new Map<string, ConsoleFile>();
  for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const path = join(dir, name);
    files.set(`/${name}`, {
      type,
      bytes: readFileSync(path),
      brotli: readIfThere(`${path}.br`),
      gzip: readIfThere(`${path}.gz`),
      isImmutable: name.startsWith('assets/'),
    });
  }
  return { page: readFileSync(index, 'utf8'), files };
}

const readIfThere = (path: string): Buffer | null => (existsSync(path) ? readFileSync(path) : null);
