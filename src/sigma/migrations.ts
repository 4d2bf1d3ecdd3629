import type { Migration } from '../control/control-store.ts';

// Imported documents of Sigma. What is compiled from them is a cache: `compiler` says by which version of the compiler, and
// a start with another one compiles again. `rule_id` is the alert rule that was made of the document; it stays, without
// one, when that rule is trashed, because incidents go on to name it in their query.
export const sigmaMigrations: readonly Migration[] = [
  {
    id: 22,
    name: 'sigma: imported documents with what is compiled from them',
    statements: [
      `create table sigma_documents (
        logpoint_id text not null,
        sigma_id text not null,
        name text not null,
        kind text not null check (kind in ('rule', 'filter', 'correlation')),
        rule_id text,
        file text not null,
        content text not null,
        digest text not null,
        log_source text not null,
        condition_json text,
        condition_digest text,
        compiler text not null,
        imported_at_ms bigint not null,
        updated_at_ms bigint not null,
        primary key (logpoint_id, sigma_id)
      )`,
      'create index sigma_documents_rule on sigma_documents (rule_id)',
      'create index sigma_documents_kind on sigma_documents (logpoint_id, kind, log_source)',
    ],
  },
];
