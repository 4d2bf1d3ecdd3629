import { appendAudit } from '../audit/audit-chain.ts';
import type { ReadTx, Tx } from '../control/control-store.ts';
import { countRows, type ListShape, type Slice, type StoredList, selectSlice } from '../control/list-page.ts';
import { readDefinitions } from '../lists/read-definitions.ts';
import { refuse } from '../shared/errors.ts';
import { type LogpointId, newObjectId, type ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Author } from '../tenancy/author.ts';
import { FieldReader } from './field-reader.ts';
import { RULES_CHANGED } from './rule-edits.ts';
import { planRuleQuery } from './rule-query.ts';
import { getRule } from './rule-store.ts';

/** Exceptions of one logpoint, rules that one names, and how long one may hold. */
export const EXCEPTIONS_MAX = 1_000;
const RULES_MAX = 1_000;
const CHARS_MAX = 1_000;
const QUERY_CHARS_MAX = 65_536;

/** Events that rules are not to fire on, by a person who says why and until when. */
export type RuleException = {
  readonly id: ObjectId;
  readonly logpointId: LogpointId;
  readonly name: string;
  /** Null: every rule of the logpoint. */
  readonly ruleIds: readonly ObjectId[] | null;
  /** A search expression: an event that satisfies it counts for none of the rules. */
  readonly query: string;
  readonly owner: string;
  readonly reason: string;
  /** It holds before this moment; null: until somebody ends it. */
  readonly expiresAtMs: number | null;
  readonly isExpired: boolean;
  readonly suppressed: number;
  readonly lastSuppressedAtMs: number | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
};

type Row = {
  id: string;
  logpoint_id: string;
  name: string;
  rule_ids: string | null;
  query: string;
  owner: string;
  reason: string;
  expires_at_ms: number | null;
  is_expired: number;
  suppressed: number;
  last_suppressed_at_ms: number | null;
  created_at_ms: number;
  updated_at_ms: number;
};

const toException = (row: Row): RuleException => ({
  id: row.id,
  logpointId: row.logpoint_id,
  name: row.name,
  ruleIds: row.rule_ids === null ? null : JSON.parse(row.rule_ids),
  query: row.query,
  owner: row.owner,
  reason: row.reason,
  expiresAtMs: row.expires_at_ms,
  isExpired: row.is_expired === 1,
  suppressed: row.suppressed,
  lastSuppressedAtMs: row.last_suppressed_at_ms,
  createdAtMs: row.created_at_ms,
  updatedAtMs: row.updated_at_ms,
});

const LIST: ListShape = {
  columns: '*',
  from: 'rule_exceptions',
  scope: 'logpoint_id = ?',
  id: 'id',
  order: 'name, id',
  changed: ['updated_at_ms', 'last_suppressed_at_ms'],
};

/** Exceptions by name, those that have ended too; of one logpoint, or of all. */
export async function listExceptions(
  tx: ReadTx,
  logpointId: LogpointId | null,
  slice: Slice = {},
): Promise<RuleException[]> {
  const rows = await (logpointId === null
    ? selectSlice<Row>(tx, { ...LIST, scope: '1 = 1' }, [], slice)
    : selectSlice<Row>(tx, LIST, [logpointId], slice));
  return rows.map(toException);
}

export const storedExceptions: StoredList<LogpointId, RuleException> = {
  rows: listExceptions,
  count: (tx, logpointId, changedFromMs) => countRows(tx, LIST, [logpointId], changedFromMs),
};

export const holdsAt = ({ expiresAtMs }: RuleException, nowMs: number): boolean =>
  expiresAtMs === null || nowMs < expiresAtMs;

/** Those that hold now, of one logpoint or of all. */
export const activeExceptions = async (tx: ReadTx, logpointId: LogpointId | null): Promise<RuleException[]> =>
  (await listExceptions(tx, logpointId)).filter((exception) => holdsAt(exception, tx.nowMs));

