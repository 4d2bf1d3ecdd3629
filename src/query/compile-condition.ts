import type { FieldConstants } from '../events/event-layout.ts';
import { unreachable } from '../shared/assert.ts';
import { foldSql } from './fold.ts';
import { type TextPattern, textRegex } from './free-text.ts';
import type { Network } from './network.ts';
import { patternRegex, type WildPattern } from './pattern.ts';
import type { Condition, ValueSet } from './plan.ts';
import { storeRegex } from './regex.ts';
import { CONTEXT_FIELDS, searchedValuesSql } from './searched-values.ts';
import type { SqlParams } from './sql-params.ts';
import { type RefSql, refSql } from './sql-ref.ts';
import type { TextRelation, TextTest } from './text-test.ts';

/** `multiSearchAny` takes so many texts at once. */
const needlesMax = 255;
/** Wildcard patterns are joined into expressions of about this many characters, within what RE2 accepts. */
const regexCharsMax = 8_000;

/** A condition as SQL that is true or false, never null. */
export function conditionSql(condition: Condition, params: SqlParams, constants: FieldConstants): string {
  switch (condition.kind) {
    case 'always':
      return 'true';
    case 'never':
      return 'false';
    case 'and':
    case 'or': {
      const [only, ...others] = condition.operands.map((operand) => conditionSql(operand, params, constants));
      // The store's `and` and `or` take two operands and more.
      return only !== undefined && others.length === 0 ? only : `${condition.kind}(${[only, ...others].join(', ')})`;
    }
    case 'not':
      return `not(${conditionSql(condition.operand, params, constants)})`;
    case 'exists':
      return refSql(condition.ref, params, constants).isPresent;
    case 'matches':
      return matchesSql(refSql(condition.ref, params, constants), condition.values, params);
    case 'compares': {
      const { number } = refSql(condition.ref, params, constants);
      return `ifNull(${number} ${condition.op} ${params.number(condition.number)}, false)`;
    }
    case 'mentions':
      return mentionsSql(refSql(condition.ref, params, constants).text, condition.text, params);
    case 'finds': {
      const { text, isPresent } = refSql(condition.ref, params, constants);
      return `(${isPresent} AND match(${text}, ${params.text(storeRegex(condition.regex))}))`;
    }
    case 'matches-cased': {
      const { text, isPresent } = refSql(condition.ref, params, constants);
      return `and(${isPresent}, ${textTestSql(text, { kind: 'cased', texts: condition.texts }, params)})`;
    }
    case 'anywhere': {
      const values = searchedValuesSql(params.texts(CONTEXT_FIELDS));
      return `arrayExists(value -> ${textTestSql('value', condition.test, params)}, ${values})`;
    }
    case 'in-network': {
      const { text } = refSql(condition.ref, params, constants);
      return inNetworkSql(text, condition.networks, params);
    }
    case 'relates': {
      const ref = refSql(condition.ref, params, constants);
      const other = refSql(condition.other, params, constants);
      const relation = relationSql(condition.relation, ref.text, other.text, condition.isCased);
      return `and(${ref.isPresent}, ${other.isPresent}, ${relation})`;
    }
    default:
      return unreachable(condition);
  }
}

function matchesSql(ref: RefSql, values: ValueSet, params: SqlParams): string {
  const parts: string[] = [];
  const texts = values.exact.filter((text) => text !== '');
  if (ref.members === null) parts.push(...textTests(ref.text, texts, values.patterns, params));
  else {
    const tests = textTests('word', texts, values.patterns, params);
    if (tests.length > 0) parts.push(`arrayExists(word -> ${anyOf(tests)}, ${ref.members})`);
  }
  if (values.exact.includes('')) parts.push(`(${ref.isPresent} AND ${ref.text} = '')`);
  if (ref.members === null && values.numbers.length > 0) parts.push(numberTest(ref, values.numbers, params));
  return anyOf(parts);
}

const anyOf = (parts: readonly string[]): string =>
  parts.length === 1 ? (parts[0] ?? 'false') : `or(${parts.join(', ')})`;

/** The plain conversion goes first: it is cheap and rules out nearly all, so the exact form is checked for few. */
function numberTest(ref: RefSql, values: readonly number[], params: SqlParams): string {
  const [only] = values;
  const rough = `toFloat64OrNull(${ref.text})`;
  const isOne =
    only !== undefined && values.length === 1
      ? `${rough} = ${params.number(only)}`
      : `has(${params.numbers(values)}, ${rough})`;
  return `(ifNull(${isOne}, false) AND isNotNull(${ref.number}))`;
}

