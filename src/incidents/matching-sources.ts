import type { ReadTx, SqlValue } from '../control/control-store.ts';
import { selectOfIds } from '../control/list-page.ts';
import { RISKS } from '../rules/alert-rule.ts';
import { AppError } from '../shared/errors.ts';
import { isHex32, isObjectId, type LogpointId, type ObjectId } from '../shared/ids.ts';
import { INCIDENT_TYPES, numberOf } from './incident.ts';
import { type IncidentFilter, namePattern } from './incident-filter.ts';
import { type LabelKind, labelKindNumber, metadataLabel } from './incident-source.ts';

/** Time that looking through the names with a pattern may take. Patterns are linear, so this bounds their number. */
export const NAME_SCAN_MS_MAX = 2_000;
const NAMES_BETWEEN_CLOCKS = 64;
const IDS_IN_STATEMENT_MAX = 500;

/** The sources that a filter leaves, and single incidents that it names. */
export type SourceChoice = {
  /** Ids of sources; null when the filter asks for nothing that a source decides. */
  readonly sources: ReadonlySet<string> | null;
  /** Incidents that `name` or `q` name by id, number or entity; they pass although their source may not. */
  readonly named: ReadonlySet<ObjectId>;
};

type SourceRecord = { readonly id: string; readonly name: string };

function labelsOf(filter: IncidentFilter): { kind: LabelKind; value: string }[] {
  const of = (kind: LabelKind, values: readonly string[] = []) =>
    [...new Set(values)].map((value) => ({ kind, value }));
  return [
    ...of('attack_tag', filter.attackTag),
    ...of('attack_category', filter.attackCategory),
    ...of('log_source', filter.logSource),
    ...of('metadata', filter.metadata?.map(metadataLabel)),
  ];
}

const intersect = (left: ReadonlySet<string> | undefined, ids: readonly string[]): Set<string> =>
  new Set(left === undefined ? ids : ids.filter((id) => left.has(id)));

/** Sources that have every label that the filter names; null when it names none. */
async function withLabels(tx: ReadTx, logpointId: LogpointId, filter: IncidentFilter): Promise<Set<string> | null> {
  const labels = labelsOf(filter);
  if (labels.length === 0) return null;
  let left: Set<string> | undefined;
  for (const { kind, value } of labels) {
    const rows = await tx.all<{ source_id: string }>(
      'select source_id from incident_labels where logpoint_id = ? and kind = ? and value = ?',
      [logpointId, labelKindNumber(kind), value],
    );
    left = intersect(
      left,
      rows.map((row) => row.source_id),
    );
    if (left.size === 0) break;
  }
  return left ?? null;
}

/** Sources that have the metadata field with one of the values. */
export async function sourcesWithMetadata(
  tx: ReadTx,
  logpointId: LogpointId,
  field: string,
  values: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await tx.all<{ source_id: string }>(
    `select source_id from incident_labels
      where logpoint_id = ? and kind = ? and value in (${values.map(() => '?').join(', ')})`,
    [logpointId, labelKindNumber('metadata'), ...values.map((value) => metadataLabel({ field, value }))],
  );
  return new Set(rows.map((row) => row.source_id));
}

/** The asked types, or null when they take nothing away: the logpoint has no source of another type. */
async function narrowingTypes(tx: ReadTx, logpointId: LogpointId, filter: IncidentFilter): Promise<Set<number> | null> {
  if (filter.type === undefined) return null;
  const asked = new Set(filter.type.map((type) => INCIDENT_TYPES.indexOf(type)));
  for (const type of INCIDENT_TYPES.keys()) {
    if (asked.has(type)) continue;
    const other = await tx.get('select 1 as one from incident_sources where logpoint_id = ? and type = ? limit 1', [
      logpointId,
      type,
    ]);
    if (other !== undefined) return asked;
  }
  return null;
}

/** Names are few beside incidents: those of a rule's firings are looked at once. */
function nameTest(name: string): (text: string) => boolean {
  const found = namePattern(name);
  const known = new Map<string, boolean>([[name, true]]);
  const endMs = performance.now() + NAME_SCAN_MS_MAX;
  let looked = 0;
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    if (looked++ % NAMES_BETWEEN_CLOCKS === 0 && performance.now() > endMs) {
      throw new AppError(
        'refused',
        'NAME_PATTERN_SLOW',
        `name is a pattern that took longer than ${NAME_SCAN_MS_MAX} ms over ${looked} names; use a simpler one`,
      );
    }
    const matches = found(text);
    known.set(text, matches);
    return matches;
  };
}

/** Sources of the rule or the series that has this id. */
async function sourcesById(tx: ReadTx, logpointId: LogpointId, id: string): Promise<ReadonlySet<string>> {
  if (!isHex32(id)) return new Set();
  const rows = await tx.all<{ id: string }>(
    `select id from incident_sources where logpoint_id = ? and alertrule_id = ?
     union select id from incident_sources where logpoint_id = ? and incident_id = ?`,
    [logpointId, id, logpointId, id],
  );
  return new Set(rows.map((row) => row.id));
}

type NamedRow = { readonly id: string; readonly source_id: string; readonly type: number };

async function namedIncidents(tx: ReadTx, logpointId: LogpointId, name: string): Promise<NamedRow[]> {
  const number = numberOf(name);
  if (number === null && !isObjectId(name)) return [];
  const column = number === null ? 'id' : 'number';
  return tx.all<NamedRow>(
    `select i.id, i.source_id, s.type from incidents i join incident_sources s on s.id = i.source_id
     where i.logpoint_id = ? and i.${column} = ?`,
    [logpointId, number ?? name],
  );
}

