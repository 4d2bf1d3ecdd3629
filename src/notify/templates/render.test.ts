import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../shared/json.ts';
import type { EscapeMode } from './escape-output.ts';
import { parseTemplate, TEMPLATE_CHARS_MAX } from './parser.ts';
import { type RenderOptions, renderTemplate } from './render.ts';
import { TemplateError } from './template-error.ts';

const DATA: JsonObject = {
  alert_name: 'sshd brute force',
  risk: 'high',
  detection_timestamp: 1_700_000_000.5,
  rows_count: 2,
  rows: [
    { user: 'root', source_address: '10.0.0.1', count: '12', event_id: '4625' },
    { user: "o'neil", source_address: '10.0.0.2', count: '3', event_id: '4624' },
  ],
  attack_tag: ['Brute Force', 'Valid Accounts'],
  extra_info: { query: 'user=* | chart count() by user' },
  hostile: '"},{"x":"</script><b>\n\\',
};

const render = (source: string, options: Partial<RenderOptions> = {}, data: JsonObject = DATA): string =>
  renderTemplate(parseTemplate(source), data, { escape: 'none', ...options });

const errorOf = (source: string, options: Partial<RenderOptions> = {}): string => {
  try {
    render(source, options);
  } catch (error) {
    if (error instanceof TemplateError) return error.message;
    throw error;
  }
  return 'no error';
};

describe('what Jinja does', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['{{ alert_name }} is {{ risk|upper }}', 'sshd brute force is HIGH'],
    ['{{ missing }}{{ rows[9].user }}{{ risk.x.y }}|', '|'],
    ['{{ rows.0.user }} {{ rows[0]["user"] }} {{ rows[-1].source_address }}', 'root root 10.0.0.2'],
    ['{{ extra_info.query }}', 'user=* | chart count() by user'],
    ['{% if risk == "high" and rows_count >= 2 %}a{% elif risk %}b{% else %}c{% endif %}', 'a'],
    ['{% if not rows %}none{% else %}some{% endif %}', 'some'],
    [
      '{% for row in rows %}{{ loop.index }}/{{ loop.length }} {{ row.user }}{{ ", " if not loop.last }}{% endfor %}',
      "1/2 root, 2/2 o'neil",
    ],
    [
      '{% for r in rows %}{{ loop.cycle("odd", "even") }}{{ loop.index0 }}{{ loop.first }}{% endfor %}',
      'odd0Trueeven1False',
    ],
    [
      '{% for k, v in rows[0].items() %}{{ k }}={{ v }};{% endfor %}',
      'user=root;source_address=10.0.0.1;count=12;event_id=4625;',
    ],
    ['{% for r in rows if r.user == "root" %}{{ r.user }}{{ loop.length }}{% else %}nobody{% endfor %}', 'root1'],
    ['{% for r in missing %}x{% else %}nothing{% endfor %}', 'nothing'],
    [
      '{% set total = rows_count * 2 + 1 %}{{ total }} {{ 7 // 2 }} {{ 7 % 4 }} {{ 2 ** 3 }} {{ -rows_count }}',
      '5 3 3 8 -2',
    ],
    ['{% set x = 1 %}{% for r in rows %}{% set x = 2 %}{% endfor %}{{ x }}', '1'],
    ['a{# nothing {{ x #}b', 'ab'],
    ['a \n{%- if true -%}\n b \n{%- endif -%}\n c', 'abc'],
    ['{% raw %}{{ x }}{% endraw %}', '{{ x }}'],
    ['{{ "x" if false else "y" }}{{ "z" if false }}', 'y'],
    ['{{ "root" in rows[0].user }} {{ "a" not in ["b"] }} {{ 1 in [1, 2] }}', 'True True True'],
    ['{{ none }} {{ true }} {{ attack_tag }} {{ {"a": 1} }}', "None True ['Brute Force', 'Valid Accounts'] {'a': 1}"],
    [
      '{{ missing is defined }} {{ risk is string }} {{ 3 is odd }} {{ rows is not none }} {{ 9 is divisibleby 3 }}',
      'False True True True True',
    ],
    ['{{ "a" ~ 1 ~ none }} {{ "a" "b" }} {{ "it\\"s" }}', 'a1None ab it"s'],
    ['{{ rows[:1]|length }} {{ "abcdef"[1:3] }}', '1 bc'],
    ['{{ 1 < 2 }} {{ "a" < "b" }} {{ rows[0].count > 5 }} {{ rows[0].count > "x" }}', 'True True True False'],
    ['line\n', 'line'],
  ];
  test.each(cases)('%s', (source, shown) => {
    expect(render(source)).toBe(shown);
  });
});

