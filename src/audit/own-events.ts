import type { ReadTx, Tx } from '../control/control-store.ts';
import { type LogpointId, newObjectId } from '../shared/ids.ts';
import { SERVER_CHAIN } from './audit-chain.ts';

/** Topic: events wait for the journal. */
export const OWN_EVENTS_QUEUED = 'audit.ownEventsQueued';
/** Topic: so many events were left out, for their subject has had its number of this minute. */
export const OWN_EVENTS_LEFT_OUT = 'audit.ownEventsLeftOut';

const MINUTE_MS = 60_000;

/** An event about Tocsin itself, bound for a repo of the logpoint. */
export type OwnEvent = {
  readonly logpointId: LogpointId;
  readonly repo: string;
  readonly eventAtMs: number;
  readonly fields: Readonly<Record<string, string>>;
};

/** An event that waits; `id` is in the event's field `own_event_id`, and the same when it is handed over twice. */
export type WaitingEvent = OwnEvent & { readonly id: string };

/**
 * Lays an event down in the transaction that it tells of; it goes to the journal after the commit, also when the process
 * ends in between.
 */
export const queueOwnEvent = (tx: Tx, event: OwnEvent): Promise<void> => queueOwnEvents(tx, [event]);

/** Events of one statement. */
const ROWS_PER_STATEMENT = 50;

/** The same for many. */
export async function queueOwnEvents(tx: Tx, events: readonly OwnEvent[]): Promise<void> {
  for (let start = 0; start < events.length; start += ROWS_PER_STATEMENT) {
    const part = events.slice(start, start + ROWS_PER_STATEMENT);
    await tx.run(
      `insert into own_events (event_at_ms, id, logpoint_id, repo, fields_json)
       values ${part.map(() => '(?, ?, ?, ?, ?)').join(', ')}`,
      part.flatMap(({ logpointId, repo, eventAtMs, fields }) => [
        eventAtMs,
        newObjectId(eventAtMs),
        logpointId,
        repo,
        JSON.stringify(fields),
      ]),
    );
  }
  if (events.length > 0) tx.signal(OWN_EVENTS_QUEUED, null);
}

/** Events of one subject, of which only so many go out in a minute. */
export type CappedEvents = {
  readonly subject: string;
  readonly perMinuteMax: number;
  readonly count: number;
  /** Asked for those that go out, from 0 on. */
  event(place: number): OwnEvent;
};

/**
 * As `queueOwnEvents`, at most `perMinuteMax` times a minute for one subject; the rest is left out and signalled as a
 * number. The count is durable, so that what feeds itself is held also over restarts.
 */
export async function queueCappedEvents(tx: Tx, subjects: readonly CappedEvents[]): Promise<void> {
  const fitting: OwnEvent[] = [];
  for (const capped of subjects) {
    const count = await fittingCount(tx, capped);
    for (let place = 0; place < count; place++) fitting.push(capped.event(place));
  }
  await queueOwnEvents(tx, fitting);
}

async function fittingCount(tx: Tx, { subject, perMinuteMax, count }: CappedEvents): Promise<number> {
  const minute = Math.floor(tx.nowMs / MINUTE_MS);
  const known = await tx.get<{ minute: number; taken: number }>(
    'select minute, taken from own_event_counts where subject = ?',
    [subject],
  );
  const taken = known?.minute === minute ? known.taken : 0;
  const fitting = Math.min(count, Math.max(0, perMinuteMax - taken));
  if (fitting > 0) {
    await tx.run(
      `insert into own_event_counts (subject, minute, taken) values (?, ?, ?)
       on conflict (subject) do update set minute = excluded.minute, taken = excluded.taken`,
      [subject, minute, taken + fitting],
    );
  }
  if (fitting < count) tx.signal(OWN_EVENTS_LEFT_OUT, count - fitting);
  return fitting;
}

/** The oldest that wait. */
export async function waitingOwnEvents(tx: ReadTx, limit: number): Promise<WaitingEvent[]> {
  const rows = await tx.all<{ id: string; logpointId: string; repo: string; eventAtMs: number; fieldsJson: string }>(
    `select id, logpoint_id as "logpointId", repo, event_at_ms as "eventAtMs", fields_json as "fieldsJson"
       from own_events order by event_at_ms, id limit ?`,
    [limit],
  );
  return rows.map(({ fieldsJson, ...row }) => ({ ...row, fields: JSON.parse(fieldsJson) }));
}

/** How far the chain of a logpoint has been handed over, and where it ends. */
export type ChainToHand = { readonly logpointId: LogpointId; readonly handedSeq: number; readonly headSeq: number };

/** Chains with events that are not in the journal yet. That of the server belongs to no logpoint, so to no repo. */
export async function chainsToHand(tx: ReadTx, limit: number): Promise<ChainToHand[]> {
  return tx.all<ChainToHand>(
    `select h.logpoint_id as "logpointId", coalesce(d.seq, 0) as "handedSeq", h.seq as "headSeq"
       from audit_heads h left join audit_handed d on d.logpoint_id = h.logpoint_id
      where h.seq > coalesce(d.seq, 0) and h.logpoint_id <> ? limit ?`,
    [SERVER_CHAIN, limit],
  );
}

/** What the journal has by now. */
export type HandedOver = {
  readonly ownEvents: readonly Pick<WaitingEvent, 'id' | 'eventAtMs'>[];
  readonly chains: readonly { readonly logpointId: LogpointId; readonly seq: number }[];
};

/** Moves the cursors after the journal has taken the events: before it, a kill would lose them. */
export async function markHandedOver(tx: Tx, { ownEvents, chains }: HandedOver): Promise<void> {
  for (const { eventAtMs, id } of ownEvents) {
    await tx.run('delete from own_events where event_at_ms = ? and id = ?', [eventAtMs, id]);
  }
  for (const { logpointId, seq } of chains) {
    await tx.run(
      `insert into audit_handed (logpoint_id, seq) values (?, ?)
       on conflict (logpoint_id) do update set seq = excluded.seq where audit_handed.seq < excluded.seq`,
      [logpointId, seq],
    );
  }
}

/** Counts of minutes that are over say nothing any more. */
export async function forgetOwnEventCounts(tx: Tx): Promise<void> {
  await tx.run('delete from own_event_counts where minute < ?', [Math.floor(tx.nowMs / MINUTE_MS)]);
}
