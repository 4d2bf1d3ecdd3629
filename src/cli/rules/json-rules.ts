import { type RowOf, type TocsinClient, TocsinError } from '../../client/client.ts';
import { AppError } from '../../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import { refusalText } from '../output.ts';

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
  tenant: TocsinClient,
  text: string,
  options: Options,
): Promise<readonly JsonObject[]> {
  const known = await knownRules(tenant);
  const rows: JsonObject[] = [];
  for (const { place, rule } of rulesIn(text)) {
    const name = typeof rule['searchname'] === 'string' ? rule['searchname'] : '';
    const row = { file: place, rule_id: '', title: name, kind: 'rule', warnings: [] };
    try {
      rows.push({ ...row, ...(await importOne(tenant, rule, known.get(name), options)) });
    } catch (error) {
      if (!(error instanceof TocsinError) || !isAboutRule(error)) throw error;
      rows.push({ ...row, fate: 'refused', reason: refusalText(error), id: null });
    }
  }
  return rows;
}

type RuleRow = RowOf<'ListAlertRules'>;

async function importOne(
  tenant: TocsinClient,
  rule: JsonObject,
  known: RuleRow | undefined,
  options: Options,
): Promise<JsonObject> {
  const wanted = { ...DEFAULTS, ...(options.repo === undefined ? {} : { repos: options.repo }), ...rule };
  if (known === undefined) {
    if (options.dryRun === true) return { fate: 'imported', reason: '', id: null };
    const response = await tenant.orderUnchecked('CreateAlertRule', { data: { ...wanted, owner: options.owner } });
    const id = String(response['id']);
    if (options.inactive === true) await tenant.order('DeactivateAlertRule', { path: { id } });
    return { fate: 'imported', reason: '', id };
  }
  const { id } = known;
  if (saysSame(known, rule)) return { fate: 'unchanged', reason: '', id };
  if (options.dryRun !== true) await tenant.orderUnchecked('EditAlertRule', { path: { id }, data: rule });
  return { fate: 'updated', reason: '', id };
}

/** Refused because of what the file says, at the door or by the order. */
const isAboutRule = ({ code, status }: TocsinError): boolean => code === 'ORDER_REFUSED' || status === 400;

/** Whether the rule has every value already that the file names. */
function saysSame({ fields = {} }: RuleRow, rule: JsonObject): boolean {
  return Object.entries(rule).every(([name, value]) => JSON.stringify(fields[name] ?? null) === JSON.stringify(value));
}

/** Rules by name, with the fields that would make them. */
async function knownRules(tenant: TocsinClient): Promise<ReadonlyMap<string, RuleRow>> {
  const known = new Map<string, RuleRow>();
  for await (const row of tenant.rows('ListAlertRules', { query: { fields: true } })) known.set(row.name, row);
  return known;
}

function rulesIn(text: string): readonly { readonly place: string; readonly rule: JsonObject }[] {
  const isList = text.trimStart().startsWith('[');
  if (isList) {
    const list = parsed(text, 'the file');
    return (Array.isArray(list) ? list : []).map((rule: Json, i) => ({
      place: `rule ${i + 1}`,
      rule: objectOf(rule, `rule ${i + 1}`),
    }));
  }
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    return [{ place: `line ${i + 1}`, rule: objectOf(parsed(line, `line ${i + 1}`), `line ${i + 1}`) }];
  });
}

function parsed(text: string, place: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new AppError('invalid', 'RULE_FILE', `${place} is not JSON`, { cause });
  }
}

function objectOf(value: Json, place: string): JsonObject {
  if (isJsonObject(value)) return value;
  throw new AppError('invalid', 'RULE_FILE', `${place}: expected an object with the fields of POST AlertRules`);
}
