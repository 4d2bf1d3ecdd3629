import { createHash } from 'node:crypto';
import type { Tx } from '../control/control-store.ts';
import type { IncidentDeps } from '../incidents/change-incident.ts';
import { commentIncident } from '../incidents/work-incident.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import { isReplyToken, type ReplyToken } from './reply-address.ts';

/** Comments that an incident takes by mail in one hour: two programs that answer each other end here. */
export const REPLIES_PER_HOUR_MAX = 30;
const HOUR_MS = 3_600_000;
const KEPT_MS = 90 * 24 * HOUR_MS;

export type TakeReply = {
  readonly messageId: string;
  readonly incidentId: ObjectId;
  /** Signature of the address, hex. */
  readonly mac: string;
  /** Bare address of the sender. */
  readonly from: string;
  readonly text: string;
};

export type TakenReply =
  | { readonly kind: 'commented' | 'duplicate'; readonly incidentId: ObjectId }
  | { readonly kind: 'ignored'; readonly reason: string };

const ignored = (reason: string): TakenReply => ({ kind: 'ignored', reason });

/**
 * Makes a comment of a reply, once for a message id, in one transaction. Believed is who answers to an address that was
 * signed for the incident and whose own address is that of one active user of the logpoint, who may comment on it.
 *
 * @throws AppError as `commentIncident`
 */
export async function takeReply(
  tx: Tx,
  input: TakeReply,
  deps: IncidentDeps,
  secretKey: Uint8Array | null,
): Promise<TakenReply> {
  const incident = await tx.get<{ readonly logpointId: LogpointId }>(
    'select logpoint_id as "logpointId" from incidents where id = ?',
    [input.incidentId],
  );
  const token: ReplyToken = { incidentId: input.incidentId, mac: Buffer.from(input.mac, 'hex') };
  // An unknown incident and a wrong signature read the same: whoever guesses learns nothing.
  if (incident === undefined || secretKey === null || !isReplyToken(token, secretKey, incident.logpointId)) {
    return ignored('its address was not signed here');
  }
  const { logpointId } = incident;
  const users = await tx.all<{ readonly id: ObjectId }>(
    'select id from users where logpoint_id = ? and active = 1 and locked = 0 and lower(email) = ? limit 2',
    [logpointId, input.from.toLowerCase()],
  );
  const [user, other] = users;
  if (user === undefined) return ignored('its sender is no active user of the logpoint');
  if (other !== undefined) return ignored('several users of the logpoint have the address of its sender');
  const key = createHash('sha256').update([input.messageId, input.incidentId, user.id].join('\0')).digest('hex');
  await tx.run('delete from inbound_replies where at_ms < ?', [tx.nowMs - KEPT_MS]);
  const { changes } = await tx.run(
    'insert into inbound_replies (reply_key, incident_id, at_ms) values (?, ?, ?) on conflict (reply_key) do nothing',
    [key, input.incidentId, tx.nowMs],
  );
  if (changes === 0) return { kind: 'duplicate', incidentId: input.incidentId };
  const recent = await tx.get<{ readonly n: number }>(
    'select count(*) as n from inbound_replies where incident_id = ? and at_ms > ?',
    [input.incidentId, tx.nowMs - HOUR_MS],
  );
  if ((recent?.n ?? 0) > REPLIES_PER_HOUR_MAX) {
    return ignored(`the incident took ${REPLIES_PER_HOUR_MAX} comments by mail in an hour`);
  }
  const request = { logpointId, incidentId: input.incidentId, userId: user.id, actor: 'mail', comment: input.text };
  await commentIncident(tx, request, deps);
  return { kind: 'commented', incidentId: input.incidentId };
}