describe('filters', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['{{ detection_timestamp|datetime }}', '2023/11/14 22:13:20'],
    ['{{ detection_timestamp|date }}', '2023/11/14'],
    ['{{ detection_timestamp|readable }}', 'Tue, 14 Nov 2023 22:13:20 UTC'],
    ['{{ detection_timestamp|datetime("%d.%m.%y %I:%M %p") }}', '14.11.23 10:13 PM'],
    [
      '{{ 1700000000500|datetime }} {{ "2023-11-14T22:13:20Z"|datetime }} {{ "soon"|datetime }}',
      '2023/11/14 22:13:20 2023/11/14 22:13:20 soon',
    ],
    ['{{ attack_tag|readable }}', 'Brute Force, Valid Accounts'],
    ['{{ missing|default("n/a") }} {{ ""|default("e", true) }} {{ ""|default("e") }}|', 'n/a e |'],
    [
      '{{ attack_tag|join("; ") }} {{ rows|map(attribute="user")|join(",") }}',
      "Brute Force; Valid Accounts root,o'neil",
    ],
    ['{{ attack_tag|first }} {{ attack_tag|last|lower }} {{ rows|length }}', 'Brute Force valid accounts 2'],
    ['{{ "a b c d"|truncate(5) }} {{ "abcdefgh"|truncate(5, true, "~") }} {{ "ab"|truncate(5) }}', 'a... abcd~ ab'],
    ['{{ "aXbX"|replace("X", "-") }} {{ 3.456|round(1) }} {{ "4.7"|int }} {{ "x"|float(2) }}', 'a-b- 3.5 4 2'],
    ['{{ "<a&b>"|escape }} {{ {"a": "<b>"}|tojson }}', '&lt;a&amp;b&gt; {"a": "\\u003cb\\u003e"}'],
    ['{{ rows|sort(attribute="source_address", reverse=true)|map(attribute="user")|first }}', "o'neil"],
    ['{{ rows|sum(attribute="count") }} {{ [3, 1, 2]|max }} {{ [1, 1, 2]|unique|length }}', '15 3 2'],
    ['{{ rows|selectattr("event_id", "equalto", "4625")|map(attribute="user")|join }}', 'root'],
    ['{{ "a b/c"|urlencode }} {{ "hello world"|title }} {{ "  x "|trim }}', 'a%20b%2Fc Hello World x'],
  ];
  test.each(cases)('%s', (source, shown) => {
    expect(render(source)).toBe(shown);
  });

  test('times are shown in the zone that was asked for, an unknown one is UTC', () => {
    expect(render('{{ detection_timestamp|datetime }}', { timeZone: 'Asia/Kathmandu' })).toBe('2023/11/15 03:58:20');
    expect(render('{{ detection_timestamp|datetime }}', { timeZone: 'Mars/Base' })).toBe('2023/11/14 22:13:20');
  });
});

describe('errors name line and column', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['a\n {{ x', '2:2: expected }} before the end'],
    ['{{ x y }}', '1:6: expected the end of the tag but found "y"'],
    ['{{ }}', '1:4: expected a value but found the end of the tag'],
    ['{% if x %}', '1:1: expected {% endif %} before the end'],
    ['x\n{% endfor %}', '2:1: endfor closes nothing'],
    ['{% include "x" %}', '1:1: unknown tag "include", expected if, for, set or raw'],
    ['{{ x|nope }}', '1:5: unknown filter "nope"'],
    ['{{ x is nope }}', '1:6: unknown test "nope"'],
    ['{{ x() }}', '1:5: only methods such as items() can be called'],
    ['{{ x.constructor() }}', '1:5: unknown method "constructor"()'],
    ['{{ 1 / 0 }}', '1:6: division by zero'],
    ['{{ 1 + "a" }}', '1:6: expected a number but found text'],
    ['{% for a, b in [1] %}{% endfor %}', '1:1: expected 2 values but found a number'],
    ['{{ ; }}', '1:4: unexpected character ";"'],
  ];
  test.each(cases)('%s', (source, message) => {
    expect(errorOf(source)).toBe(message);
  });
});

test('nothing but own fields of the data can be reached', () => {
  for (const name of ['constructor', '__proto__', 'toString', 'prototype', '__class__']) {
    expect(render(`{{ ${name} }}{{ risk.${name} }}{{ rows.${name} }}{{ extra_info['${name}'] }}|`)).toBe('|');
    expect(render(`{% for r in rows %}{{ loop.${name} }}{% endfor %}|`)).toBe('|');
  }
  const own = JSON.parse('{"__proto__": "mine"}') as JsonObject;
  expect(render('{{ __proto__ }}', {}, own)).toBe('mine');
});

