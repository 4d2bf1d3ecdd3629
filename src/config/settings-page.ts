import { environmentNameOf, flagOf, OPTION_NAMES, OPTIONS, type Option } from './options.ts';

/** What bounds a request or an answer and is no option. */
export type FixedLimit = {
  readonly what: string;
  readonly most: number;
  readonly unit: string;
  /** What a caller sees who goes beyond. */
  readonly beyond: string;
};

/** docs/configuration.md: one row an option, in the order of the table; then what no option changes. */
export function settingsPage(fixed: readonly FixedLimit[]): string {
  const rows = OPTION_NAMES.map((name) => {
    const option: Option<unknown> = OPTIONS[name];
    const unit = option.unit === '' ? '' : ` (${option.unit})`;
    const cells = [
      `\`${name}\``,
      `\`--${flagOf(name)}\`<br>\`${environmentNameOf(name)}\``,
      shown(option.default),
      option.codec.expected + unit,
      option.doc,
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return [
    '# Configuration',
    '',
    'Generated from `src/config/options.ts` by `npm run gen`; do not edit.',
    '',
    'A flag of `tocsin serve` wins over the environment variable, which wins over `tocsin.yaml` in the data folder, which',
    'wins over the default. In the file, dots are levels: `rules: {settleSeconds: 30}`. A value that does not fit stops',
    'the start with the name of the option, the value and what was expected; so does an unknown key.',
    '',
    '| option | flag and environment | default | expected | what it does |',
    '|---|---|---|---|---|',
    ...rows,
    '',
    '## Fixed limits',
    '',
    'No option changes these.',
    '',
    '| limit | most | beyond it |',
    '|---|---|---|',
    ...fixed.map(({ what, most, unit, beyond }) => `| ${what} | ${most.toLocaleString('en')} ${unit} | ${beyond} |`),
    '',
  ].join('\n');
}

function shown(value: unknown): string {
  if (value === null) return 'not set';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return `\`${String(value)}\``;
}
