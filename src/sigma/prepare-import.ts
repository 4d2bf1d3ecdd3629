import { setImmediate } from 'node:timers/promises';
import type { SigmaCondition } from '../query/definitions.ts';
import type { Condition } from '../query/plan.ts';
import { digestHex } from '../shared/ids.ts';
import { loadRule, narrows, type SigmaFile } from './import-rules.ts';
import type { Placeholders } from './modifiers.ts';
import { type ParsedSigma, parseSigma } from './parse-sigma.ts';
import { formatProblem } from './problem.ts';
import { contentDigest, isSigmaId, logSourceKey, type SigmaDocument, type SigmaState } from './sigma-documents.ts';
import type { LogSource, SigmaCorrelation, SigmaFilter, SigmaMetadata, SigmaRule } from './sigma-rule.ts';

/** A document that can be stored: what it says of itself, its text, and what was compiled from it. */
export type PreparedDocument = {
  readonly kind: 'rule' | 'filter' | 'correlation';
  readonly metadata: SigmaMetadata;
  readonly logSource: LogSource | null;
  readonly content: string;
  readonly digest: string;
  readonly condition: SigmaCondition | null;
  /** For correlations. */
  readonly correlation: SigmaCorrelation | null;
};

/** One line of the report of an import, with the document when it is not refused. Plain data. */
export type PreparedLine = {
  readonly file: string;
  readonly sigmaId: string;
  readonly title: string;
  readonly document: PreparedDocument | null;
  /** Why it is refused. */
  readonly reason: string;
  readonly warnings: readonly string[];
};

export type PreparedImport = {
  /** One for every document, in the order of the files. */
  readonly lines: readonly PreparedLine[];
  /** Stored rules that a filter of the import narrows, or no longer does. */
  readonly recompiled: readonly { readonly sigmaId: string; readonly condition: SigmaCondition }[];
};

/** What is stored already. */
export type StoredSigma = {
  readonly states: readonly SigmaState[];
  readonly filters: readonly SigmaDocument[];
  /** Stored rules of the log source. */
  rulesOf(logSource: string): Promise<readonly SigmaDocument[]>;
  placeholdersOf: PlaceholdersOf;
};

/** What placeholders in the texts stand for: the values of the logpoint's list of that name. */
export type PlaceholdersOf = (texts: readonly string[]) => Promise<Placeholders>;

/** Only texts that expand something need values. */
const placeholdersIn = (placeholdersOf: PlaceholdersOf, texts: readonly string[]): Promise<Placeholders> =>
  placeholdersOf(texts.filter((text) => text.includes('expand')));

type Compiled = SigmaCondition | { readonly refused: string };

/** How long the thread is kept before others have a turn. */
const SLICE_MS = 5;

/** Lets others have a turn when this has run for a slice. */
class Turns {
  #untilMs = performance.now() + SLICE_MS;

  async take(): Promise<void> {
    if (performance.now() < this.#untilMs) return;
    await setImmediate();
    this.#untilMs = performance.now() + SLICE_MS;
  }
}

/**
 * Reads, checks and compiles files for the import into a logpoint, in slices of a few milliseconds. Nothing that stands in
 * a file throws: every document has one line.
 */
export async function prepareImport(files: readonly SigmaFile[], stored: StoredSigma): Promise<PreparedImport> {
  const turns = new Turns();
  const parsed: ParsedSigma[] = [];
  const contents = stored.filters.map(({ content }) => content);
  const placeholders = await placeholdersIn(stored.placeholdersOf, [...files.map(({ text }) => text), ...contents]);
  for (const { name, text } of files) {
    parsed.push(...parseSigma(name, text, { placeholders }));
    await turns.take();
  }
  const accepted = new Map<string, ParsedSigma>();
  const refusals = new Map<ParsedSigma, string>();
  for (const one of parsed) {
    const { definition, metadata } = one;
    if (definition === null || metadata === null) continue;
    const held = accepted.get(metadata.id);
    if (held !== undefined) refusals.set(one, `the id ${metadata.id} is that of a rule in ${held.file} already`);
    else if (!isSigmaId(metadata.id)) refusals.set(one, ID_EXPECTED);
    else accepted.set(metadata.id, one);
  }
  const filters = new FilterBook(stored.filters, [...accepted.values()], placeholders);
  const names = new Set(stored.states.flatMap(({ sigmaId, name }) => [sigmaId, name]));
  for (const { metadata } of accepted.values())
    for (const name of [metadata?.id, metadata?.name]) names.add(name ?? '');
  names.delete('');
  // Before any line is told: whether a filter narrows something shows once all rules are compiled.
  const recompiled = await recompile(stored, filters, accepted, turns);
  const compiled = new Map<ParsedSigma, Compiled>();
  for (const one of accepted.values()) {
    if (one.definition?.kind === 'rule') compiled.set(one, filters.compile(one.file, one.definition));
    await turns.take();
  }
  const lines = parsed.map((one) => lineOf(one, refusals.get(one) ?? null, compiled.get(one), filters, names));
  return { lines, recompiled };
}

const ID_EXPECTED = 'expected an id of 1 to 100 letters, digits, dots, dashes and underscores, such as a UUID';

/** The filters that hold once the import is done: the stored ones, replaced or joined by those of the files. */
class FilterBook {
  readonly all: readonly SigmaFilter[];
  /** Log sources whose rules may mean something else afterwards. */
  readonly changedSources: ReadonlySet<string>;
  readonly #narrowing = new Set<SigmaFilter>();
  readonly #unchanged = new Set<string>();

