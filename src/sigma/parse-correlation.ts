import { numericValue } from '../events/event.ts';
import { ConditionError, type ConditionExpr, parseCondition } from './parse-condition.ts';
import { type ProblemList, shown } from './problem.ts';
import { entryOf, textOf, textsOf, type YamlMap, type YamlNode } from './read-yaml.ts';
import {
  CORRELATION_OPERATORS,
  CORRELATION_TYPES,
  type CorrelationExpression,
  type CorrelationType,
  type SigmaCorrelation,
  type SigmaMetadata,
} from './sigma-rule.ts';

const KEYS = new Set(['type', 'rules', 'group-by', 'timespan', 'condition', 'aliases', 'generate']);
const TEMPORAL: readonly CorrelationType[] = ['temporal', 'temporal_ordered'];
/** Types that look at the values of a field. */
const OF_VALUES: readonly CorrelationType[] = [
  'value_count',
  'value_sum',
  'value_avg',
  'value_percentile',
  'value_median',
];

/**
 * Reads a correlation rule. Null after a mistake, which is reported.
 * Source: Sigma correlation rules specification 2.1.
 */
export function parseCorrelation(
  node: YamlNode,
  metadata: SigmaMetadata,
  problems: ProblemList,
): SigmaCorrelation | null {
  if (node.kind !== 'map') {
    problems.error(node.place, `expected a map as the value of correlation, saw a ${node.kind}`);
    return null;
  }
  for (const [key, { place }] of node.entries) {
    if (!KEYS.has(key)) problems.error(place, `expected one of ${[...KEYS].join(', ')}, saw ${shown(key)}`);
  }
  const type = parseType(node, problems);
  const rules = textsOf(entryOf(node, 'rules'));
  if (rules.length === 0) problems.error(node.place, 'expected the rules whose matches the correlation counts');
  const timespanMs = parseTimespan(node, problems);
  const condition = type === null ? NO_CONDITION : parseCorrelationCondition(node, type, rules, problems);
  const aliases = parseAliases(node, problems);
  if (type === null || problems.hasErrors) return null;
  return {
    kind: 'correlation',
    metadata,
    type,
    rules,
    groupBy: textsOf(entryOf(node, 'group-by')),
    timespanMs,
    ...condition,
    aliases,
    isGenerating: textOf(entryOf(node, 'generate'))?.toLowerCase() === 'true',
  };
}

function parseType(node: YamlMap, problems: ProblemList): CorrelationType | null {
  const entry = entryOf(node, 'type');
  const text = textOf(entry);
  const type = CORRELATION_TYPES.find((known) => known === text);
  if (type !== undefined) return type;
  const seen = text === null ? 'none' : shown(text);
  problems.error(entry?.place ?? node.place, `expected a type of ${CORRELATION_TYPES.join(', ')}, saw ${seen}`);
  return null;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  M: 2_592_000_000,
  y: 31_536_000_000,
};

/** `15s`, `30m`, `8h`, `7d`, `2w`, `1M` (30 days), `1y` (365 days) in ms. */
function parseTimespan(node: YamlMap, problems: ProblemList): number {
  const entry = entryOf(node, 'timespan');
  const text = textOf(entry);
  const [, count, unit] = /^(\d{1,9})([smhdwMy])$/.exec(text ?? '') ?? [];
  const timespanMs = Number(count ?? 0) * (UNIT_MS[unit ?? ''] ?? 0);
  if (timespanMs === 0) {
    const seen = text === null ? 'none' : shown(text);
    problems.error(entry?.place ?? node.place, `expected a timespan such as 15s, 30m, 8h or 7d, saw ${seen}`);
  }
  return timespanMs;
}

type CorrelationCondition = Pick<SigmaCorrelation, 'conditions' | 'fields' | 'percentile' | 'expression'>;

const NO_CONDITION: CorrelationCondition = { conditions: [], fields: [], percentile: null, expression: null };

function parseCorrelationCondition(
  node: YamlMap,
  type: CorrelationType,
  rules: readonly string[],
  problems: ProblemList,
): CorrelationCondition {
  const condition = entryOf(node, 'condition');
  if (condition === null) {
    if (!TEMPORAL.includes(type)) problems.error(node.place, `expected a condition for ${type}`);
    return NO_CONDITION;
  }
  if (condition.kind === 'map') return parseThresholds(condition, type, problems);
  const text = textOf(condition);
  if (text === null || !TEMPORAL.includes(type)) {
    problems.error(condition.place, `expected a map such as gte: 5 as the condition of ${type}`);
    return NO_CONDITION;
  }
  try {
    return { ...NO_CONDITION, expression: expressionOf(parseCondition(text), new Set(rules)) };
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    problems.error(condition.place, error.message);
    return NO_CONDITION;
  }
}

function parseThresholds(map: YamlMap, type: CorrelationType, problems: ProblemList): CorrelationCondition {
  const conditions: SigmaCorrelation['conditions'][number][] = [];
  let fields: readonly string[] = [];
  let percentile: number | null = null;
  for (const [key, { value, place }] of map.entries) {
    const op = CORRELATION_OPERATORS.find((known) => known === key);
    const number = numericValue(textOf(value) ?? '');
    if (key === 'field') fields = textsOf(value);
    else if (key === 'percentile' && number !== undefined && number >= 0 && number <= 100) percentile = number;
    else if (op !== undefined && number !== undefined) conditions.push({ op, value: number });
    else {
      const expected = `field, percentile (0 to 100) or one of ${CORRELATION_OPERATORS.join(', ')} with a number`;
      problems.error(place, `expected ${expected}, saw ${shown(key)}`);
    }
  }
  if (conditions.length === 0) problems.error(map.place, 'expected a comparison such as gte: 5 in the condition');
  if (OF_VALUES.includes(type) && fields.length === 0) problems.error(map.place, `expected a field for ${type}`);
  if (type === 'value_percentile' && percentile === null) problems.error(map.place, 'expected a percentile');
  return { conditions, fields, percentile, expression: null };
}

function expressionOf(expr: ConditionExpr, rules: ReadonlySet<string>): CorrelationExpression {
  switch (expr.kind) {
    case 'and':
    case 'or':
      return { kind: expr.kind, operands: expr.operands.map((operand) => expressionOf(operand, rules)) };
    case 'not':
      return { kind: 'not', operand: expressionOf(expr.operand, rules) };
    case 'selection':
      if (rules.has(expr.name)) return { kind: 'rule', rule: expr.name };
      throw new ConditionError(`expected one of the correlation's rules, saw ${shown(expr.name)}`);
    case 'quantified':
      throw new ConditionError('expected names of rules, and, or and not in the condition of a temporal correlation');
  }
}

function parseAliases(node: YamlMap, problems: ProblemList): SigmaCorrelation['aliases'] {
  const aliases = new Map<string, ReadonlyMap<string, string>>();
  const entry = entryOf(node, 'aliases');
  if (entry === null) return aliases;
  if (entry.kind !== 'map') {
    problems.error(entry.place, `expected a map as the value of aliases, saw a ${entry.kind}`);
    return aliases;
  }
  for (const [alias, { value, place }] of entry.entries) {
    const fields = new Map<string, string>();
    if (value.kind === 'map') for (const [rule, field] of value.entries) fields.set(rule, textOf(field.value) ?? '');
    if (fields.size === 0 || [...fields.values()].includes('')) {
      problems.error(place, `expected a field for each rule under the alias ${shown(alias)}`);
    }
    aliases.set(alias, fields);
  }
  return aliases;
}
