import { AppError } from '../../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import type { ApiClient } from '../api-client.ts';

type Options = {
  readonly owner: string;
  readonly repo?: readonly string[];
  readonly inactive?: boolean;
  readonly dryRun?: boolean;
};

/** What a rule needs and a file may leave out. */
const DEFAULTS: JsonObject = {
  repos: ['default'],
  limit: 100,
  timerange_minute: 10,
  condition_option: 'greaterthan',
  condition_value: 0,
  risk: 'medium',
  aggregate: 'max',
};

/**
 * Rules with the fields of `POST AlertRules`, as a JSON list or an object a line, known again by their name: a rule that is
 * there already is edited. One row for each, as the import of Sigma rules answers.
 *
 * @throws AppError `RULE_FILE`
 */
export async function importJsonRules(
  client: ApiClient,
  base: string,
  text: string,
  options: Options,
): Promise<readonly JsonObject[]> {
  const known = await knownRules(client, base);
  const rows: JsonObject[] = [];
  for (const { place, rule } of rulesIn(text)) {
    const name = typeof rule['searchname'] === 'string' ? rule['searchname'] : '';
    const row = { file: place, rule_id: '', title: name, kind: 'rule', warnings: [] };
    try {
      rows.push({ ...row, ...(await importOne(client, base, rule, known.get(name), options)) });
    } catch (error) {
      if (!(error instanceof AppError) || error.kind !== 'refused') throw error;
      rows.push({ ...row, fate: 'refused', reason: error.message, id: null });
    }
  }
  return rows;
}

async function importOne(
  client: ApiClient,
  base: string,
  rule: JsonObject,
  known: JsonObject | undefined,
  options: Options,
): Promise<JsonObject> {
  const wanted = { ...DEFAULTS, ...(options.repo === undefined ? {} : { repos: options.repo }), ...rule };
  if (known === undefined) {
    if (options.dryRun === true) return { fate: 'imported', reason: '', id: null };
    const response = await client.order(`${base}/AlertRules`, { ...wanted, owner: options.owner });
    const id = String(response['id']);
    if (options.inactive === true) await client.order(`${base}/AlertRules/${id}/deactivate`, {});
    return { fate: 'imported', reason: '', id };
  }
  const id = String(known['id']);
  if (saysSame(known, rule)) return { fate: 'unchanged', reason: '', id };
  if (options.dryRun !== true) await client.order(`${base}/AlertRules/${id}`, rule, 'PUT');
  return { fate: 'updated', reason: '', id };
}

/** Whether the rule has every value already that the file names. */
function saysSame(known: JsonObject, rule: JsonObject): boolean {
  const fields = isJsonObject(known['fields']) ? known['fields'] : {};
  return Object.entries(rule).every(([name, value]) => JSON.stringify(fields[name] ?? null) === JSON.stringify(value));
}

/** Rules by name, with the fields that would make them. */
async function knownRules(client: ApiClient, base: string): Promise<ReadonlyMap<string, JsonObject>> {
  const rows = await client.get(`${base}/AlertRules?fields=true`);
  const all: readonly Json[] = Array.isArray(rows) ? rows : [];
  return new Map(all.filter(isJsonObject).map((row) => [String(row['name']), row]));
}

function rulesIn(text: string): readonly { readonly place: string; readonly rule: JsonObject }[] {
  const isList = text.trimStart().startsWith('[');
  if (isList) {
    const list = parsed(text, 'the file');
    return (Array.isArray(list) ? list : []).map((rule: Json, i) => ({
      place: `rule ${i + 1}`,
      rule: objectOf(rule, i),
    }));
  }
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    return [{ place: `line ${i + 1}`, rule: objectOf(parsed(line, `line ${i + 1}`), i) }];
  });
}

function parsed(text: string, place: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new AppError('invalid', 'RULE_FILE', `${place} is not JSON`, { cause });
  }
}

function objectOf(value: Json, i: number): JsonObject {
  if (isJsonObject(value)) return value;
  throw new AppError('invalid', 'RULE_FILE', `rule ${i + 1}: expected an object with the fields of POST AlertRules`);
}
