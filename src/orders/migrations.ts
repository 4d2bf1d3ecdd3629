import type { Migration } from '../control/control-store.ts';

// `seq` is the order of acceptance. `request_json` and `input_json` go when the order ends; `body` then holds the exact
// bytes of every later answer. `cost_bytes` is what the order takes of the space that finished orders may have.
export const ordersMigrations: readonly Migration[] = [
  {
    id: 3,
    name: 'orders: orders, idempotency keys',
    statements: [
      `create table orders (
        id text primary key,
        seq bigint not null unique,
        pool_id text not null,
        logpoint_id text not null,
        action text not null,
        suffix text not null,
        state text not null,
        lane text,
        context_json text,
        request_json text,
        input_json text,
        body text,
        cost_bytes bigint not null,
        attempts integer not null,
        accepted_at_ms bigint not null,
        ended_at_ms bigint
      )`,
      'create index orders_listed on orders (logpoint_id, seq)',
      'create index orders_open on orders (seq) where ended_at_ms is null',
      'create index orders_open_lane on orders (lane, seq) where ended_at_ms is null',
      'create index orders_ended on orders (ended_at_ms) where ended_at_ms is not null',
      `create table order_keys (
        token_id text not null,
        logpoint_id text not null,
        key text not null,
        fingerprint text not null,
        order_id text not null references orders (id) on delete cascade,
        path text not null,
        primary key (token_id, logpoint_id, key)
      )`,
      'create index order_keys_order on order_keys (order_id)',
    ],
  },
];