export const isAbout = (
  { logpointId, ruleIds }: Pick<RuleException, 'logpointId' | 'ruleIds'>,
  rule: { readonly id: ObjectId; readonly logpointId: LogpointId },
): boolean => logpointId === rule.logpointId && (ruleIds === null || ruleIds.includes(rule.id));

export const exceptionRow = (exception: RuleException): JsonObject => ({
  id: exception.id,
  name: exception.name,
  rule_ids: exception.ruleIds,
  query: exception.query,
  owner: exception.owner,
  reason: exception.reason,
  expires_at: exception.expiresAtMs === null ? null : exception.expiresAtMs / 1000,
  expired: exception.isExpired,
  action: 'suppress',
  suppressed: exception.suppressed,
  last_suppressed_at: exception.lastSuppressedAtMs === null ? null : exception.lastSuppressedAtMs / 1000,
  created_at: exception.createdAtMs / 1000,
  updated_at: exception.updatedAtMs / 1000,
});

/** What a person says about an exception. */
export type ExceptionSpec = Pick<RuleException, 'name' | 'ruleIds' | 'query' | 'owner' | 'reason' | 'expiresAtMs'>;

/** @throws AppError kind `refused`, `EXCEPTION_INVALID` with a message per field */
export async function checkedException(tx: ReadTx, logpointId: LogpointId, data: JsonObject): Promise<ExceptionSpec> {
  const fields = new FieldReader(data);
  const isForAll = !fields.has('rule_ids');
  const spec: ExceptionSpec = {
    name: fields.text('name', { charsMax: 250, required: true }),
    ruleIds: isForAll ? null : fields.texts('rule_ids', { countMax: RULES_MAX, charsMax: 24 }),
    query: fields.text('query', { charsMax: QUERY_CHARS_MAX, required: true }),
    owner: fields.text('owner', { charsMax: CHARS_MAX, required: true }),
    reason: fields.text('reason', { charsMax: CHARS_MAX, required: true }),
    expiresAtMs: expiryOf(fields, data['expires_at']),
  };
  if (fields.has('action') && fields.choice('action', ['suppress']) === null)
    fields.fail('action', 'expected suppress');
  for (const ruleId of spec.ruleIds ?? []) {
    if ((await getRule(tx, logpointId, ruleId)) === null) fields.fail('rule_ids', `there is no alert rule ${ruleId}`);
  }
  if (spec.ruleIds !== null && spec.ruleIds.length === 0)
    fields.fail('rule_ids', 'rule_ids must name at least one rule');
  const { plan, errors } = planRuleQuery(spec.query, await readDefinitions(tx, logpointId, [spec.query]));
  for (const message of errors) fields.fail('query', message);
  if (plan !== null && !plan.isStreamable) fields.fail('query', 'expected a plain search expression');
  if (plan !== null && plan.filter.kind === 'always') fields.fail('query', 'it would suppress every event');
  const names = Object.keys(fields.errors).sort();
  if (names.length === 0) return spec;
  throw refuse('EXCEPTION_INVALID', `the exception is not valid: see ${names.join(', ')}`, fields.errors);
}

/** Epoch seconds or an ISO time; absent for no end. */
function expiryOf(fields: FieldReader, value: JsonObject[string] | undefined): number | null {
  if (value === undefined || value === null || value === '') return null;
  const atMs = typeof value === 'number' ? value * 1000 : typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isFinite(atMs) && atMs >= 0 && atMs <= 253_402_300_799_000) return Math.round(atMs);
  fields.fail('expires_at', 'expires_at must be a time: epoch seconds or ISO 8601');
  return null;
}

