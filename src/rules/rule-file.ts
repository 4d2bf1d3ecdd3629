import { parse, parseAllDocuments, YAMLError } from 'yaml';
import { AppError } from '../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../shared/json.ts';

/** A rule kept as a file: the fields of `AlertRules` create without owner and repos, and the logs that prove it. */
export type RuleFile = {
  readonly fields: JsonObject;
  readonly tests: RuleTests;
};

export type RuleTests = {
  /** How the lines of the tests are read: a format of `tocsin ingest --format`. */
  readonly format: string;
  /** Each is one log, a line per event: the rule must fire on it. */
  readonly matches: readonly string[];
  /** Each is one log: the rule must stay silent. */
  readonly misses: readonly string[];
};

/** Longest rule file; an alias bomb needs less, so aliases are counted too. */
export const RULE_FILE_LENGTH_MAX = 1_000_000;
const ALIASES_MAX = 20;

/** @throws AppError `RULE_FILE` naming the file, what was seen and what was expected */
export function parseRuleFile(text: string, fileName: string): RuleFile {
  if (text.length > RULE_FILE_LENGTH_MAX) {
    throw invalid(fileName, `${text.length} characters long, at most ${RULE_FILE_LENGTH_MAX} are read`);
  }
  return ruleOf(parseYaml(text, fileName), fileName);
}

/** Rules of one file, which separates them by `---`. */
export const RULES_PER_FILE_MAX = 500;

/**
 * Every rule of a file; one that is no rule is told in its place and does not keep the others out.
 *
 * @throws AppError `RULE_FILE` when the file as a whole cannot be read
 */
export function parseRuleFiles(text: string, fileName: string): readonly (RuleFile | AppError)[] {
  if (text.length > RULE_FILE_LENGTH_MAX) {
    throw invalid(fileName, `${text.length} characters long, at most ${RULE_FILE_LENGTH_MAX} are read`);
  }
  const documents = parseAllDocuments(text, { schema: 'core' });
  const list = Array.isArray(documents) ? documents : [];
  if (list.length === 0) throw invalid(fileName, 'no rule in it');
  if (list.length > RULES_PER_FILE_MAX) {
    throw invalid(fileName, `${list.length} rules, at most ${RULES_PER_FILE_MAX} are read`);
  }
  return list.map((document, i) => {
    const place = list.length === 1 ? fileName : `${fileName}, rule ${i + 1}`;
    try {
      const [error] = document.errors;
      if (error !== undefined) throw error;
      const value: Json = document.toJS({ maxAliasCount: ALIASES_MAX });
      return ruleOf(value, place);
    } catch (error) {
      if (error instanceof AppError) return error;
      if (error instanceof YAMLError || error instanceof ReferenceError) return invalid(place, error.message, error);
      throw error;
    }
  });
}

function ruleOf(value: Json, fileName: string): RuleFile {
  if (!isJsonObject(value)) throw invalid(fileName, 'not a mapping of rule fields');
  const { tests, ...fields } = value;
  for (const name of ['searchname', 'query', 'risk']) {
    if (typeof fields[name] !== 'string') throw invalid(fileName, `${name} must be text`);
  }
  return { fields, tests: testsOf(tests, fileName) };
}

function parseYaml(text: string, fileName: string): Json {
  try {
    return parse(text, { maxAliasCount: ALIASES_MAX, schema: 'core' });
  } catch (error) {
    if (error instanceof YAMLError || error instanceof ReferenceError) throw invalid(fileName, error.message, error);
    throw error;
  }
}

function testsOf(tests: Json | undefined, fileName: string): RuleTests {
  if (!isJsonObject(tests)) throw invalid(fileName, 'tests must be a mapping with format, matches and misses');
  const format = tests['format'];
  if (typeof format !== 'string') throw invalid(fileName, 'tests.format must be text');
  return {
    format,
    matches: textsOf(tests['matches'], 'tests.matches', fileName),
    misses: textsOf(tests['misses'], 'tests.misses', fileName),
  };
}

function textsOf(value: Json | undefined, name: string, fileName: string): string[] {
  if (!Array.isArray(value) || value.length === 0) throw invalid(fileName, `${name} must hold at least one log`);
  return value.map((item: Json) => {
    if (typeof item !== 'string') throw invalid(fileName, `${name} must be a list of texts`);
    return item;
  });
}

const invalid = (fileName: string, what: string, cause?: unknown): AppError =>
  new AppError('invalid', 'RULE_FILE', `${fileName}: ${what}`, { cause });
