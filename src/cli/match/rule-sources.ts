import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openLines } from '../../ingest/read-lines.ts';
import { splitLines } from '../../ingest/split-records.ts';
import { formatDiagnostic, hasErrors } from '../../query/diagnostics.ts';
import { parseQuery } from '../../query/parse-query.ts';
import type { Condition } from '../../query/plan.ts';
import { planQuery } from '../../query/plan-query.ts';
import { AppError } from '../../shared/errors.ts';
import { isJsonObject, type Json } from '../../shared/json.ts';
import { importSigma, type LoadedCorrelation, type SigmaFile, type SigmaReportLine } from '../../sigma/import-rules.ts';
import { FILE_BYTES_MAX, RULE_FILES_MAX } from '../../sigma/limits.ts';
import type { Placeholders } from '../../sigma/modifiers.ts';
import { readTar } from '../../sigma/read-tar.ts';
import type { SigmaMetadata } from '../../sigma/sigma-rule.ts';
import { usageError } from '../output.ts';

/** A rule that runs over files, of either language. */
export type FileRule = {
  readonly id: string;
  readonly title: string;
  /** Empty when the rule names none. The licence of public rules asks to show it with every match. */
  readonly author: string;
  readonly level: string;
  readonly condition: Condition;
};

/** A rule over the matches of others. */
export type FileCorrelation = Omit<FileRule, 'condition'> & Pick<LoadedCorrelation, 'correlation' | 'inner' | 'parts'>;

export type RefusedRule = { readonly file: string; readonly id: string; readonly reason: string };
export type RuleSources = {
  readonly rules: readonly FileRule[];
  readonly correlations: readonly FileCorrelation[];
  readonly refused: readonly RefusedRule[];
};

/**
 * Sigma rules of a folder, an archive (.tar, .tar.gz) or one file.
 *
 * @throws AppError when the path cannot be read
 */
export function sigmaRules(path: string, placeholdersPath?: string): RuleSources {
  const files = sigmaFiles(path);
  if (files.length === 0)
    throw new AppError('invalid', 'SIGMA_RULES', `no Sigma rules in ${path}: expected .yml files`);
  const { rules, correlations, report } = importSigma(files, { placeholders: readPlaceholders(placeholdersPath) });
  // Rules and correlations that a correlation is made of tell of nothing by themselves unless it says so.
  const generating = new Set(correlations.flatMap((one) => (one.isGenerating ? one.named : [])));
  const quiet = new Set(correlations.flatMap(({ named }) => named));
  const isLoud = ({ metadata: { id } }: { readonly metadata: SigmaMetadata }) => !quiet.has(id) || generating.has(id);
  const shown = ({ id, title, author, level }: SigmaMetadata) => ({ id, title, author, level: level ?? '' });
  return {
    rules: rules.filter(isLoud).map(({ metadata, condition }) => ({ ...shown(metadata), condition })),
    correlations: correlations.filter(isLoud).map(({ metadata, correlation, inner, parts }) => {
      return { ...shown(metadata), correlation, inner, parts };
    }),
    refused: report.filter(({ fate }) => fate === 'refused').map(refusedOf),
  };
}

/** @throws AppError when the file is no JSON object with a text or a list of texts for each name */
function readPlaceholders(path: string | undefined): Placeholders {
  if (path === undefined) return () => undefined;
  const expected = 'expected a JSON object with a text or a list of texts for each name';
  let read: Json;
  try {
    read = JSON.parse(readFileSync(path, 'utf8')) as Json;
  } catch (cause) {
    throw new AppError('invalid', 'SIGMA_PLACEHOLDERS', `${path} cannot be read as JSON: ${expected}`, { cause });
  }
  const values = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(isJsonObject(read) ? read : { '': null })) {
    const texts = (Array.isArray(value) ? value : [value]).filter((text) => typeof text === 'string');
    if (texts.length === 0 || (Array.isArray(value) && texts.length < value.length)) {
      throw new AppError('invalid', 'SIGMA_PLACEHOLDERS', `${path}: ${JSON.stringify(name)} has none: ${expected}`);
    }
    values.set(name, texts);
  }
  return (name) => values.get(name);
}

