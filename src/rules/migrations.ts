import type { Migration } from '../control/control-store.ts';

// Rules, and what their firing remembers. State goes with its rule (cascade). `rule_streams` holds how far the matches
// of a journal are applied, `rule_schedule` how far the windows of a rule are: both move with the firings they caused.
export const ruleMigrations: readonly Migration[] = [
  {
    id: 4,
    name: 'rules: definitions, uses, shares, firing state, schedule',
    statements: [
      `create table alert_rules (
        id text primary key,
        logpoint_id text not null,
        alertrule_id text not null unique,
        name text not null,
        owner_id text not null,
        used_from text,
        active int not null,
        mode text not null,
        version int not null,
        match_version int not null,
        sought text not null,
        spec text not null,
        created_at_ms bigint not null,
        updated_at_ms bigint not null
      )`,
      // A used rule has the name of its original; a user uses a rule once.
      'create unique index alert_rules_name on alert_rules (logpoint_id, name) where used_from is null',
      'create unique index alert_rules_use on alert_rules (logpoint_id, used_from, owner_id) where used_from is not null',
      'create index alert_rules_owner on alert_rules (logpoint_id, owner_id)',
      'create index alert_rules_page on alert_rules (logpoint_id, id, updated_at_ms)',
      'create index alert_rules_running on alert_rules (mode, active)',
      `create table rule_shares (
        rule_id text not null references alert_rules (id) on delete cascade,
        target_kind text not null check (target_kind in ('user', 'group')),
        target_id text not null,
        permission text not null check (permission in ('READ', 'EDIT', 'FULL')),
        primary key (rule_id, target_kind, target_id)
      )`,
      `create table rule_stats (
        rule_id text primary key references alert_rules (id) on delete cascade,
        matches bigint not null default 0,
        hits bigint not null default 0,
        raised bigint not null default 0,
        extended bigint not null default 0,
        throttled bigint not null default 0,
        ignored bigint not null default 0,
        outdated bigint not null default 0,
        windows bigint not null default 0,
        failures bigint not null default 0,
        cut bigint not null default 0,
        suppressed bigint not null default 0,
        overflowed bigint not null default 0,
        last_hit_at_ms bigint
      )`,
      'create table rule_streams (stream text primary key, to_seq bigint not null)',
      `create table rule_matches (
        rule_id text not null references alert_rules (id) on delete cascade,
        stream text not null,
        seq bigint not null,
        event_at_ms bigint not null,
        throttle_value text,
        is_hit int not null,
        is_counted int not null,
        applied_at_ms bigint not null,
        primary key (rule_id, stream, seq)
      )`,
      'create index rule_matches_time on rule_matches (rule_id, event_at_ms)',
      'create index rule_matches_uncounted on rule_matches (rule_id, is_counted, event_at_ms)',
      'create index rule_matches_age on rule_matches (rule_id, applied_at_ms)',
      `create table rule_episodes (
        rule_id text not null references alert_rules (id) on delete cascade,
        group_key text not null,
        first_ms bigint not null,
        last_ms bigint not null,
        incident_id text not null,
        touched_at_ms bigint not null,
        primary key (rule_id, group_key, first_ms)
      )`,
      'create index rule_episodes_age on rule_episodes (rule_id, touched_at_ms)',
      `create table rule_schedule (
        rule_id text primary key references alert_rules (id) on delete cascade,
        to_ms bigint not null,
        flushed_to_ms bigint not null,
        failures int not null,
        retry_at_ms bigint not null,
        last_error text,
        due_ms bigint not null
      )`,
      'create index rule_schedule_due on rule_schedule (due_ms, rule_id)',
      `create table rule_gaps (
        rule_id text not null references alert_rules (id) on delete cascade,
        from_ms bigint not null,
        to_ms bigint not null,
        reason text not null,
        recorded_at_ms bigint not null,
        primary key (rule_id, from_ms)
      )`,
    ],
  },
  {
    id: 24,
    name: 'rules: matches, timers and clocks of stateful rules',
    statements: [
      `create table stateful_matches (
        rule_id text not null references alert_rules (id) on delete cascade,
        logpoint_id text not null,
        group_key text not null,
        stream text not null,
        seq bigint not null,
        event_at_ms bigint not null,
        parts bigint not null,
        value text,
        throttle_value text,
        entities text,
        depth int not null default 0,
        up text,
        is_settled int not null,
        is_hit int not null,
        is_counted int not null,
        applied_at_ms bigint not null,
        primary key (rule_id, stream, seq, group_key)
      )`,
      'create index stateful_matches_group on stateful_matches (rule_id, group_key, event_at_ms)',
      'create index stateful_matches_uncounted on stateful_matches (rule_id, group_key, is_counted, event_at_ms)',
      'create index stateful_matches_due on stateful_matches (logpoint_id, depth, event_at_ms, seq, stream) where is_settled = 0',
      'create index stateful_matches_age on stateful_matches (rule_id, applied_at_ms)',
      `create table stateful_timers (
        rule_id text not null references alert_rules (id) on delete cascade,
        logpoint_id text not null,
        group_key text not null,
        until_ms bigint not null,
        stream text not null,
        seq bigint not null,
        depth int not null default 0,
        is_open int not null,
        is_hit int not null,
        touched_at_ms bigint not null,
        primary key (rule_id, group_key, until_ms, stream, seq)
      )`,
      'create index stateful_timers_due on stateful_timers (logpoint_id, depth, until_ms) where is_open = 1',
      'create index stateful_timers_age on stateful_timers (rule_id, touched_at_ms)',
      'create table stateful_clocks (logpoint_id text primary key, newest_ms bigint not null)',
      'create table stateful_token (id int primary key, token text not null)',
      'alter table rule_stats add column late bigint not null default 0',
    ],
  },
  {
    id: 10,
    name: 'rules: uploads',
    statements: [
      `create table rule_uploads (
        id text primary key,
        logpoint_id text not null,
        file_name text not null,
        content text not null,
        chars bigint not null,
        rules int not null,
        uploaded_at_ms bigint not null,
        uploaded_by text not null,
        unique (logpoint_id, file_name)
      )`,
    ],
  },
  {
    id: 23,
    name: 'rules: exceptions, incidents a minute, health incidents',
    statements: [
      `create table rule_exceptions (
        id text primary key,
        logpoint_id text not null,
        name text not null,
        rule_ids text,
        query text not null,
        owner text not null,
        reason text not null,
        expires_at_ms bigint,
        is_expired int not null,
        suppressed bigint not null default 0,
        last_suppressed_at_ms bigint,
        created_at_ms bigint not null,
        updated_at_ms bigint not null
      )`,
      'create index rule_exceptions_logpoint on rule_exceptions (logpoint_id, name)',
      `create table rule_raises (
        rule_id text primary key references alert_rules (id) on delete cascade,
        minute bigint not null,
        raised int not null,
        incident_id text not null,
        is_told int not null
      )`,
      `create table rule_health (
        rule_id text not null references alert_rules (id) on delete cascade,
        kind text not null,
        incident_id text not null,
        primary key (rule_id, kind)
      )`,
    ],
  },
  {
    id: 44,
    name: 'rules: what each did, day by day',
    statements: [
      `create table rule_days (
        rule_id text not null references alert_rules (id) on delete cascade,
        day bigint not null,
        hits bigint not null,
        raised bigint not null,
        primary key (rule_id, day)
      )`,
    ],
  },
];