/** Tests of one text, any of which suffices. Each kind of pattern takes the store's fastest function for it. */
function textTests(
  text: string,
  exact: readonly string[],
  patterns: readonly WildPattern[],
  params: SqlParams,
  foldedSql: typeof foldSql = foldSql,
): string[] {
  const tests: string[] = [];
  for (const group of byScript(exact, (value) => value))
    tests.push(exactTest(foldedSql(text, ...group), group, params));
  for (const kind of ['prefix', 'suffix', 'contains'] as const) {
    const all = patterns.flatMap((pattern) => (pattern.kind === kind ? [pattern.text] : []));
    for (const group of byScript(all, (value) => value))
      tests.push(...affixTests(kind, foldedSql(text, ...group), group, params));
  }
  const globs = patterns.flatMap((pattern) => (pattern.kind === 'glob' ? [pattern] : []));
  for (const group of byScript(globs, (glob) => glob.glob)) {
    const folded = foldedSql(text, ...group.map((glob) => glob.glob));
    for (const regex of joinRegexes(group.map(patternRegex))) tests.push(`match(${folded}, ${params.text(regex)})`);
  }
  return tests;
}

/** ASCII and other values apart: the former need the cheap folding only. */
function byScript<T>(values: readonly T[], textOf: (value: T) => string): T[][] {
  const isPlain = (value: T): boolean => foldSql('', textOf(value)) === foldSql('');
  return [values.filter(isPlain), values.filter((value) => !isPlain(value))].filter((group) => group.length > 0);
}

function exactTest(folded: string, values: readonly string[], params: SqlParams): string {
  const [only] = values;
  if (only !== undefined && values.length === 1) return `${folded} = ${params.text(only)}`;
  return `has(${params.texts(values)}, ${folded})`;
}

function affixTests(
  kind: 'prefix' | 'suffix' | 'contains',
  folded: string,
  values: readonly string[],
  params: SqlParams,
): string[] {
  const [only] = values;
  if (kind === 'contains') {
    if (only !== undefined && values.length === 1) return [`position(${folded}, ${params.text(only)}) > 0`];
    return slices(values, needlesMax).map((slice) => `multiSearchAny(${folded}, ${params.texts(slice)})`);
  }
  const test = kind === 'prefix' ? 'startsWith' : 'endsWith';
  if (only !== undefined && values.length === 1) return [`${test}(${folded}, ${params.text(only)})`];
  return [`arrayExists(part -> ${test}(${folded}, part), ${params.texts(values)})`];
}

function slices<T>(values: readonly T[], size: number): T[][] {
  const all: T[][] = [];
  for (let from = 0; from < values.length; from += size) all.push(values.slice(from, from + size));
  return all;
}

/** As few expressions over the whole text as the limit on their length allows. */
function joinRegexes(regexes: readonly string[]): string[] {
  const joined: string[] = [];
  let open: string[] = [];
  let length = 0;
  for (const regex of regexes) {
    if (open.length > 0 && length + regex.length > regexCharsMax) {
      joined.push(open.join('|'));
      open = [];
      length = 0;
    }
    open.push(regex);
    length += regex.length;
  }
  if (open.length > 0) joined.push(open.join('|'));
  return joined.map((body) => `(?s)^(?:${body})$`);
}

function mentionsSql(text: string, pattern: TextPattern, params: SqlParams): string {
  if (pattern.kind === 'anything') return 'true';
  if (pattern.kind === 'pattern') return anyOf(textTests(text, [], [pattern.pattern], params));
  const words = pattern.parts.flatMap((part) => part.words);
  return `match(${foldSql(text, ...words)}, ${params.text(textRegex(pattern))})`;
}

/** A test of a text that is there. */
function textTestSql(text: string, test: TextTest, params: SqlParams): string {
  if (test.kind === 'regex') return `match(${text}, ${params.text(storeRegex(test.regex))})`;
  const asItStands = test.kind === 'cased' ? (value: string) => value : foldSql;
  return anyOf(textTests(text, test.texts.exact, test.texts.patterns, params, asItStands));
}

/** `IPv6StringToNumOrNull` reads IPv4 as mapped; inside a mapped address it would allow zeros in front of an octet. */
function inNetworkSql(text: string, networks: readonly Network[], params: SqlParams): string {
  const address = `hex(IPv6StringToNumOrNull(${text}))`;
  const firsts = params.texts(networks.map(({ first }) => first));
  const lasts = params.texts(networks.map(({ last }) => last));
  const isWithin = `arrayExists((first, last) -> ${address} >= first AND ${address} <= last, ${firsts}, ${lasts})`;
  return `and(isNotNull(${address}), ifNull(${isWithin}, false), NOT match(${text}, '[:.]0[0-9]+[.]|[.]0[0-9]+$'))`;
}

function relationSql(relation: TextRelation, text: string, other: string, isCased: boolean): string {
  const [left, right] = isCased ? [text, other] : [foldSql(text, ANY_SCRIPT), foldSql(other, ANY_SCRIPT)];
  switch (relation) {
    case 'equals':
      return `${left} = ${right}`;
    case 'contains':
      return `position(${left}, ${right}) > 0`;
    case 'starts-with':
      return `startsWith(${left}, ${right})`;
    case 'ends-with':
      return `endsWith(${left}, ${right})`;
    default:
      return unreachable(relation);
  }
}

/** Stands for a text that is not known to be ASCII. */
const ANY_SCRIPT = '\u00e9';
