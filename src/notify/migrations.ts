import type { Migration } from '../control/control-store.ts';

/**
 * Rule notifications, the outbox and its attempt log.
 *
 * `outbox.due_at_ms` is when a delivery may next be claimed: the time of its next attempt or, while one runs, the end
 * of the lease. It is null while an earlier delivery of the same lane (incident and channel) is unfinished, so a claim
 * never has to look for what it may not overtake. `attempts` grows with each claim and is the fence: only the claim that
 * holds the present number may finish the delivery. `attempts_before` were made before it was queued again by hand: its
 * waits start anew, its numbers go on.
 *
 * A digest is one delivery with a row of `outbox_items` for each change that it tells of. Its lane is that of the rule, whose
 * id stands in `incident_id`, so digests of one rule keep their order; `not_before_ms` is when it is closed and due.
 */
export const notifyMigrations: readonly Migration[] = [
  {
    id: 6,
    name: 'notify',
    statements: [
      `create table rule_notifications (
        logpoint_id text not null,
        rule_id text not null,
        channel text not null check (channel in ('email', 'http', 'syslog', 'snmp', 'ssh', 'sms')),
        dispatch_option text not null check (dispatch_option in ('auto', 'manual')),
        settings text not null,
        sealed_secrets text,
        threshold_ms bigint not null default 0,
        notify_on text not null default '[]',
        rate_per_minute bigint,
        rate_full_at_ms bigint not null default 0,
        last_dispatched_at_ms bigint,
        updated_at_ms bigint not null,
        primary key (logpoint_id, rule_id, channel)
      )`,
      `create table outbox (
        delivery_id text primary key,
        logpoint_id text not null,
        incident_id text not null,
        rule_id text not null,
        channel text not null,
        lane_position bigint not null,
        cause text not null check (cause in ('raised', 'investigation', 'resolved', 'closed', 'reopened', 'reassigned',
          'commented', 'sla_breached', 'test')),
        target text not null,
        state text not null check (state in ('queued', 'delivered', 'dead', 'suppressed')),
        content text not null,
        attempts bigint not null default 0,
        attempts_before bigint not null default 0,
        due_at_ms bigint,
        not_before_ms bigint not null default 0,
        claimed_by text,
        enqueued_at_ms bigint not null,
        expires_at_ms bigint not null,
        finished_at_ms bigint,
        reason text
      )`,
      `create table outbox_items (
        delivery_id text not null references outbox (delivery_id) on delete cascade,
        position bigint not null,
        incident_id text not null,
        cause text not null,
        content text not null,
        primary key (delivery_id, position)
      )`,
      'create index outbox_items_incident on outbox_items (incident_id)',
      'create unique index outbox_lane on outbox (incident_id, channel, lane_position)',
      `create index outbox_due on outbox (target, due_at_ms, enqueued_at_ms) where state = 'queued'`,
      `create index outbox_claimed on outbox (claimed_by) where claimed_by is not null`,
      'create index outbox_log on outbox (logpoint_id, enqueued_at_ms)',
      `create index outbox_dead on outbox (logpoint_id, finished_at_ms) where state = 'dead'`,
      `create index outbox_suppressed on outbox (state) where state = 'suppressed'`,
      `create index outbox_finished on outbox (finished_at_ms) where finished_at_ms is not null`,
      `create table delivery_attempts (
        delivery_id text not null references outbox (delivery_id) on delete cascade,
        attempt bigint not null,
        started_at_ms bigint not null,
        duration_ms bigint,
        outcome text not null check (outcome in ('running', 'delivered', 'retry', 'dead', 'lost')),
        status bigint,
        request text,
        answer text,
        error text,
        primary key (delivery_id, attempt)
      )`,
      `create table notify_targets (
        target text primary key,
        failures bigint not null default 0,
        open_until_ms bigint not null default 0,
        rate_full_at_ms bigint not null default 0,
        last_error text,
        last_delivered_at_ms bigint,
        failing_since_ms bigint,
        incident_raised_at_ms bigint
      )`,
    ],
  },
  {
    id: 30,
    name: 'replies by mail',
    statements: [
      // A reply that became a comment: message id, incident and user, digested.
      `create table inbound_replies (
        reply_key text primary key,
        incident_id text not null,
        at_ms bigint not null
      )`,
      'create index inbound_replies_incident on inbound_replies (incident_id, at_ms)',
      'create index inbound_replies_at on inbound_replies (at_ms)',
      // Mailboxes that could not be read at the last look.
      `create table inbound_mailboxes (
        mailbox text primary key,
        failing_since_ms bigint not null,
        incident_raised_at_ms bigint,
        last_error text
      )`,
    ],
  },
];