test('HTML output escapes values and leaves the template as it is', () => {
  const html: Partial<RenderOptions> = { escape: 'html' };
  expect(render('<b>{{ "<i>" }}</b>{{ "<i>"|safe }}{{ "<i>"|e }}', html)).toBe('<b>&lt;i&gt;</b><i>&lt;i&gt;');
  expect(render('{{ hostile }}', html)).not.toContain('<');
});

test('a JSON body stays JSON whatever the values hold', () => {
  const body = `{"name": "{{ hostile }}", "n": {{ rows_count }}, "rows": {{ rows }}, "tags": "{{ attack_tag }}",
    "bare": {{ hostile }}, "json": {{ rows|tojson }}, "who": [{% for r in rows %}"{{ r.user }}"{{ "," if not loop.last }}{% endfor %}]}`;
  const parsed: unknown = JSON.parse(render(body, { escape: 'json' }));
  expect(parsed).toMatchObject({
    name: DATA['hostile'],
    bare: DATA['hostile'],
    n: 2,
    rows: DATA['rows'],
    json: DATA['rows'],
    tags: "['Brute Force', 'Valid Accounts']",
    who: ['root', "o'neil"],
  });
});

test('a query string keeps values apart', () => {
  expect(render('q={{ "a&b=c d" }}&r={{ risk }}', { escape: 'url' })).toBe('q=a%26b%3Dc%20d&r=high');
});

test('caps on output, steps, time and size end a rendering with a template error', () => {
  const doubling = `{% set x = "ab" %}${'{% set x = x ~ x %}'.repeat(40)}{{ x }}`;
  expect(errorOf(doubling)).toMatch(/more than 1048576 characters/);
  const nested = `{% set x = [1] %}${'{% set x = [x, x] %}'.repeat(60)}`;
  expect(errorOf(`${nested}{{ x }}`)).toMatch(/nested deeper|more than/);
  expect(errorOf(`${nested}{{ x == x }}`)).toMatch(/nested deeper|more than/);
  const digits = '"0123456789"';
  expect(errorOf(`{% for a in ${digits} %}`.repeat(7) + '{% endfor %}'.repeat(7))).toMatch(
    /more than 500000 steps|longer/,
  );
  const limits = { outputCharsMax: 10, stepsMax: 1e9, timeMsMax: 1e9 };
  expect(errorOf('{% for r in rows %}0123456789{% endfor %}', { limits })).toMatch(/more than 10 characters/);
  expect(errorOf('x'.repeat(TEMPLATE_CHARS_MAX + 1))).toMatch(/expected at most 65536/);
  expect(errorOf(`{{ ${'('.repeat(1000)}1${')'.repeat(1000)} }}`)).toMatch(/nested deeper than 64/);
  expect(errorOf(`{{ ${'1+'.repeat(9000)}1 }}`)).toMatch(/longer than 500 parts/);
  expect(errorOf(`{{ ${'-'.repeat(9000)}1 }}`)).toMatch(/nested deeper than 64/);
});

const fragments = fc.constantFrom(
  '{{',
  '}}',
  '{%',
  '%}',
  '{#',
  '#}',
  '-',
  ' ',
  '\n',
  'if ',
  'for ',
  'in ',
  'set ',
  'else',
  'endif',
  'endfor',
  'elif ',
  'x',
  'rows',
  'loop',
  '.',
  '[',
  ']',
  '(',
  ')',
  '{',
  '}',
  '|',
  'join',
  'datetime',
  'replace',
  'is ',
  'not ',
  'and ',
  '"',
  "'",
  '\\',
  '1',
  '0',
  '9e999',
  '+',
  '*',
  '**',
  '~',
  '==',
  '<',
  ',',
  ':',
  '=',
  'true',
  'none',
  '__proto__',
  '\u0000',
  '😀',
  '\ud800',
);
const templates = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.array(fragments, { maxLength: 60 }).map((parts) => parts.join('')),
  fc.array(fragments, { maxLength: 20 }).map((parts) => `{% for x in rows %}{{ ${parts.join('')} }}{% endfor %}`),
  fc.array(fragments, { maxLength: 20 }).map((parts) => `{{ ${parts.join('')} }}`),
);
const modes = fc.constantFrom<EscapeMode>('none', 'html', 'json', 'url');

test('any template text renders within its caps or ends with a template error', () => {
  const limits = { outputCharsMax: 2000, stepsMax: 20_000, timeMsMax: 5000 };
  fc.assert(
    fc.property(
      templates,
      modes,
      fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }),
      (source, mode, data) => {
        try {
          const output = render(source, { escape: mode, limits }, { ...DATA, ...data } as JsonObject);
          expect(output.length).toBeLessThanOrEqual(limits.outputCharsMax);
        } catch (error) {
          expect(error).toBeInstanceOf(TemplateError);
        }
      },
    ),
    { numRuns: 3000 },
  );
});
