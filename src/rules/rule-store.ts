import type { ReadTx, SqlValue, Tx } from '../control/control-store.ts';
import { countRows, type ListShape, type StoredList, selectSlice } from '../control/list-page.ts';
import { readDefinitions } from '../lists/read-definitions.ts';
import type { QueryDefinitions } from '../query/definitions.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { AlertRule, RuleMode, RuleSpec } from './alert-rule.ts';
import { activeExceptions, isAbout } from './exceptions.ts';
import { placedParts } from './stateful/stateful-rule.ts';
import type { StreamException, StreamRule } from './stream-rule.ts';

export const RULE_COLUMNS =
  'id, logpoint_id, alertrule_id, name, owner_id, used_from, active, mode, version, match_version, spec, created_at_ms, updated_at_ms';

/** A row of `alert_rules`, column by column. */
export type RuleRow = {
  id: string;
  logpoint_id: string;
  alertrule_id: string;
  name: string;
  owner_id: string;
  used_from: string | null;
  active: number;
  mode: string;
  version: number;
  match_version: number;
  spec: string;
  created_at_ms: number;
  updated_at_ms: number;
};

export function toRule(row: RuleRow): AlertRule {
  const spec: RuleSpec = JSON.parse(row.spec);
  const mode: RuleMode = row.mode === 'stream' ? 'stream' : 'schedule';
  return {
    ...spec,
    id: row.id,
    logpointId: row.logpoint_id,
    alertruleId: row.alertrule_id,
    ownerId: row.owner_id,
    usedFrom: row.used_from ?? undefined,
    active: row.active === 1,
    mode,
    version: row.version,
    matchVersion: row.match_version,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  };
}

function specOf(rule: AlertRule): RuleSpec {
  const {
    id,
    logpointId,
    alertruleId,
    ownerId,
    usedFrom,
    active,
    mode,
    version,
    matchVersion,
    createdAtMs,
    updatedAtMs,
    ...spec
  } = rule;
  return spec;
}

/** The rule; null for one that is unknown, trashed, or another logpoint's. */
export async function getRule(tx: ReadTx, logpointId: LogpointId, ruleId: ObjectId): Promise<AlertRule | null> {
  const row = await tx.get<RuleRow>(`select ${RULE_COLUMNS} from alert_rules where logpoint_id = ? and id = ?`, [
    logpointId,
    ruleId,
  ]);
  return row === undefined ? null : toRule(row);
}

export type RuleFilter = {
  readonly logpointId: LogpointId;
  /** In name, ids, Sigma id, author or technique, in any case. */
  readonly text?: string | undefined;
  readonly active?: boolean | undefined;
  /** Rules that name all of these log sources. */
  readonly logSource?: readonly string[] | undefined;
  /** Only rules that were made here, or only those that are used from others. */
  readonly kind?: 'own' | 'used' | undefined;
};

function shapeOf(filter: RuleFilter): { readonly shape: ListShape; readonly params: readonly SqlValue[] } {
  const where = ['logpoint_id = ?'];
  const params: SqlValue[] = [filter.logpointId];
  if (filter.active !== undefined) {
    where.push('active = ?');
    params.push(filter.active ? 1 : 0);
  }
  if (filter.text !== undefined) {
    where.push("sought like ? escape '\\'");
    params.push(`%${filter.text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`);
  }
  if (filter.kind !== undefined) where.push(filter.kind === 'own' ? 'used_from is null' : 'used_from is not null');
  const scope = where.join(' and ');
  const [id, order, changed] = ['id', 'name, id', ['updated_at_ms']];
  return { shape: { columns: RULE_COLUMNS, from: 'alert_rules', scope, id, order, changed }, params };
}

/** Rules by name. */
export async function listRules(tx: ReadTx, filter: RuleFilter): Promise<AlertRule[]> {
  const rules = await storedRules.rows(tx, filter, {});
  return rules.filter((rule) => hasLogSources(rule, filter));
}

/** The filter's log sources are for `hasLogSources`. */
export const storedRules: StoredList<RuleFilter, AlertRule> = {
  rows: async (tx, filter, slice) => {
    const { shape, params } = shapeOf(filter);
    return (await selectSlice<RuleRow>(tx, shape, params, slice)).map(toRule);
  },
  count: async (tx, filter, changedFromMs) => {
    const { shape, params } = shapeOf(filter);
    return countRows(tx, shape, params, changedFromMs);
  },
};

export const hasLogSources = (rule: AlertRule, { logSource }: Pick<RuleFilter, 'logSource'>): boolean =>
  (logSource ?? []).every((name) => rule.logSource.includes(name));

/** Rules that stand for this one, each on behalf of its owner. */
export async function listUses(tx: ReadTx, logpointId: LogpointId, ruleId: ObjectId): Promise<AlertRule[]> {
  const rows = await tx.all<RuleRow>(
    `select ${RULE_COLUMNS} from alert_rules where logpoint_id = ? and used_from = ? order by id`,
    [logpointId, ruleId],
  );
  return rows.map(toRule);
}

/** Every active rule of one mode, of all logpoints, by id. */
export async function listRunningRules(tx: ReadTx, mode: RuleMode): Promise<AlertRule[]> {
  const rows = await tx.all<RuleRow>(
    `select ${RULE_COLUMNS} from alert_rules where mode = ? and active = 1 order by id`,
    [mode],
  );
  return rows.map(toRule);
}

