import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

// What a browser loads before the console paints first, as the build made it.

const built = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist', 'web');

type Chunk = {
  readonly file: string;
  readonly isEntry?: boolean;
  readonly imports?: readonly string[];
  readonly css?: readonly string[];
};

const gzipped = (file: string): number => gzipSync(readFileSync(join(built, file))).length;

test('the console paints first after 350 kB at the most; editor, charts and administration come later', () => {
  const chunks = JSON.parse(readFileSync(join(built, 'manifest.json'), 'utf8')) as Readonly<Record<string, Chunk>>;
  const files = new Set<string>(['index.html']);
  const take = (name: string): void => {
    const chunk = chunks[name];
    if (chunk === undefined || files.has(chunk.file)) return;
    files.add(chunk.file);
    for (const style of chunk.css ?? []) files.add(style);
    for (const next of chunk.imports ?? []) take(next);
  };
  for (const [name, { isEntry }] of Object.entries(chunks)) if (isEntry === true) take(name);
  const weight = [...files].reduce((sum, file) => sum + gzipped(file), 0);
  expect(weight).toBeLessThanOrEqual(350_000);
  // Less than this would be a page without its program.
  expect(weight).toBeGreaterThan(100_000);
  const early = [...files].filter((file) => /search-view|rule-editor|overview|attack|admin/.test(file));
  expect(early).toEqual([]);
});
