import { hash } from 'node:crypto';
import type { ReadTx, SqlValue, Tx } from '../control/control-store.ts';
import { canonicalJson } from '../shared/canonical-json.ts';
import type { LogpointId, ObjectId, RequestId } from '../shared/ids.ts';
import type { Json, JsonObject } from '../shared/json.ts';
import { appendFeed, feedEntryOf } from './change-feed.ts';
import { redactSecrets } from './redact.ts';

/** Chain of what concerns the whole server (pools, console tokens), beside the chains of the logpoints. */
export const SERVER_CHAIN: LogpointId = '0'.repeat(32);
/** Previous hash of the first event of a chain. */
export const CHAIN_START = '0'.repeat(64);
/** UTF-16 units of one state text; a longer state is kept as its length and digest. */
export const AUDIT_STATE_CHARS_MAX = 32_768;

/** One change, as the feature that made it tells it. */
export type AuditEntry = {
  readonly logpointId: LogpointId;
  /** Who called: name of the console token, or the part of the server that acted by itself (`rules`). */
  readonly actor: string;
  /** The user named by the request, when the caller acts for one. */
  readonly onBehalfOf?: ObjectId | null | undefined;
  /** `<object> <past participle>`, e.g. `incident closed`. */
  readonly action: string;
  readonly objectType: string;
  readonly objectId: string;
  /** The changed part of the object; secrets are redacted here once more. */
  readonly before?: JsonObject | null | undefined;
  readonly after?: JsonObject | null | undefined;
  readonly requestId?: string | undefined;
  readonly orderId?: RequestId | undefined;
};

/** A row of `audit_events`, column by column. */
export type AuditRow = {
  readonly logpoint_id: string;
  readonly seq: number;
  readonly at_ms: number;
  readonly actor: string;
  readonly on_behalf_of: string | null;
  readonly action: string;
  readonly object_type: string;
  readonly object_id: string;
  readonly before_json: string | null;
  readonly after_json: string | null;
  readonly request_id: string | null;
  readonly order_id: string | null;
  readonly prev_hash: string;
  readonly hash: string;
};

const COLUMN_NAMES = [
  'logpoint_id',
  'seq',
  'at_ms',
  'actor',
  'on_behalf_of',
  'action',
  'object_type',
  'object_id',
  'before_json',
  'after_json',
  'request_id',
  'order_id',
  'prev_hash',
  'hash',
] as const satisfies readonly (keyof AuditRow)[];
export const AUDIT_COLUMNS = COLUMN_NAMES.join(', ');

/** SHA-256 over the canonical JSON of the row without `hash`; `prev_hash` is part of it and makes the chain. */
export function hashOf(row: Omit<AuditRow, 'hash'>): string {
  const { logpoint_id, seq, at_ms, actor, on_behalf_of, action, object_type, object_id } = row;
  const { before_json, after_json, request_id, order_id, prev_hash } = row;
  const head = { action, actor, after_json, at_ms, before_json, logpoint_id, object_id };
  // The names stand in the order of canonical JSON: what one call writes is that text.
  const text = JSON.stringify({ ...head, object_type, on_behalf_of, order_id, prev_hash, request_id, seq });
  return hash('sha256', text);
}

function stateText(state: JsonObject | null | undefined): string | null {
  if (state === null || state === undefined) return null;
  const text = canonicalJson(redactSecrets(state));
  if (text.length <= AUDIT_STATE_CHARS_MAX) return text;
  const digest = hash('sha256', text);
  return canonicalJson({ cut: true, chars: text.length, sha256: digest } satisfies Json);
}

/** Adds one event to the end of the logpoint's chain and its line to the feed, in the transaction of the change that it tells of. */
export const appendAudit = (tx: Tx, entry: AuditEntry): Promise<void> => appendAudits(tx, entry.logpointId, [entry]);

/** Events of one statement. */
const ROWS_PER_STATEMENT = 50;

/** The same for many events of one logpoint, in their order. */
export async function appendAudits(tx: Tx, logpointId: LogpointId, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const head = await tx.get<{ seq: number; hash: string }>('select seq, hash from audit_heads where logpoint_id = ?', [
    logpointId,
  ]);
  let seq = head?.seq ?? 0;
  let headHash = head?.hash ?? CHAIN_START;
  for (let start = 0; start < entries.length; start += ROWS_PER_STATEMENT) {
    const part = entries.slice(start, start + ROWS_PER_STATEMENT);
    const params: SqlValue[] = [];
    for (const entry of part) {
      seq += 1;
      const row = { ...rowOf(tx, entry), seq, prev_hash: headHash };
      headHash = hashOf(row);
      const whole: AuditRow = { ...row, hash: headHash };
      params.push(...COLUMN_NAMES.map((name) => whole[name]));
    }
    const marks = `(${COLUMN_NAMES.map(() => '?').join(', ')})`;
    await tx.run(`insert into audit_events (${AUDIT_COLUMNS}) values ${part.map(() => marks).join(', ')}`, params);
  }
  await tx.run(
    `insert into audit_heads (logpoint_id, seq, hash) values (?, ?, ?)
     on conflict (logpoint_id) do update set seq = excluded.seq, hash = excluded.hash`,
    [logpointId, seq, headHash],
  );
  if (logpointId !== SERVER_CHAIN) await appendFeed(tx, logpointId, entries.map(feedEntryOf));
}

const rowOf = (tx: Tx, entry: AuditEntry): Omit<AuditRow, 'seq' | 'prev_hash' | 'hash'> => ({
  logpoint_id: entry.logpointId,
  at_ms: tx.nowMs,
  actor: entry.actor,
  on_behalf_of: entry.onBehalfOf ?? null,
  action: entry.action,
  object_type: entry.objectType,
  object_id: entry.objectId,
  before_json: stateText(entry.before),
  after_json: stateText(entry.after),
  request_id: entry.requestId ?? null,
  order_id: entry.orderId ?? null,
});

/** Events of one chain, oldest first, after `afterSeq`; the keyset that reading and verifying share. */
export async function readChain(
  tx: ReadTx,
  logpointId: LogpointId,
  afterSeq: number,
  limit: number,
): Promise<AuditRow[]> {
  return tx.all<AuditRow>(
    `select ${AUDIT_COLUMNS} from audit_events where logpoint_id = ? and seq > ? order by seq limit ?`,
    [logpointId, afterSeq, limit],
  );
}