/** What the matching thread runs now; to be read again after each `rules.changed` and `lists.changed`. */
export async function listStreamRules(tx: ReadTx): Promise<StreamRule[]> {
  const rules = await listRunningRules(tx, 'stream');
  const definitions = new Map<LogpointId, QueryDefinitions>();
  const exceptions = byLogpoint(await activeExceptions(tx, null));
  const shared = new Map<string, readonly StreamException[]>();
  const exceptionsOf = (rule: AlertRule): readonly StreamException[] => {
    const own = (exceptions.get(rule.logpointId) ?? [])
      .filter((exception) => isAbout(exception, rule))
      .map(({ id, query }) => ({ id, query }));
    const key = own.map(({ id }) => id).join();
    const known = shared.get(key) ?? own;
    shared.set(key, known);
    return known;
  };
  for (const [logpointId, own] of byLogpoint(rules)) {
    const texts = own.flatMap(partsOf).map(({ query }) => query);
    for (const { query } of exceptions.get(logpointId) ?? []) texts.push(query);
    definitions.set(logpointId, await readDefinitions(tx, logpointId, texts));
  }
  return rules.flatMap(partsOf).map(({ rule, query, part }) => ({
    ruleId: rule.id,
    ruleVersion: rule.version,
    logpointId: rule.logpointId,
    query,
    ...(part === undefined ? {} : { part }),
    definitions: definitions.get(rule.logpointId),
    repos: rule.repos,
    throttlingField: rule.throttling?.field ?? null,
    ...(exceptions.size === 0 ? {} : { exceptions: exceptionsOf(rule) }),
  }));
}

function byLogpoint<T extends { readonly logpointId: LogpointId }>(all: readonly T[]): ReadonlyMap<LogpointId, T[]> {
  const groups = new Map<LogpointId, T[]>();
  for (const one of all) {
    const group = groups.get(one.logpointId);
    if (group === undefined) groups.set(one.logpointId, [one]);
    else group.push(one);
  }
  return groups;
}

/** What the matching thread tries for a rule: its query, or each of the parts of a stateful one. */
function partsOf(rule: AlertRule): { rule: AlertRule; query: string; part?: StreamRule['part'] }[] {
  const { stateful, query } = rule;
  if (stateful === undefined) return [{ rule, query }];
  const placed = placedParts(stateful);
  return stateful.parts.map(({ query: own }, place) => ({ rule, query: own, part: placed[place] }));
}

export async function isNameTaken(
  tx: ReadTx,
  logpointId: LogpointId,
  name: string,
  exceptId: ObjectId | null,
): Promise<boolean> {
  const row = await tx.get<{ id: string }>(
    'select id from alert_rules where logpoint_id = ? and name = ? and used_from is null',
    [logpointId, name],
  );
  return row !== undefined && row.id !== exceptId;
}

/** Rules of one logpoint. Measured need: the public rule collections together hold about 4,000. */
export const RULES_MAX = 20_000;

export async function isFull(tx: ReadTx, logpointId: LogpointId): Promise<boolean> {
  const row = await tx.get<{ n: number }>('select count(*) as n from alert_rules where logpoint_id = ?', [logpointId]);
  return (row?.n ?? 0) >= RULES_MAX;
}

/** What a search of rules looks through: kept beside the rule, for reading thousands of rules whole takes seconds. */
const soughtText = ({ name, id, alertruleId, sigma, attack }: AlertRule): string =>
  [name, id, alertruleId, sigma?.id ?? '', sigma?.author ?? '', ...attack.map(({ attackId }) => attackId)]
    .join('\n')
    .toLowerCase();

export async function insertRule(tx: Tx, rule: AlertRule): Promise<void> {
  await tx.run(`insert into alert_rules (${RULE_COLUMNS}, sought) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, [
    rule.id,
    rule.logpointId,
    rule.alertruleId,
    rule.name,
    rule.ownerId,
    rule.usedFrom ?? null,
    rule.active ? 1 : 0,
    rule.mode,
    rule.version,
    rule.matchVersion,
    JSON.stringify(specOf(rule)),
    rule.createdAtMs,
    rule.updatedAtMs,
    soughtText(rule),
  ]);
  await tx.run('insert into rule_stats (rule_id) values (?)', [rule.id]);
}

export async function updateRule(tx: Tx, rule: AlertRule): Promise<void> {
  await tx.run(
    `update alert_rules set name = ?, owner_id = ?, active = ?, mode = ?, version = ?, match_version = ?, spec = ?, updated_at_ms = ?,
       sought = ?
      where id = ?`,
    [
      rule.name,
      rule.ownerId,
      rule.active ? 1 : 0,
      rule.mode,
      rule.version,
      rule.matchVersion,
      JSON.stringify(specOf(rule)),
      rule.updatedAtMs,
      soughtText(rule),
      rule.id,
    ],
  );
}

/** Removes the rule and, with it, everything that its firing remembered. Its incidents stay. */
export async function deleteRule(tx: Tx, ruleId: ObjectId): Promise<void> {
  await tx.run('delete from alert_rules where id = ?', [ruleId]);
}