const refusedOf = ({ file, id, reasons }: SigmaReportLine): RefusedRule => ({ file, id, reason: reasons.join('; ') });

const isRuleFile = (name: string): boolean => /\.ya?ml$/i.test(name);

export function sigmaFiles(path: string): readonly SigmaFile[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined)
    throw usageError(`${path} is no file or folder: expected a folder or an archive of Sigma rules`);
  if (stat.isDirectory()) return folderFiles(path);
  if (isRuleFile(path)) return [readRuleFile(path, path)];
  return readTar(readFileSync(path)).flatMap(({ name, bytes }) => (isRuleFile(name) ? [ruleFile(name, bytes)] : []));
}

function folderFiles(folder: string): readonly SigmaFile[] {
  // Links to folders are not followed, so a loop of them ends.
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(isRuleFile).sort();
  if (names.length > RULE_FILES_MAX)
    throw usageError(`${folder} has ${names.length} rules: expected at most ${RULE_FILES_MAX}`);
  return names
    .filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => readRuleFile(join(folder, name), name));
}

/** Of a file over the limit a little more than the limit is read: the import says that it is too large. */
const ruleFile = (name: string, bytes: Buffer): SigmaFile => ({
  name,
  text: bytes.toString('utf8', 0, Math.min(bytes.length, FILE_BYTES_MAX + 1)),
});

function readRuleFile(path: string, name: string): SigmaFile {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(Math.min(fstatSync(file).size, FILE_BYTES_MAX + 1));
    return ruleFile(name, bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0)));
  } finally {
    closeSync(file);
  }
}

/**
 * Queries of a file with one JSON object a line: `id`, `query`, and perhaps `title`, `author`.
 *
 * @throws AppError when the file cannot be read or a line is no such object
 */
export async function lpqlRules(path: string): Promise<RuleSources> {
  const rules: FileRule[] = [];
  const refused: RefusedRule[] = [];
  const { chunks } = await openLines(path);
  for await (const { bytes, firstLine } of chunks) {
    const spans = splitLines(bytes);
    for (let i = 0; i < spans.length; i += 2) {
      const text = bytes.toString('utf8', spans[i], spans[i + 1]);
      const rule = lpqlRule(text, `${path}: rule ${rules.length + refused.length + 1} (from line ${firstLine})`);
      const planned = conditionOf(rule.query);
      if (typeof planned === 'string') refused.push({ file: path, id: rule.id, reason: planned });
      else rules.push({ ...rule, condition: planned });
    }
  }
  return { rules, correlations: [], refused };
}

function lpqlRule(line: string, place: string): Omit<FileRule, 'condition'> & { readonly query: string } {
  let record: Json;
  try {
    record = JSON.parse(line) as Json;
  } catch (cause) {
    throw new AppError('invalid', 'LPQL_FILE', `${place} is not JSON`, { cause });
  }
  const { id, query, title, author, level } = isJsonObject(record) ? record : {};
  if (typeof id !== 'string' || typeof query !== 'string') {
    throw new AppError('invalid', 'LPQL_FILE', `${place}: expected an object with the texts id and query`);
  }
  const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
  return { id, query, title: text(title), author: text(author), level: text(level) };
}

/** The condition on one event; or why the query is none. */
function conditionOf(text: string): Condition | string {
  const { query, diagnostics } = parseQuery(text);
  if (query === null || hasErrors(diagnostics)) {
    return diagnostics.map((diagnostic) => formatDiagnostic(text, diagnostic).split('\n')[0]).join('; ');
  }
  const { plan, diagnostics: planned } = planQuery(query);
  if (plan === null) return planned.map((diagnostic) => formatDiagnostic(text, diagnostic).split('\n')[0]).join('; ');
  return plan.isStreamable ? plan.filter : 'the query looks at more than one event: it counts, orders or limits';
}
