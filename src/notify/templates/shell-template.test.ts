import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTemplate } from './parser.ts';
import { renderTemplate } from './render.ts';
import { checkShellTemplate } from './shell-template.ts';
import { TemplateError } from './template-error.ts';

const render = (source: string, data: { [name: string]: string }): string => {
  const template = parseTemplate(source);
  checkShellTemplate(template);
  return renderTemplate(template, data, { escape: 'shell' });
};
const run = (command: string): string => execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8' });

test.each(['$(id)', '`id`', "'; id; '", '"$HOME"', "\\'; id; \\'", '--option', 'a\nid', ''])(
  'the value %j reaches the command as one word',
  (value) => {
    const printed = run(render(`printf '[%s]' {{ value }} end`, { value }));
    expect(printed).toBe(`[${value.replace('\n', ' ')}][end]`);
  },
);

test('any value is data for a real shell, in branches and loops and beside others', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 30 }), fc.string({ maxLength: 30 }), (a, b) => {
      const clean = (text: string): string =>
        // biome-ignore lint/suspicious/noControlCharactersInRegex: what the template replaces
        Buffer.from(text.replace(/[\u0000-\u001f\u007f]+/g, ' ')).toString();
      const source = `{% if true %}printf '%s|' {{ a }}{{ b }} $(printf %s {{ b }}x){% endif %}`;
      const [first] = run(render(source, { a, b })).split('|', 1);
      if (!clean(a + b).includes('|')) expect(first).toBe(clean(a) + clean(b));
    }),
    { numRuns: 60 },
  );
});

test.each([
  'echo "{{ v }}"',
  "echo '{{ v }}'",
  'echo `printf {{ v }}`',
  "echo $'{{ v }}'",
  'echo ${{ v }}',
  'echo $(({{ v }}))',
  'echo $[{{ v }}]',
  'cat <<END\n{{ v }}\nEND',
  'echo \\{{ v }}',
  'echo {% if a %}"{% endif %}{{ v }}"',
])('a template in which a value would not stay one word is refused: %s', (source) => {
  expect(() => render(source, { v: 'x' })).toThrow(TemplateError);
});

test('a command without values may be anything', () => {
  const source = 'echo "$(printf %s `echo ok`)"';
  expect(run(render(source, {}))).toBe('ok\n');
});
