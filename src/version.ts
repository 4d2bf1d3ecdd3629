import { readFileSync } from 'node:fs';
import { isJsonObject } from './shared/json.ts';

/** The version in package.json, which lies beside `src/` and `dist/` alike. */
export function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  if (!isJsonObject(manifest) || typeof manifest['version'] !== 'string')
    throw new Error('package.json has no version');
  return manifest['version'];
}