  constructor(stored: readonly SigmaDocument[], accepted: readonly ParsedSigma[], placeholders: Placeholders) {
    const byId = new Map<string, SigmaFilter>();
    const digests = new Map(stored.map(({ sigmaId, digest }) => [sigmaId, digest]));
    const changed = new Set<string>();
    for (const document of stored) {
      for (const { definition } of parseSigma(document.file, document.content, { placeholders })) {
        if (definition?.kind === 'filter') byId.set(document.sigmaId, definition);
      }
    }
    for (const { definition, source } of accepted) {
      if (definition?.kind !== 'filter') continue;
      const { id } = definition.metadata;
      const before = byId.get(id);
      byId.set(id, definition);
      if (digests.get(id) === contentDigest(source)) {
        this.#unchanged.add(id);
        continue;
      }
      changed.add(logSourceKey(definition.logSource));
      if (before !== undefined) changed.add(logSourceKey(before.logSource));
    }
    this.all = [...byId.values()];
    this.changedSources = changed;
  }

  /** The rule's condition under its filters, or why it has none. */
  compile(file: string, rule: SigmaRule): Compiled {
    for (const filter of this.all) if (narrows(filter, rule)) this.#narrowing.add(filter);
    const loaded = loadRule(file, rule, this.all);
    return 'refused' in loaded ? loaded : conditionText(loaded.condition);
  }

  /** One that is stored already was found to narrow something when it came. */
  isNarrowing(filter: SigmaFilter): boolean {
    return this.#narrowing.has(filter) || this.#unchanged.has(filter.metadata.id);
  }
}

export function conditionText(condition: Condition): SigmaCondition {
  const json = JSON.stringify(condition);
  return { digest: digestHex([json], 32), json };
}

/** The stored rules, not in the import themselves, that a changed filter may be about. */
async function recompile(
  stored: StoredSigma,
  filters: FilterBook,
  accepted: ReadonlyMap<string, ParsedSigma>,
  turns: Turns,
): Promise<PreparedImport['recompiled']> {
  const changed: { sigmaId: string; condition: SigmaCondition }[] = [];
  for (const source of filters.changedSources) {
    const documents = await stored.rulesOf(source);
    const contents = documents.map(({ content }) => content);
    const placeholders = await placeholdersIn(stored.placeholdersOf, contents);
    for (const document of documents) {
      if (accepted.has(document.sigmaId)) continue;
      const condition = compileStored(document, filters, placeholders);
      if (condition !== null && condition.digest !== document.condition?.digest) {
        changed.push({ sigmaId: document.sigmaId, condition });
      }
      await turns.take();
    }
  }
  return changed;
}

function compileStored(
  document: SigmaDocument,
  filters: FilterBook,
  placeholders: Placeholders,
): SigmaCondition | null {
  for (const { definition } of parseSigma(document.file, document.content, { placeholders })) {
    if (definition?.kind !== 'rule') continue;
    const compiled = filters.compile(document.file, definition);
    return 'refused' in compiled ? null : compiled;
  }
  return null;
}

/**
 * The conditions of stored rules as this program compiles them, under the filters of their logpoint. A rule that it
 * cannot compile any more keeps what it has, with the reason.
 */
export async function compileAgain(
  documents: readonly SigmaDocument[],
  filters: readonly SigmaDocument[],
  placeholdersOf: PlaceholdersOf,
): Promise<readonly { readonly document: SigmaDocument; readonly condition: SigmaCondition | null }[]> {
  const turns = new Turns();
  const contents = [...documents, ...filters].map(({ content }) => content);
  const placeholders = await placeholdersIn(placeholdersOf, contents);
  const book = new FilterBook(filters, [], placeholders);
  const compiled: { document: SigmaDocument; condition: SigmaCondition | null }[] = [];
  for (const document of documents) {
    compiled.push({ document, condition: compileStored(document, book, placeholders) });
    await turns.take();
  }
  return compiled;
}

function lineOf(
  parsed: ParsedSigma,
  refusal: string | null,
  compiled: Compiled | undefined,
  filters: FilterBook,
  names: ReadonlySet<string>,
): PreparedLine {
  const { file, metadata, definition, problems, source } = parsed;
  const texts = (severity: 'error' | 'warning') =>
    problems.filter((problem) => problem.severity === severity).map(formatProblem);
  const line = {
    file,
    sigmaId: metadata?.id ?? '',
    title: metadata?.title ?? '',
    document: null,
    warnings: texts('warning'),
  };
  const refused = (reason: string): PreparedLine => ({ ...line, reason });
  if (definition === null || refusal !== null) return refused(refusal ?? texts('error').join('; '));
  const shared = { metadata: definition.metadata, content: source, digest: contentDigest(source) };
  const kept = (document: PreparedDocument): PreparedLine => ({ ...line, document, reason: '' });
  switch (definition.kind) {
    case 'rule': {
      const { logSource } = definition;
      if (compiled === undefined) throw new Error('an accepted rule was compiled');
      if ('refused' in compiled) return refused(compiled.refused);
      return kept({ ...shared, kind: 'rule', logSource, condition: compiled, correlation: null });
    }
    case 'filter': {
      if (!filters.isNarrowing(definition)) return refused('no rule of its log source is one that it narrows');
      const { logSource } = definition;
      return kept({ ...shared, kind: 'filter', logSource, condition: null, correlation: null });
    }
    case 'correlation': {
      const unknown = definition.rules.filter((name) => !names.has(name));
      if (unknown.length > 0) {
        return refused(unknown.map((name) => `no rule has the id or name ${JSON.stringify(name)}`).join('; '));
      }
      return kept({ ...shared, kind: 'correlation', logSource: null, condition: null, correlation: definition });
    }
  }
}
