import type { Migration } from '../control/control-store.ts';

// `username_key` and `name_key` are the forms in which names are unique. A console token is one credential with a
// role; each refresh adds an issue (token and secret key, both as digests) to it.
export const accountsMigrations: readonly Migration[] = [
  {
    id: 2,
    name: 'accounts: users, groups, console tokens',
    statements: [
      `create table users (
        id text primary key,
        logpoint_id text not null references logpoints (id),
        username text not null,
        username_key text not null,
        email text not null,
        firstname text not null,
        lastname text not null,
        timezone text not null,
        password_hash text not null,
        access_key_hash text,
        access_key_sealed text,
        active integer not null,
        locked integer not null,
        failed_login_count integer not null,
        last_login_at_ms bigint,
        created_at_ms bigint not null,
        updated_at_ms bigint not null,
        unique (logpoint_id, username_key)
      )`,
      `create table user_groups (
        id text primary key,
        logpoint_id text not null references logpoints (id),
        name text not null,
        name_key text not null,
        description text not null,
        lpadmin integer not null,
        useradmin integer not null,
        created_at_ms bigint not null,
        updated_at_ms bigint not null,
        unique (logpoint_id, name_key)
      )`,
      `create table user_group_members (
        user_id text not null references users (id),
        user_group_id text not null references user_groups (id),
        primary key (user_id, user_group_id)
      )`,
      'create index user_group_members_group on user_group_members (user_group_id, user_id)',
      `create table incident_user_groups (
        id text primary key,
        logpoint_id text not null references logpoints (id),
        user_group_id text not null unique references user_groups (id),
        created_at_ms bigint not null
      )`,
      'create index incident_user_groups_logpoint on incident_user_groups (logpoint_id)',
      `create table console_tokens (
        id text primary key,
        name text not null,
        role text not null,
        pools_json text,
        created_at_ms bigint not null,
        last_used_at_ms bigint,
        revoked_at_ms bigint,
        revoked_reason text,
        always_active integer not null default 0
      )`,
      `create table console_token_issues (
        token_hash text primary key,
        secret_hash text not null unique,
        token_id text not null references console_tokens (id),
        issued_at_ms bigint not null,
        expires_at_ms bigint not null,
        secret_expires_at_ms bigint not null,
        secret_used_at_ms bigint
      )`,
      'create index console_token_issues_token on console_token_issues (token_id)',
    ],
  },
  {
    id: 9,
    name: 'accounts: permission groups',
    statements: [
      // The built-in groups are not stored; a user group without one has `admin` or `operator` after its flags.
      `create table permission_groups (
        id text primary key,
        logpoint_id text not null references logpoints (id),
        name text not null,
        name_key text not null,
        description text not null,
        permissions_json text not null,
        repos_json text,
        devices_json text,
        created_at_ms bigint not null,
        updated_at_ms bigint not null,
        unique (logpoint_id, name_key)
      )`,
      'alter table user_groups add column permission_group_id text',
    ],
  },
  {
    id: 26,
    name: 'accounts: console accounts, sessions, login attempts',
    statements: [
      // `login_key` is what failed logins are counted under: the digest of `username_key`.
      `create table console_accounts (
        id text primary key,
        username text not null,
        username_key text not null unique,
        login_key text not null unique,
        name text not null,
        role text not null,
        pools_json text,
        password_hash text,
        active integer not null,
        totp_sealed text,
        totp_active integer not null,
        totp_step bigint not null,
        oidc_provider text,
        oidc_subject text,
        last_login_at_ms bigint,
        created_at_ms bigint not null,
        updated_at_ms bigint not null,
        unique (oidc_provider, oidc_subject)
      )`,
      `create table console_sessions (
        session_hash text primary key,
        account_id text not null references console_accounts (id),
        created_at_ms bigint not null,
        seen_at_ms bigint not null,
        idle_ms bigint not null,
        expires_at_ms bigint not null
      )`,
      'create index console_sessions_account on console_sessions (account_id, created_at_ms)',
      'create index console_sessions_expiry on console_sessions (expires_at_ms)',
      // Of names that no account has, too: an answer must not tell which there are.
      `create table login_attempts (
        login_key text primary key,
        failures integer not null,
        last_at_ms bigint not null,
        locked_until_ms bigint not null
      )`,
      'create index login_attempts_age on login_attempts (last_at_ms)',
      'create index users_name on users (username_key)',
      'create index users_page on users (logpoint_id, id, updated_at_ms)',
      `create table recovery_codes (
        account_id text not null references console_accounts (id),
        code_hash text not null,
        primary key (account_id, code_hash)
      )`,
    ],
  },
];