export async function saveException(
  tx: Tx,
  logpointId: LogpointId,
  id: ObjectId | null,
  data: JsonObject,
  by: Author,
): Promise<RuleException> {
  const all = await listExceptions(tx, logpointId);
  const before = all.find((exception) => exception.id === id) ?? null;
  if (id !== null && before === null) throw refuse('EXCEPTION_NOT_FOUND', 'Exception not found');
  if (id === null && all.length >= EXCEPTIONS_MAX) {
    throw refuse('EXCEPTIONS_FULL', `the logpoint already has ${EXCEPTIONS_MAX} exceptions`);
  }
  const spec = await checkedException(tx, logpointId, before === null ? data : { ...exceptionRow(before), ...data });
  const after: RuleException = {
    suppressed: 0,
    lastSuppressedAtMs: null,
    createdAtMs: tx.nowMs,
    ...before,
    ...spec,
    id: id ?? newObjectId(tx.nowMs),
    logpointId,
    isExpired: spec.expiresAtMs !== null && spec.expiresAtMs <= tx.nowMs,
    updatedAtMs: tx.nowMs,
  };
  await tx.run(
    `insert into rule_exceptions (id, logpoint_id, name, rule_ids, query, owner, reason, expires_at_ms, is_expired,
       suppressed, created_at_ms, updated_at_ms) values (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)
     on conflict (id) do update set name = excluded.name, rule_ids = excluded.rule_ids, query = excluded.query,
       owner = excluded.owner, reason = excluded.reason, expires_at_ms = excluded.expires_at_ms,
       is_expired = excluded.is_expired, updated_at_ms = excluded.updated_at_ms`,
    [
      after.id,
      logpointId,
      after.name,
      after.ruleIds === null ? null : JSON.stringify(after.ruleIds),
      after.query,
      after.owner,
      after.reason,
      after.expiresAtMs,
      after.isExpired ? 1 : 0,
      after.createdAtMs,
      after.updatedAtMs,
    ],
  );
  await record(tx, id === null ? 'exception created' : 'exception edited', before, after, by);
  return after;
}

/** @throws AppError `EXCEPTION_NOT_FOUND` */
export async function trashException(tx: Tx, logpointId: LogpointId, id: ObjectId, by: Author): Promise<RuleException> {
  const before = (await listExceptions(tx, logpointId)).find((exception) => exception.id === id);
  if (before === undefined) throw refuse('EXCEPTION_NOT_FOUND', 'Exception not found');
  await tx.run('delete from rule_exceptions where id = ?', [id]);
  await record(tx, 'exception trashed', before, null, by);
  return before;
}

/** Marks and audits those whose time is over. They hold no more from that time on, whenever this runs. */
export async function expireExceptions(tx: Tx): Promise<number> {
  const due = (await listExceptions(tx, null)).filter((one) => !one.isExpired && !holdsAt(one, tx.nowMs));
  for (const before of due) {
    await tx.run('update rule_exceptions set is_expired = 1 where id = ?', [before.id]);
    await record(tx, 'exception expired', before, { ...before, isExpired: true }, { actor: 'rules' });
  }
  return due.length;
}

/** Counts events that an exception took from a rule. */
export async function countSuppressed(tx: Tx, id: ObjectId, count: number, atMs: number): Promise<void> {
  await tx.run(
    `update rule_exceptions set suppressed = suppressed + ?,
       last_suppressed_at_ms = case when coalesce(last_suppressed_at_ms, 0) > ? then last_suppressed_at_ms else ? end
     where id = ?`,
    [count, atMs, atMs, id],
  );
}

async function record(
  tx: Tx,
  action: string,
  before: RuleException | null,
  after: RuleException | null,
  by: Author,
): Promise<void> {
  const exception = after ?? before;
  if (exception === null) return;
  await appendAudit(tx, {
    ...by,
    logpointId: exception.logpointId,
    action,
    objectType: 'exception',
    objectId: exception.id,
    before: before === null ? null : exceptionRow(before),
    after: after === null ? null : exceptionRow(after),
  });
  tx.signal(RULES_CHANGED, { logpointId: exception.logpointId, ruleId: exception.id });
}
