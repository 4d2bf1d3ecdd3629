import type { Migration } from '../control/control-store.ts';

// `name_key` is the name in the form in which it is unique: lower case, so that two names never differ in case alone.
export const tenancyMigrations: readonly Migration[] = [
  {
    id: 1,
    name: 'tenancy: pools, logpoints, repos',
    statements: [
      `create table pools (
        id text primary key,
        name text not null,
        name_key text not null unique,
        created_at_ms bigint not null
      )`,
      `create table logpoints (
        id text primary key,
        pool_id text not null references pools (id),
        name text not null,
        name_key text not null,
        ip text not null,
        created_at_ms bigint not null,
        unique (pool_id, name_key)
      )`,
      `create table repos (
        id text primary key,
        logpoint_id text not null references logpoints (id),
        name text not null,
        name_key text not null,
        address text not null,
        retention_days integer not null,
        created_at_ms bigint not null,
        updated_at_ms bigint not null,
        unique (logpoint_id, name_key)
      )`,
    ],
  },
  {
    id: 11,
    name: 'tenancy: dropped repos, log sources, settings',
    statements: [
      // Repos that are gone and whose events the event store has still to drop; their names rest until it has.
      `create table repo_drops (
        logpoint_id text not null references logpoints (id),
        name text not null,
        name_key text not null,
        trashed_at_ms bigint not null,
        primary key (logpoint_id, name_key)
      )`,
      `create table log_sources (
        id text primary key,
        logpoint_id text not null references logpoints (id),
        name text not null,
        name_key text not null,
        description text not null,
        hosts_json text not null,
        created_at_ms bigint not null,
        updated_at_ms bigint not null,
        unique (logpoint_id, name_key)
      )`,
      `create table logpoint_settings (
        logpoint_id text not null references logpoints (id),
        kind text not null,
        id text not null,
        settings_json text not null,
        sealed_secret text,
        updated_at_ms bigint not null,
        primary key (logpoint_id, kind)
      )`,
    ],
  },
];
