import type { Correlation, InnerCorrelation } from '../correlation/correlation.ts';
import type { Condition } from '../query/plan.ts';
import { type CorrelationPart, compileCorrelation } from './compile-correlation.ts';
import { compileSigma } from './compile-rule.ts';
import { type ParsedSigma, parseSigma, plainSigmaContext, type SigmaContext } from './parse-sigma.ts';
import { formatProblem } from './problem.ts';
import type { LogSource, SigmaCorrelation, SigmaFilter, SigmaMetadata, SigmaRule } from './sigma-rule.ts';

/** A rule file before it is read. */
export type SigmaFile = { readonly name: string; readonly text: string };

/** A rule that can run: its condition holds for exactly the stored events that the rule means. */
export type LoadedSigma = {
  readonly file: string;
  readonly metadata: SigmaMetadata;
  readonly logSource: LogSource;
  readonly condition: Condition;
};

/** A correlation over rules that can run. */
export type LoadedCorrelation = {
  readonly file: string;
  readonly metadata: SigmaMetadata;
  readonly correlation: Correlation;
  /** Correlations that it names, and those that they name. */
  readonly inner: readonly InnerCorrelation[];
  readonly parts: readonly (Omit<CorrelationPart<never>, 'rule'> & {
    readonly condition: Condition;
    readonly id: string;
  })[];
  /** Ids of the rules and correlations that it names itself. */
  readonly named: readonly string[];
  /** The rules that it is made of tell of their own matches, too. */
  readonly isGenerating: boolean;
};

/**
 * What became of a document: `loaded` runs; `applied` is a filter that narrows loaded rules; `refused` does nothing, for
 * the reasons given.
 */
export const SIGMA_FATES = ['loaded', 'applied', 'refused'] as const;
export type SigmaFate = (typeof SIGMA_FATES)[number];

/** One line of the report of an import. Every document of every file has exactly one. */
export type SigmaReportLine = {
  readonly file: string;
  readonly id: string;
  readonly title: string;
  readonly fate: SigmaFate;
  /** Why it was refused; empty for what was loaded. */
  readonly reasons: readonly string[];
  readonly warnings: readonly string[];
};

export type SigmaImport = {
  readonly rules: readonly LoadedSigma[];
  readonly correlations: readonly LoadedCorrelation[];
  /** In the order of the files and of the documents in them. */
  readonly report: readonly SigmaReportLine[];
};

/** Reads, narrows and compiles rules; never throws for what stands in a file. Of two rules with one id the first counts. */
export function importSigma(files: Iterable<SigmaFile>, context: SigmaContext = plainSigmaContext): SigmaImport {
  const importer = new Importer();
  for (const { name, text } of files) for (const parsed of parseSigma(name, text, context)) importer.add(parsed);
  return importer.finish();
}

/** An `importSigma` that is given its files one by one. */
export class Importer {
  readonly #parsed: ParsedSigma[] = [];
  readonly #fileOf = new Map<string, string>();
  /** Reasons that only show beside the other files. */
  readonly #refused = new Map<ParsedSigma, string>();

  add(parsed: ParsedSigma): void {
    this.#parsed.push(parsed);
    const { definition, metadata, file } = parsed;
    if (definition === null || metadata === null) return;
    const held = this.#fileOf.get(metadata.id);
    if (held === undefined) this.#fileOf.set(metadata.id, file);
    else this.#refused.set(parsed, `the id ${metadata.id} is that of a rule in ${held} already`);
  }

