import { readdirSync, readFileSync } from 'node:fs';
import { digestHex } from '../shared/ids.ts';

/** Folders whose code decides what a rule compiles to. */
const FOLDERS = ['../sigma/', '../query/', '../events/'] as const;

let known: string | null = null;

/**
 * Names the code that compiles rules: a digest of its files, so that a program with any other code compiles anew. A few
 * milliseconds at the first call.
 */
export function compilerVersion(): string {
  known ??= digestHex(FOLDERS.flatMap(filesOf), 32);
  return known;
}

function filesOf(folder: string): readonly string[] {
  const url = new URL(folder, import.meta.url);
  const names = readdirSync(url).filter((name) => /\.(?:js|ts)$/.test(name) && !/\.(?:test|d)\.ts$/.test(name));
  return names.sort().flatMap((name) => [name, readFileSync(new URL(name, url), 'utf8')]);
}
