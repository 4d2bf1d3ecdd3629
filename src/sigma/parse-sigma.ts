import type { Placeholders } from './modifiers.ts';
import { parseCorrelation } from './parse-correlation.ts';
import { parseDetection } from './parse-detection.ts';
import { parseMetadata } from './parse-metadata.ts';
import { type Problem, ProblemList, shown } from './problem.ts';
import { entryOf, readYaml, textOf, textsOf, type YamlMap, type YamlNode } from './read-yaml.ts';
import type { LogSource, SigmaDefinition, SigmaFilter, SigmaMetadata, SigmaRule } from './sigma-rule.ts';

/** One document of a rule file: what it defines, or why it defines nothing. */
export type ParsedSigma = {
  readonly file: string;
  /** Known as far as it could be read, for the report. */
  readonly metadata: SigmaMetadata | null;
  readonly definition: SigmaDefinition | null;
  readonly problems: readonly Problem[];
  /** Text that says the same alone: the document's own, under the `action: global` before it. */
  readonly source: string;
};

export type SigmaContext = { readonly placeholders: Placeholders };

export const plainSigmaContext: SigmaContext = { placeholders: () => undefined };

/** Every rule, filter and correlation of a file; never throws. A document with an error defines nothing. */
export function parseSigma(
  file: string,
  text: string,
  context: SigmaContext = plainSigmaContext,
): readonly ParsedSigma[] {
  const documents = readYaml(text);
  const nothing: Problem = { severity: 'error', place: null, message: 'expected a Sigma rule, saw an empty file' };
  if (documents.length === 0) return [{ file, metadata: null, definition: null, problems: [nothing], source: '' }];
  let shared: YamlMap | null = null;
  let sharedSource = '';
  const parsed: ParsedSigma[] = [];
  for (const { root, problems, source } of documents) {
    if (root === null) parsed.push({ file, metadata: null, definition: null, problems, source });
    else if (root.kind === 'map' && textOf(entryOf(root, 'action'))?.toLowerCase() === 'global') {
      shared = root;
      sharedSource = withEndMark(source);
    } else if (shared === null) parsed.push(parseDocument(file, root, source, context));
    else parsed.push(parseDocument(file, merged(shared, root), `${sharedSource}${source}`, context));
  }
  return parsed;
}

/** A text that another document can follow: the first of a file need not begin with `---`, the others do. */
const withEndMark = (source: string): string => (source.endsWith('\n') ? source : `${source}\n`);

/** A document under an `action: global` has the keys of that one, under its own. */
function merged(shared: YamlMap, node: YamlNode): YamlNode {
  if (node.kind !== 'map') return node;
  const entries = new Map(shared.entries);
  entries.delete('action');
  for (const [key, entry] of node.entries) {
    const held = entries.get(key)?.value;
    const value = held?.kind === 'map' ? merged(held, entry.value) : entry.value;
    entries.set(key, { place: entry.place, value });
  }
  return { kind: 'map', place: node.place, entries };
}

function parseDocument(file: string, root: YamlNode, source: string, context: SigmaContext): ParsedSigma {
  const problems = new ProblemList();
  if (root.kind !== 'map') {
    problems.error(root.place, `expected a map with the keys of a Sigma rule, saw a ${root.kind}`);
    return { file, metadata: null, definition: null, problems: problems.items, source };
  }
  const metadata = parseMetadata(root, file, problems);
  const definition = parseDefinition(root, metadata, context, problems);
  return { file, metadata, definition: problems.hasErrors ? null : definition, problems: problems.items, source };
}

function parseDefinition(
  root: YamlMap,
  metadata: SigmaMetadata,
  context: SigmaContext,
  problems: ProblemList,
): SigmaDefinition | null {
  const correlation = entryOf(root, 'correlation');
  if (correlation !== null) return parseCorrelation(correlation, metadata, problems);
  const logSource = parseLogSource(root, problems);
  const filter = entryOf(root, 'filter');
  if (filter !== null) return parseFilter(filter, metadata, logSource, context, problems);
  const detection = entryOf(root, 'detection');
  if (detection?.kind !== 'map') {
    problems.error(root.place, 'expected one of the keys detection, correlation and filter with a map as its value');
    return null;
  }
  const condition = parseDetection(detection, context.placeholders, problems);
  if (condition === null || logSource === null) return null;
  return { kind: 'rule', metadata, logSource, detection: condition } satisfies SigmaRule;
}

const LOG_SOURCE_KEYS = new Set(['product', 'category', 'service', 'definition']);

function parseLogSource(root: YamlMap, problems: ProblemList): LogSource | null {
  const node = entryOf(root, 'logsource');
  if (node?.kind !== 'map') {
    problems.error(node?.place ?? root.place, 'expected the key logsource with a map as its value');
    return null;
  }
  const part = (key: string): string | null => textOf(entryOf(node, key))?.trim().toLowerCase() || null;
  const source = { product: part('product'), category: part('category'), service: part('service'), place: node.place };
  for (const [key, { place }] of node.entries) {
    // A key that is not understood would narrow the rule: taking it for nothing would widen it in silence.
    if (!LOG_SOURCE_KEYS.has(key)) problems.error(place, `expected product, category or service, saw ${shown(key)}`);
  }
  if (source.product !== null || source.category !== null || source.service !== null) return source;
  problems.error(node.place, 'expected a product, category or service in logsource');
  return null;
}

function parseFilter(
  node: YamlNode,
  metadata: SigmaMetadata,
  logSource: LogSource | null,
  context: SigmaContext,
  problems: ProblemList,
): SigmaFilter | null {
  if (node.kind !== 'map') {
    problems.error(node.place, `expected a map as the value of filter, saw a ${node.kind}`);
    return null;
  }
  const rules = entryOf(node, 'rules');
  const isForAll = textOf(rules)?.toLowerCase() === 'any';
  const names = textsOf(rules);
  if (!isForAll && names.length === 0) problems.error(node.place, 'expected the rules that the filter narrows, or any');
  const detection = parseDetection(node, context.placeholders, problems, new Set(['rules']));
  if (detection === null || logSource === null) return null;
  return { kind: 'filter', metadata, logSource, rules: isForAll ? null : names, detection };
}
