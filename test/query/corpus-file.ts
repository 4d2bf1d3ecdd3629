import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * A corpus is text that an analyst can read and write: cases that start with `## title`, each with parts `name: text`
 * or `name:` and indented lines. What stands before the first case is explained there and kept; its parts hold for all.
 *
 * `TOCSIN_CORPUS=write npx vitest run test/query` writes what holds now; the diff is then read like any other change.
 */
export type CorpusCase = { readonly title: string; readonly parts: ReadonlyMap<string, string> };
export type Corpus = { readonly shared: ReadonlyMap<string, string>; readonly cases: readonly CorpusCase[] };

const fileOf = (name: string): string => fileURLToPath(new URL(`../corpus/${name}`, import.meta.url));

export const isWriting = process.env['TOCSIN_CORPUS'] === 'write';

export function readCorpus(name: string): Corpus {
  const [head = '', ...cases] = readFileSync(fileOf(name), 'utf8').split(/^## /m);
  return {
    shared: partsOf(head.split('\n')),
    cases: cases.map((text) => {
      const [title = '', ...lines] = text.split('\n');
      return { title: title.trim(), parts: partsOf(lines) };
    }),
  };
}

function partsOf(lines: readonly string[]): Map<string, string> {
  const parts = new Map<string, string>();
  let open: string | null = null;
  for (const line of lines) {
    const start = /^(\w+):(?: (.*))?$/.exec(line);
    if (start !== null) {
      open = start[1] ?? '';
      parts.set(open, start[2] ?? '');
    } else if (open !== null && line.startsWith('  ')) {
      const before = parts.get(open) ?? '';
      parts.set(open, before === '' ? line.slice(2) : `${before}\n${line.slice(2)}`);
    } else open = null;
  }
  return parts;
}

/** Replaces the part `name` of the case in the file by what holds now. */
export function writePart(file: string, title: string, name: string, text: string): void {
  const path = fileOf(file);
  const pieces = readFileSync(path, 'utf8').split(/^(?=## )/m);
  const at = pieces.findIndex((piece) => piece.startsWith(`## ${title}\n`));
  const piece = pieces[at];
  if (piece === undefined) throw new Error(`no case ${title} in ${file}`);
  const body = text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
  const kept = piece.trimEnd().split(new RegExp(`^${name}:`, 'm'))[0] ?? '';
  pieces[at] = `${kept.trimEnd()}\n${name}:\n${body}\n\n`;
  writeFileSync(path, `${pieces.join('').trimEnd()}\n`);
}
