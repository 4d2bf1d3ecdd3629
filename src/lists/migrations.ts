import type { Migration } from '../control/control-store.ts';

export const listMigrations: readonly Migration[] = [
  {
    id: 12,
    name: 'lists: static and dynamic lists, label packages',
    statements: [
      // `items` is the whole of a static list as JSON: it is read and replaced as one.
      `create table lists (
        id text primary key,
        logpoint_id text not null,
        name text not null,
        name_key text not null,
        kind text not null check (kind in ('static', 'dynamic')),
        description text not null,
        age_limit_ms bigint,
        items text,
        version bigint not null,
        created_at_ms bigint not null,
        updated_at_ms bigint not null,
        unique (logpoint_id, name_key)
      )`,
      `create table list_values (
        list_id text not null references lists (id),
        value text not null,
        seen_at_ms bigint not null,
        primary key (list_id, value)
      )`,
      'create index list_values_by_age on list_values (list_id, seen_at_ms)',
      `create table label_packages (
        id text primary key,
        logpoint_id text not null,
        name text not null,
        name_key text not null,
        active bigint not null,
        definitions text not null,
        version bigint not null,
        created_at_ms bigint not null,
        updated_at_ms bigint not null,
        unique (logpoint_id, name_key)
      )`,
    ],
  },
  {
    id: 40,
    name: 'lists: tables that queries write',
    statements: [
      `create table stored_tables (
        id text primary key,
        logpoint_id text not null,
        name text not null,
        name_key text not null,
        columns text not null,
        rows_count bigint not null,
        version bigint not null,
        created_at_ms bigint not null,
        updated_at_ms bigint not null,
        unique (logpoint_id, name_key)
      )`,
      `create table stored_table_rows (
        table_id text not null references stored_tables (id),
        row_key text not null,
        cells text not null,
        seen_at_ms bigint not null,
        primary key (table_id, row_key)
      )`,
    ],
  },
];
