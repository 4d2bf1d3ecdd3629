import type { Template } from './parser.ts';
import type { Node } from './template-ast.ts';
import { TemplateError } from './template-error.ts';

/**
 * Constructs in which a quoted word is not one word any more: the shell would read the value of an attacker as code.
 * With them goes the promise that a value is only ever data.
 */
const REFUSED: readonly (readonly [RegExp, string])[] = [
  [/`/, 'backticks'],
  [/\$['"]/, '$\'…\' and $"…"'],
  [/<</, 'here documents'],
  [/\(\(|\$\[/, 'arithmetic ((…)), $[…]'],
  [/\$$/, 'a $ before a value'],
];

/**
 * Values go into a command as single-quoted words (`escape: 'shell'`). That holds only where a word may stand: not inside
 * quotes of the template. So each piece of literal text must open and close its quotes itself, whatever branches and loops
 * do with the pieces. A command without values may be anything.
 *
 * @throws TemplateError with line and column
 */
export function checkShellTemplate(template: Template): void {
  if (!hasOutput(template.nodes)) return;
  for (const text of textsOf(template.nodes)) {
    const wrong = faultIn(text);
    // Only the first place of the text is known: literal text is kept without its offset.
    if (wrong !== null) throw new TemplateError(wrong, template.source, Math.max(0, template.source.indexOf(text)));
  }
}

function faultIn(text: string): string | null {
  const found = REFUSED.find(([pattern]) => pattern.test(text));
  if (found !== undefined) return `${found[1]} cannot stand in a command with values`;
  let quote = '';
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i] ?? '';
    if (quote === "'") quote = char === "'" ? '' : quote;
    else if (char === '\\') {
      i += 1;
      if (i === text.length) return 'a backslash cannot stand before a value';
    } else if (quote === '"') quote = char === '"' ? '' : quote;
    else if (char === '"' || char === "'") quote = char;
  }
  return quote === '' ? null : 'a value cannot stand inside quotes: it is quoted by itself';
}

function* textsOf(nodes: readonly Node[]): Generator<string> {
  for (const node of nodes) {
    if (node.kind === 'text') yield node.text;
    for (const inner of innerOf(node)) yield* textsOf(inner);
  }
}

const hasOutput = (nodes: readonly Node[]): boolean =>
  nodes.some((node) => node.kind === 'output' || innerOf(node).some(hasOutput));

function innerOf(node: Node): readonly (readonly Node[])[] {
  if (node.kind === 'if') return [...node.branches.map((branch) => branch.body), node.otherwise];
  return node.kind === 'for' ? [node.body, node.otherwise] : [];
}

/** One word of a POSIX shell, whatever the text holds; control characters, line ends among them, become blanks. */
export const shellWord = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must not reach a command line
  `'${text.replace(/[\u0000-\u001f\u007f]+/g, ' ').replaceAll("'", "'\\''")}'`;
