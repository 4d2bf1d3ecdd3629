import type { Migration } from '../control/control-store.ts';

// A chain a logpoint: `seq` counts from 1 without a hole, `hash` covers the event and `prev_hash`. The head says where
// the chain ends, so that a cut tail shows.
export const auditMigrations: readonly Migration[] = [
  {
    id: 7,
    name: 'audit: hash chain per logpoint',
    statements: [
      `create table audit_events (
        logpoint_id text not null,
        seq bigint not null,
        at_ms bigint not null,
        actor text not null,
        on_behalf_of text,
        action text not null,
        object_type text not null,
        object_id text not null,
        before_json text,
        after_json text,
        request_id text,
        order_id text,
        prev_hash text not null,
        hash text not null,
        primary key (logpoint_id, seq)
      )`,
      'create index audit_events_object on audit_events (logpoint_id, object_type, object_id, seq)',
      `create table audit_heads (
        logpoint_id text primary key,
        seq bigint not null,
        hash text not null
      )`,
    ],
  },
  {
    id: 28,
    name: 'audit: change feed per logpoint',
    statements: [
      `create table change_feed (
        logpoint_id text not null,
        seq bigint not null,
        at_ms bigint not null,
        type integer not null,
        object_id text not null,
        action text not null,
        by_name text not null,
        primary key (logpoint_id, seq)
      )`,
    ],
  },
  {
    id: 32,
    name: 'audit: hand-over to the journal, refusals',
    statements: [
      // How far a chain has reached the journal, as events of the repo `_logpoint`.
      'create table audit_handed (logpoint_id text primary key, seq bigint not null)',
      `create table own_events (
        event_at_ms bigint not null,
        id text not null,
        logpoint_id text not null,
        repo text not null,
        fields_json text not null,
        primary key (event_at_ms, id)
      )`,
      'create table own_event_counts (subject text primary key, minute bigint not null, taken bigint not null)',
      `create table audit_refusals (
        logpoint_id text not null,
        actor text not null,
        minute bigint not null,
        seen bigint not null,
        left_out bigint not null,
        last_json text not null,
        primary key (logpoint_id, actor)
      )`,
    ],
  },
  {
    id: 50,
    name: 'audit: refusals counted by kind',
    statements: [`alter table audit_refusals add column kinds_json text not null default '[]'`],
  },
];
