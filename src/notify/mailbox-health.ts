import type { Tx } from '../control/control-store.ts';
import type { IncidentListener } from '../incidents/incident-change.ts';
import { raiseIncident } from '../incidents/raise-incident.ts';
import { digestHex, type LogpointId, type ObjectId } from '../shared/ids.ts';
import { builtInRule } from './built-in-rule.ts';
import { queueDownEvent } from './down-event.ts';

export type MailboxState = {
  /** `imap://host:port` */
  readonly mailbox: string;
  /** What the last look failed of; null when it succeeded. */
  readonly problem: string | null;
  /** Time for which it may fail before an incident is raised. */
  readonly downMs: number;
};

type Row = { readonly failing_since_ms: number | null; readonly incident_raised_at_ms: number | null };

/**
 * Remembers how the mailbox of the replies does. When it has failed for too long, every logpoint gets one incident, which
 * belongs to its oldest active administrator, and no other until the mailbox has answered. Answers how many were raised.
 */
export async function noteMailbox(
  tx: Tx,
  { mailbox, problem, downMs }: MailboxState,
  listeners: readonly IncidentListener[],
): Promise<number> {
  if (problem === null) {
    await tx.run('delete from inbound_mailboxes where mailbox = ?', [mailbox]);
    return 0;
  }
  await tx.run(
    `insert into inbound_mailboxes (mailbox, failing_since_ms, last_error) values (?, ?, ?)
     on conflict (mailbox) do update set last_error = excluded.last_error`,
    [mailbox, tx.nowMs, problem],
  );
  const row = await tx.get<Row>(
    'select failing_since_ms, incident_raised_at_ms from inbound_mailboxes where mailbox = ?',
    [mailbox],
  );
  const sinceMs = row?.failing_since_ms ?? tx.nowMs;
  if (row?.incident_raised_at_ms != null || sinceMs > tx.nowMs - downMs) return 0;
  const owners = await tx.all<{ readonly logpointId: LogpointId; readonly ownerId: ObjectId }>(
    `select u.logpoint_id as "logpointId", min(u.id) as "ownerId" from users u
     where u.active = 1 and exists (select 1 from user_group_members m join user_groups g on g.id = m.user_group_id
       where m.user_id = u.id and g.lpadmin = 1)
     group by u.logpoint_id order by u.logpoint_id`,
  );
  for (const { logpointId, ownerId } of owners) {
    const description = `${mailbox} cannot be read since ${new Date(sinceMs).toISOString()}: ${problem}`;
    const named = {
      logpointId,
      ownerId,
      description,
      key: 'inbound mailbox down',
      name: 'Replies by mail do not arrive',
    };
    const rule = builtInRule(named, tx.nowMs);
    const firing = {
      logpointId,
      ruleId: rule.id,
      ruleVersion: rule.version,
      firingKey: digestHex([rule.id, mailbox, String(sinceMs)], 32),
      detectedAtMs: tx.nowMs,
      windowFromMs: sinceMs,
      windowToMs: tx.nowMs + 1,
      rowsCount: 1,
      hits: 1,
      groupKey: mailbox,
    };
    await raiseIncident(tx, firing, rule, listeners);
    await queueDownEvent(tx, { logpointId, target: mailbox, reason: problem, what: 'replies by mail' });
  }
  await tx.run('update inbound_mailboxes set incident_raised_at_ms = ? where mailbox = ?', [tx.nowMs, mailbox]);
  return owners.length;
}
