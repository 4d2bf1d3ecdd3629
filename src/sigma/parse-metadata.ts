import { digestHex } from '../shared/ids.ts';
import { type ProblemList, shown } from './problem.ts';
import { entryOf, textOf, textsOf, type YamlMap, type YamlNode } from './read-yaml.ts';
import { SIGMA_LEVELS, type SigmaLevel, type SigmaMetadata, type SigmaRisk } from './sigma-rule.ts';

const RISK: Readonly<Record<SigmaLevel, SigmaRisk>> = {
  informational: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  critical: 'critical',
};
/** What a rule without a level is taken for. */
const RISK_DEFAULT: SigmaRisk = 'medium';

/** Keys that this file or the parts of a definition read; every other key is kept as text. */
const READ_KEYS = new Set([
  'id',
  'title',
  'name',
  'description',
  'author',
  'license',
  'references',
  'status',
  'level',
  'tags',
  'falsepositives',
  'fields',
  'related',
  'date',
  'modified',
  'logsource',
  'detection',
  'correlation',
  'filter',
]);
const OTHER_TEXT_LENGTH_MAX = 1_000;

/** What a definition says about itself. A missing title or id is made up and warned about; a wrong level is an error. */
export function parseMetadata(map: YamlMap, file: string, problems: ProblemList): SigmaMetadata {
  const text = (key: string): string => textOf(entryOf(map, key)) ?? '';
  const tags = textsOf(entryOf(map, 'tags'));
  const level = parseLevel(entryOf(map, 'level'), problems);
  if (text('title') === '') problems.warn(map.place, 'expected a title');
  if (text('id') === '') problems.warn(map.place, 'expected an id; one is made from the file and the title');
  const others = [...map.entries].filter(([key]) => !READ_KEYS.has(key));
  return {
    id: text('id') === '' ? madeUpId(file, text('title')) : text('id'),
    title: text('title') === '' ? file : text('title'),
    name: text('name') === '' ? null : text('name'),
    description: text('description'),
    author: text('author'),
    license: text('license'),
    references: textsOf(entryOf(map, 'references')),
    status: text('status'),
    level,
    risk: level === null ? RISK_DEFAULT : RISK[level],
    tags,
    attackIds: tags.flatMap((tag) => attackId(tag) ?? []),
    tactics: tags.flatMap((tag) => tactic(tag) ?? []),
    falsePositives: textsOf(entryOf(map, 'falsepositives')),
    fields: textsOf(entryOf(map, 'fields')),
    related: relatedOf(entryOf(map, 'related')),
    date: text('date'),
    modified: text('modified'),
    other: new Map(others.map(([key, { value }]) => [key, nodeText(value).slice(0, OTHER_TEXT_LENGTH_MAX)])),
  };
}

function parseLevel(node: YamlNode | null, problems: ProblemList): SigmaLevel | null {
  const text = textOf(node);
  if (node === null || text === null) return null;
  const level = SIGMA_LEVELS.find((known) => known === text.toLowerCase());
  if (level === undefined)
    problems.error(node.place, `expected a level of ${SIGMA_LEVELS.join(', ')}, saw ${shown(text)}`);
  return level ?? null;
}

/** The same for the same file and title, in the form of the ids that rules have. */
function madeUpId(file: string, title: string): string {
  const hex = digestHex([file, title], 32);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** `attack.t1059.001` → `T1059.001`; groups (`g0016`), software (`s0002`), campaigns and data sources alike. */
function attackId(tag: string): string | null {
  return (
    /^attack\.((?:t\d{4}(?:\.\d{3})?)|(?:ta\d{4})|(?:[gsc]\d{4})|(?:ds\d{4}))$/i.exec(tag)?.[1]?.toUpperCase() ?? null
  );
}

/** `attack.defense_evasion` and `attack.defense-evasion` → `defense-evasion`. */
function tactic(tag: string): string | null {
  return /^attack\.([a-z]+(?:[-_][a-z]+)*)$/i.exec(tag)?.[1]?.toLowerCase().replaceAll('_', '-') ?? null;
}

function relatedOf(node: YamlNode | null): SigmaMetadata['related'] {
  if (node?.kind !== 'list') return [];
  return node.items.flatMap((item) => {
    if (item.kind !== 'map') return [];
    const id = textOf(entryOf(item, 'id'));
    return id === null ? [] : [{ id, type: textOf(entryOf(item, 'type')) ?? '' }];
  });
}

function nodeText(node: YamlNode): string {
  if (node.kind === 'scalar') return node.text;
  if (node.kind === 'list') return node.items.map(nodeText).join(', ');
  return [...node.entries].map(([key, { value }]) => `${key}: ${nodeText(value)}`).join(', ');
}
