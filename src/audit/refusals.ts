import type { Tx } from '../control/control-store.ts';
import type { JsonObject } from '../shared/json.ts';
import { type AuditEntry, appendAudit } from './audit-chain.ts';

/** Refused attempts of one actor in one chain that are told one by one in a minute; the rest is told as a number. */
export const REFUSALS_PER_ACTOR_MINUTE_MAX = 10;
/** Actors of one chain that are told apart in a minute; the next are counted together as `others`. */
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
};

/** A refusal, and how often it happened. More than once: only counted. */
export type RefusalTimes = { readonly refusal: Refusal; readonly times: number };

type CountRow = { readonly minute: number; readonly seen: number; readonly lastJson: string };

/**
 * Writes a refused attempt to its chain. Beyond the cap of the minute it is counted, and the number becomes one event of
 * its own when the minute is over: whoever is refused a million times fills no disk.
 */
export async function appendRefusal(tx: Tx, { refusal, times }: RefusalTimes): Promise<void> {
  const minute = Math.floor(tx.nowMs / MINUTE_MS);
  const subject = await subjectOf(tx, refusal, minute);
  const { logpointId } = refusal;
  const before = await tx.get<CountRow>(
    'select minute, seen, last_json as "lastJson" from audit_refusals where logpoint_id = ? and actor = ?',
    [logpointId, subject],
  );
  if (before !== undefined && before.minute !== minute) await summarize(tx, logpointId, subject, before);
  const seen = before?.minute === minute ? before.seen : 0;
  const isTold = times === 1 && seen < REFUSALS_PER_ACTOR_MINUTE_MAX;
  if (isTold) await appendAudit(tx, entryOf(refusal));
  await tx.run(
    `insert into audit_refusals (logpoint_id, actor, minute, seen, left_out, last_json) values (?, ?, ?, ?, ?, ?)
     on conflict (logpoint_id, actor) do update set
       left_out = case when audit_refusals.minute = excluded.minute then audit_refusals.left_out + excluded.left_out
                       else excluded.left_out end,
       minute = excluded.minute, seen = excluded.seen, last_json = excluded.last_json`,
    [logpointId, subject, minute, seen + times, isTold ? 0 : times, JSON.stringify(lastOf(refusal))],
  );
}

/** Tells the numbers of minutes that are over. Answers how many were told. */
export async function summarizeRefusals(tx: Tx): Promise<number> {
  const minute = Math.floor(tx.nowMs / MINUTE_MS);
  const rows = await tx.all<CountRow & { logpointId: string; actor: string }>(
    `select logpoint_id as "logpointId", actor, minute, seen, last_json as "lastJson" from audit_refusals
      where minute < ? limit 1000`,
    [minute],
  );
  let told = 0;
  for (const row of rows) {
    if (await summarize(tx, row.logpointId, row.actor, row)) told += 1;
    await tx.run('delete from audit_refusals where logpoint_id = ? and actor = ?', [row.logpointId, row.actor]);
  }
  return told;
}

async function subjectOf(tx: Tx, { logpointId, actor }: Refusal, minute: number): Promise<string> {
  const row = await tx.get<{ others: number }>(
    'select count(*) as others from audit_refusals where logpoint_id = ? and minute = ? and actor <> ?',
    [logpointId, minute, actor],
  );
  return (row?.others ?? 0) >= REFUSING_ACTORS_MAX ? OTHERS : actor;
}

async function summarize(tx: Tx, logpointId: string, actor: string, row: CountRow): Promise<boolean> {
  const count = await tx.get<{ leftOut: number }>(
    'select left_out as "leftOut" from audit_refusals where logpoint_id = ? and actor = ?',
    [logpointId, actor],
  );
  const leftOut = count?.leftOut ?? 0;
  if (leftOut === 0) return false;
  await appendAudit(tx, {
    logpointId,
    actor,
    action: 'refusals counted',
    objectType: 'refusals',
    objectId: '',
    after: { count: leftOut, minute_at_ms: row.minute * MINUTE_MS, last: JSON.parse(row.lastJson) },
  });
  return true;
}

const cut = (text: string): string => (text.length > MESSAGE_CHARS_MAX ? text.slice(0, MESSAGE_CHARS_MAX) : text);

const lastOf = ({ action, code, message }: Refusal): JsonObject => ({ action, code, message: cut(message) });

function entryOf({ code, message, asked, ...entry }: Refusal): AuditEntry {
  return { ...entry, after: { code, message: cut(message), asked } };
}
