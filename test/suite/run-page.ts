import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

export type PageBlock = {
  readonly heading: string;
  readonly commands: string;
  /** Lines that the commands print, `…` standing for anything; null when the page shows none. */
  readonly shown: string | null;
};

/** The shell blocks of a page, each with the answer that follows it. */
export function blocksOf(path: string): PageBlock[] {
  const blocks: PageBlock[] = [];
  for (const section of readFileSync(path, 'utf8').split(/^## /m)) {
    const heading = section.split('\n', 1)[0] ?? '';
    for (const found of section.matchAll(/^```sh\n([\s\S]*?)^```\n(?:```json\n([\s\S]*?)^```$)?/gm)) {
      blocks.push({ heading, commands: found[1] ?? '', shown: found[2] ?? null });
    }
  }
  return blocks;
}

/**
 * Where what was printed is not what a page shows: the first part, between two `…`, that does not come; null when all do.
 * Not a regular expression: many `…` over a long answer take it longer than anybody waits.
 */
export function missingPart(shown: string, printed: string): string | null {
  const plain = (text: string): string => text.trim().replace(/\s+/g, ' ');
  const parts = plain(shown).split(/ ?… ?/);
  const text = plain(printed);
  const last = parts.pop() ?? '';
  const [first = ''] = parts;
  if (parts.length === 0) return text === last ? null : last;
  if (!text.startsWith(first)) return first;
  let at = 0;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return part;
    at = found + part.length;
  }
  return text.slice(at).endsWith(last) ? null : last;
}

/** One shell that runs the blocks of a page one after the other, as somebody who follows the page would. */
export class PageShell {
  readonly #shell;
  readonly #lines: AsyncIterator<string>;
  #errors = '';

  constructor(env: NodeJS.ProcessEnv) {
    this.#shell = spawn('/bin/sh', ['-eu'], { env: { PATH: process.env['PATH'] ?? '', ...env } });
    this.#lines = createInterface({ input: this.#shell.stdout })[Symbol.asyncIterator]();
    this.#shell.stderr.on('data', (chunk) => {
      this.#errors += String(chunk);
    });
  }

  /** What the commands print. @throws Error when one of them fails */
  async run(commands: string): Promise<string> {
    this.#shell.stdin.write(`${commands}\necho; echo '--- end of block'\n`);
    const printed: string[] = [];
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done === true) throw new Error(`the shell ended: ${printed.join('\n')} ${this.#errors}`);
      if (value === '--- end of block') return printed.join('\n').trim();
      printed.push(value);
    }
  }

  close(): void {
    this.#shell.stdin.end();
  }
}
