import type { Migration } from '../control/control-store.ts';

export const attackMigrations: readonly Migration[] = [
  {
    id: 8,
    name: 'attack: one entry per technique and tactic',
    statements: [
      `create table attack_entries (
        hash text primary key,
        id text not null unique,
        attack_id text not null,
        attack_tag text not null,
        attack_category text not null,
        description text not null,
        url text not null,
        version text not null,
        position bigint not null
      )`,
      'create index attack_entries_by_technique on attack_entries (attack_id)',
      `create table attack_source (
        singleton bigint primary key check (singleton = 1),
        attack_version text not null,
        is_built_in bigint not null,
        copyright text not null,
        tactics text not null,
        loaded_at_ms bigint not null
      )`,
    ],
  },
];
