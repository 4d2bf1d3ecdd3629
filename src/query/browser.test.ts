import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const IMPORT = /^(?:import|export)\s+(type\s+)?[^;]*?\bfrom '([^']+)'/gms;
/** What Node has and a browser lacks. */
const NODE_ONLY = /\b(?:Buffer|process\.(?:env|nextTick|hrtime|cwd)|setImmediate|__dirname|import\.meta)\b/;

/** Every file that an import of `entry` loads, and every package. */
function loadedBy(entry: string): { files: Map<string, string>; packages: Set<string> } {
  const files = new Map<string, string>();
  const packages = new Set<string>();
  const waiting = [new URL(entry, import.meta.url)];
  for (let url = waiting.pop(); url !== undefined; url = waiting.pop()) {
    if (files.has(url.pathname)) continue;
    const source = readFileSync(url, 'utf8');
    files.set(url.pathname, source);
    for (const [, isType, from = ''] of source.matchAll(IMPORT)) {
      if (isType !== undefined) continue;
      if (from.startsWith('.')) waiting.push(new URL(from, url));
      else packages.add(from);
    }
  }
  return { files, packages };
}

test.each(['./check-query.ts', './complete.ts', './highlight.ts', './print-query.ts', './show-diagnostic.ts'])(
  '%s and all that it loads run in a browser',
  (entry) => {
    const { files, packages } = loadedBy(entry);
    expect([...packages].filter((name) => name !== 're2js')).toEqual([]);
    for (const [path, source] of files) expect(NODE_ONLY.test(source), path).toBe(false);
  },
);
