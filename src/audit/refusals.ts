import type { Tx } from '../control/control-store.ts';
import type { JsonObject } from '../shared/json.ts';
import { type AuditEntry, appendAudit } from './audit-chain.ts';

/**
 * Refused attempts of one actor in one chain that are told one by one in a minute; the rest is told as numbers. A caller
 * who proved who it is has its quotas and is told further than a name that anybody may send.
 */
export const REFUSALS_PER_CALLER_MINUTE_MAX = 120;
export const REFUSALS_PER_NAME_MINUTE_MAX = 10;
/** Kinds of refusals (action and code) of one actor that are numbered apart in a minute; the rest is `others`. */
export const REFUSAL_KINDS_MAX = 20;
/** Names that prove nothing and are told apart in one chain in a minute; the next are counted together as `others`. */
export const REFUSING_ACTORS_MAX = 20;
const OTHERS = 'others';
const MINUTE_MS = 60_000;
const MESSAGE_CHARS_MAX = 500;

/** An attempt that was refused: nothing was changed. */
export type Refusal = Pick<AuditEntry, 'logpointId' | 'actor' | 'onBehalfOf' | 'requestId' | 'orderId'> & {
  /** `<what> refused`, e.g. `login refused`. */
  readonly action: string;
  readonly objectType: string;
  readonly objectId: string;
  /** Code of the error. */
  readonly code: string;
  readonly message: string;
  /** What was asked, and from where; secrets are left out. */
  readonly asked: JsonObject;
  /** Whether the actor is who it says: a token, a session, an access key. */
  readonly isProven: boolean;
};

/** Refusals of its actor that are told one by one in a minute. */
export const toldMax = ({ isProven }: Refusal): number =>
  isProven ? REFUSALS_PER_CALLER_MINUTE_MAX : REFUSALS_PER_NAME_MINUTE_MAX;

/** `<action> <CODE>`: what is numbered apart. */
export const kindOf = ({ action, code }: Refusal): string => `${action} ${code}`;

/** A refusal, and how often it happened. More than once: only counted. */
export type RefusalTimes = { readonly refusal: Refusal; readonly times: number };

type CountRow = {
  readonly minute: number;
  readonly seen: number;
  readonly leftOut: number;
  readonly kindsJson: string;
  readonly lastJson: string;
};
const COUNT_COLUMNS = 'minute, seen, left_out as "leftOut", kinds_json as "kindsJson", last_json as "lastJson"';

/**
 * Writes a refused attempt to its chain. Beyond the cap of the minute it is counted, and the number becomes one event of
 * its own when the minute is over: whoever is refused a million times fills no disk.
 */
export async function appendRefusal(tx: Tx, { refusal, times }: RefusalTimes): Promise<void> {
  const minute = Math.floor(tx.nowMs / MINUTE_MS);
  const subject = await subjectOf(tx, refusal, minute);
  const { logpointId } = refusal;
  const before = await tx.get<CountRow>(
    `select ${COUNT_COLUMNS} from audit_refusals where logpoint_id = ? and actor = ?`,
    [logpointId, subject],
  );
  if (before !== undefined && before.minute !== minute) await summarize(tx, logpointId, subject, before);
  const { seen, leftOut, kindsJson } = before?.minute === minute ? before : { seen: 0, leftOut: 0, kindsJson: '[]' };
  const isTold = times === 1 && seen < (subject === OTHERS ? REFUSALS_PER_NAME_MINUTE_MAX : toldMax(refusal));
  if (isTold) await appendAudit(tx, entryOf(refusal));
  const values = [
    minute,
    seen + times,
    isTold ? leftOut : leftOut + times,
    isTold ? kindsJson : addKind(kindsJson, kindOf(refusal), times),
    JSON.stringify(lastOf(refusal)),
  ];
  await tx.run(
    `insert into audit_refusals (logpoint_id, actor, minute, seen, left_out, kinds_json, last_json)
       values (?, ?, ?, ?, ?, ?, ?)
     on conflict (logpoint_id, actor) do update set minute = excluded.minute, seen = excluded.seen,
       left_out = excluded.left_out, kinds_json = excluded.kinds_json, last_json = excluded.last_json`,
    [logpointId, subject, ...values],
  );
}

type Kinds = readonly (readonly [kind: string, count: number])[];

function addKind(kindsJson: string, kind: string, times: number): string {
  const kinds = new Map(JSON.parse(kindsJson) as Kinds);
  const key = kinds.has(kind) || kinds.size < REFUSAL_KINDS_MAX ? kind : OTHERS;
  kinds.set(key, (kinds.get(key) ?? 0) + times);
  return JSON.stringify([...kinds]);
}

/** Tells the numbers of minutes that are over. Answers how many were told. */
export async function summarizeRefusals(tx: Tx): Promise<number> {
  const minute = Math.floor(tx.nowMs / MINUTE_MS);
  const rows = await tx.all<CountRow & { logpointId: string; actor: string }>(
    `select logpoint_id as "logpointId", actor, ${COUNT_COLUMNS} from audit_refusals where minute < ? limit 1000`,
    [minute],
  );
  let told = 0;
  for (const row of rows) {
    if (await summarize(tx, row.logpointId, row.actor, row)) told += 1;
    await tx.run('delete from audit_refusals where logpoint_id = ? and actor = ?', [row.logpointId, row.actor]);
  }
  return told;
}

async function subjectOf(tx: Tx, { logpointId, actor, isProven }: Refusal, minute: number): Promise<string> {
  if (isProven) return actor;
  const row = await tx.get<{ others: number }>(
    'select count(*) as others from audit_refusals where logpoint_id = ? and minute = ? and actor <> ?',
    [logpointId, minute, actor],
  );
  return (row?.others ?? 0) >= REFUSING_ACTORS_MAX ? OTHERS : actor;
}

async function summarize(tx: Tx, logpointId: string, actor: string, row: CountRow): Promise<boolean> {
  const { leftOut, kindsJson } = row;
  if (leftOut === 0) return false;
  await appendAudit(tx, {
    logpointId,
    actor,
    action: 'refusals counted',
    objectType: 'refusals',
    objectId: '',
    after: {
      count: leftOut,
      kinds: (JSON.parse(kindsJson) as Kinds).map(([kind, count]) => ({ kind, count })),
      minute_at_ms: row.minute * MINUTE_MS,
      last: JSON.parse(row.lastJson),
    },
  });
  return true;
}

const cut = (text: string): string => (text.length > MESSAGE_CHARS_MAX ? text.slice(0, MESSAGE_CHARS_MAX) : text);

const lastOf = ({ action, code, message }: Refusal): JsonObject => ({ action, code, message: cut(message) });

function entryOf({ code, message, asked, isProven: _, ...entry }: Refusal): AuditEntry {
  return { ...entry, after: { code, message: cut(message), asked } };
}