/** Newest incidents that one look for a text takes from those with an entity of that value. */
const NAMED_ENTITIES_MAX = 500;

async function withEntity(tx: ReadTx, logpointId: LogpointId, value: string): Promise<NamedRow[]> {
  return tx.all<NamedRow>(
    `select distinct i.id, i.source_id, s.type from (
       select incident_id from incident_entities where scope_id = ? and value = ? order by at_ms desc limit ?) e
     join incidents i on i.id = e.incident_id join incident_sources s on s.id = i.source_id`,
    [logpointId, value, NAMED_ENTITIES_MAX],
  );
}

/** Sources of the asked types and risks; of the labelled ones only, when they are few. */
async function narrowed(
  tx: ReadTx,
  logpointId: LogpointId,
  filter: IncidentFilter,
  types: ReadonlySet<number> | null,
  labelled: ReadonlySet<string> | null,
): Promise<SourceRecord[]> {
  const conditions = ['logpoint_id = ?'];
  const params: SqlValue[] = [logpointId];
  const anyOf = (column: string, values: readonly SqlValue[]): void => {
    conditions.push(`${column} in (${values.map(() => '?').join(', ')})`);
    params.push(...values);
  };
  if (types !== null) anyOf('type', [...types]);
  if (filter.risk !== undefined) anyOf('risk', [...new Set(filter.risk.map((risk) => RISKS.indexOf(risk)))]);
  if (labelled !== null && labelled.size <= IDS_IN_STATEMENT_MAX) anyOf('id', [...labelled]);
  return tx.all<SourceRecord>(`select id, name from incident_sources where ${conditions.join(' and ')}`, params);
}

async function ofRules(tx: ReadTx, logpointId: LogpointId, rules: readonly string[]): Promise<ReadonlySet<string>> {
  const marks = rules.map(() => '?').join(', ');
  const rows = await tx.all<{ id: string }>(
    `select id from incident_sources where logpoint_id = ? and (rule_id in (${marks}) or alertrule_id in (${marks}))`,
    [logpointId, ...rules, ...rules],
  );
  return new Set(rows.map((row) => row.id));
}

/** The text anywhere in the name, in any case. */
function textTest(text: string): (name: string) => boolean {
  const wanted = text.toLowerCase();
  return (name) => name.toLowerCase().includes(wanted);
}

/** @throws AppError `INCIDENT_FILTER` for a bad pattern, `NAME_PATTERN_SLOW` */
export async function matchingSources(
  tx: ReadTx,
  logpointId: LogpointId,
  filter: IncidentFilter,
): Promise<SourceChoice> {
  const { name, text, rules } = filter;
  const labelled = await withLabels(tx, logpointId, filter);
  const types = await narrowingTypes(tx, logpointId, filter);
  if (labelled === null && types === null && name === undefined && text === undefined && rules === undefined) {
    return { sources: null, named: new Set() };
  }
  const ruled = rules === undefined ? null : await ofRules(tx, logpointId, rules);
  const mayBe = (sourceId: string): boolean => (labelled?.has(sourceId) ?? true) && (ruled?.has(sourceId) ?? true);
  const byName = name === undefined ? null : await nameChoice(tx, logpointId, name, nameTest(name), false);
  const byText = text === undefined ? null : await nameChoice(tx, logpointId, text, textTest(text), true);
  const records = await narrowed(tx, logpointId, filter, types, labelled ?? ruled);
  const left = records.filter(
    (source) => mayBe(source.id) && (byName?.hasSource(source) ?? true) && (byText?.hasSource(source) ?? true),
  );
  const named = [...(byName?.rows ?? []), ...(byText?.rows ?? [])].filter(
    (row) => mayBe(row.source_id) && (types?.has(row.type) ?? true),
  );
  return { sources: new Set(left.map((source) => source.id)), named: new Set(named.map(({ id }) => id)) };
}

/**
 * The test of names that `name` and `q` of the filter are together; null when they are none, or name an incident, a rule
 * or a series by id, number or entity.
 *
 * @throws AppError as `matchingSources`
 */
export async function plainNameTest(
  tx: ReadTx,
  logpointId: LogpointId,
  { name, text }: IncidentFilter,
): Promise<((name: string) => boolean) | null> {
  if (name === undefined && text === undefined) return null;
  const byName = name === undefined ? () => true : nameTest(name);
  const byText = text === undefined ? () => true : textTest(text);
  for (const named of [name, text]) {
    if (named === undefined) continue;
    if ((await sourcesById(tx, logpointId, named)).size > 0) return null;
    if ((await namedIncidents(tx, logpointId, named)).length > 0) return null;
  }
  if (text !== undefined && (await withEntity(tx, logpointId, text)).length > 0) return null;
  return (candidate) => byName(candidate) && byText(candidate);
}

/** Id and name of sources. */
export async function sourceNames(tx: ReadTx, ids: readonly string[]): Promise<readonly (readonly [string, string])[]> {
  const rows = await selectOfIds<SourceRecord>(
    tx,
    ids,
    (marks) => `select id, name from incident_sources where id in (${marks})`,
  );
  return rows.map(({ id, name }) => [id, name]);
}

async function nameChoice(
  tx: ReadTx,
  logpointId: LogpointId,
  name: string,
  matches: (text: string) => boolean,
  hasEntities: boolean,
) {
  const byId = await sourcesById(tx, logpointId, name);
  const rows = await namedIncidents(tx, logpointId, name);
  if (hasEntities) rows.push(...(await withEntity(tx, logpointId, name)));
  return { rows, hasSource: (source: SourceRecord) => byId.has(source.id) || matches(source.name) };
}