  finish(): SigmaImport {
    const accepted = this.#parsed.filter((parsed) => parsed.definition !== null && !this.#refused.has(parsed));
    const filters = accepted.flatMap(({ definition }) => (definition?.kind === 'filter' ? [definition] : []));
    const names = new Set(accepted.flatMap(({ metadata }) => [metadata?.id ?? '', metadata?.name ?? '']));
    const loaded = this.#loadRules(accepted, filters);
    const byName = correlationsByName(accepted);
    const correlations: LoadedCorrelation[] = [];
    const report = this.#parsed.map((parsed): SigmaReportLine => {
      const line = lineOf(parsed);
      const { definition } = parsed;
      const refusal = this.#refused.get(parsed);
      if (definition === null || refusal !== undefined) {
        return { ...line, fate: 'refused', reasons: refusal === undefined ? line.reasons : [refusal] };
      }
      switch (definition.kind) {
        case 'rule': {
          const own = loaded.outcomes.get(parsed);
          if (own === undefined || 'refused' in own) return { ...line, fate: 'refused', reasons: [own?.refused ?? ''] };
          return { ...line, fate: 'loaded' };
        }
        case 'filter':
          return this.#filterLine(line, definition, names, accepted);
        case 'correlation': {
          const own = loadCorrelation(parsed.file, definition, loaded.byName, byName, names);
          if (typeof own === 'string') return { ...line, fate: 'refused', reasons: [own] };
          correlations.push(own);
          return { ...line, fate: 'loaded' };
        }
      }
      return line;
    });
    return { rules: loaded.rules, correlations, report };
  }

  /** First of all, so that a correlation finds the rules that come after it. */
  #loadRules(accepted: readonly ParsedSigma[], filters: readonly SigmaFilter[]) {
    const outcomes = new Map<ParsedSigma, LoadedSigma | { readonly refused: string }>();
    const rules: LoadedSigma[] = [];
    const byName = new Map<string, LoadedSigma>();
    for (const parsed of accepted) {
      if (parsed.definition?.kind !== 'rule') continue;
      const loaded = loadRule(parsed.file, parsed.definition, filters);
      outcomes.set(parsed, loaded);
      if ('refused' in loaded) continue;
      rules.push(loaded);
      byName.set(loaded.metadata.id, loaded);
      if (loaded.metadata.name !== null) byName.set(loaded.metadata.name, loaded);
    }
    return { outcomes, rules, byName };
  }

  /** A filter that narrows nothing does not do what its author means. */
  #filterLine(
    line: SigmaReportLine,
    filter: SigmaFilter,
    names: ReadonlySet<string>,
    accepted: readonly ParsedSigma[],
  ): SigmaReportLine {
    const narrowed = accepted.some(({ definition }) => definition?.kind === 'rule' && narrows(filter, definition));
    const unknown = unknownRules(filter.rules ?? [], names);
    if (narrowed) return { ...line, fate: 'applied', warnings: [...line.warnings, ...unknown] };
    return { ...line, fate: 'refused', reasons: [...unknown, 'no rule of its log source is one that it narrows'] };
  }
}

/** As refused: the reasons are the errors. */
function lineOf({ file, metadata, problems }: ParsedSigma): SigmaReportLine {
  const texts = (severity: 'error' | 'warning'): readonly string[] =>
    problems.filter((problem) => problem.severity === severity).map(formatProblem);
  return {
    file,
    id: metadata?.id ?? '',
    title: metadata?.title ?? '',
    fate: 'refused',
    reasons: texts('error'),
    warnings: texts('warning'),
  };
}

function correlationsByName(accepted: readonly ParsedSigma[]): ReadonlyMap<string, SigmaCorrelation> {
  const byName = new Map<string, SigmaCorrelation>();
  for (const { definition } of accepted) {
    if (definition?.kind !== 'correlation') continue;
    byName.set(definition.metadata.id, definition);
    if (definition.metadata.name !== null) byName.set(definition.metadata.name, definition);
  }
  return byName;
}

const unknownRules = (rules: readonly string[], names: ReadonlySet<string>): readonly string[] =>
  rules.filter((rule) => !names.has(rule)).map((rule) => `no rule has the id or name ${JSON.stringify(rule)}`);

/** Or why it cannot run. */
function loadCorrelation(
  file: string,
  sigma: SigmaCorrelation,
  rules: ReadonlyMap<string, LoadedSigma>,
  correlations: ReadonlyMap<string, SigmaCorrelation>,
  names: ReadonlySet<string>,
): LoadedCorrelation | string {
  const unknown = unknownRules(sigma.rules, names);
  if (unknown.length > 0) return unknown.join('; ');
  const compiled = compileCorrelation(sigma, (name) => {
    const rule = rules.get(name);
    if (rule === undefined) return correlations.get(name);
    const { metadata, logSource, condition } = rule;
    return { kind: 'rule' as const, id: metadata.id, name: metadata.name, logSource, condition };
  });
  if ('refused' in compiled) return compiled.refused;
  const parts = compiled.parts.map(({ rule, ...part }) => ({ ...part, condition: rule.condition, id: rule.id }));
  const { metadata, isGenerating } = sigma;
  const named = sigma.rules.map((name) => (rules.get(name) ?? correlations.get(name))?.metadata.id ?? name);
  const { correlation, inner } = compiled;
  return { file, metadata, correlation, inner, parts, named, isGenerating };
}

export function loadRule(
  file: string,
  rule: SigmaRule,
  filters: readonly SigmaFilter[],
): LoadedSigma | { readonly refused: string } {
  const { metadata, logSource } = rule;
  const own = filters.filter((filter) => narrows(filter, rule));
  const detection =
    own.length === 0
      ? rule.detection
      : ({ kind: 'and', operands: [rule.detection, ...own.map((filter) => filter.detection)] } as const);
  const compiled = compileSigma(logSource, detection);
  return 'refused' in compiled ? compiled : { file, metadata, logSource, condition: compiled.condition };
}

/** A filter narrows the rules that it names, or all, of its own log source. */
export function narrows(filter: SigmaFilter, { metadata, logSource }: SigmaRule): boolean {
  const isSame = (['product', 'category', 'service'] as const).every(
    (part) => filter.logSource[part] === logSource[part],
  );
  if (!isSame) return false;
  return filter.rules === null || filter.rules.some((name) => name === metadata.id || name === metadata.name);
}
