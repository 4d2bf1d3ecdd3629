import type { AuditRow } from './audit-chain.ts';

/** Where the audit chain of a logpoint is searched. */
export const AUDIT_REPO = '_logpoint';

/** An audit event as the fields of an event: `audit_seq` and `audit_hash` lead back to the chain. */
export function auditEventFields(row: AuditRow): Record<string, string> {
  const behalf = row.on_behalf_of === null ? '' : ` on behalf of ${row.on_behalf_of}`;
  const object = row.object_id === '' ? row.object_type : `${row.object_type} ${row.object_id}`;
  const fields: Record<string, string> = {
    msg: `audit: ${row.action} by ${row.actor}${behalf}: ${object}`,
    norm_id: 'LogPoint',
    label: 'Tocsin Audit',
    action: row.action,
    object: row.object_type,
    object_id: row.object_id,
    actor: row.actor,
    audit_seq: String(row.seq),
    audit_hash: row.hash,
  };
  const more = {
    on_behalf_of: row.on_behalf_of,
    before: row.before_json,
    after: row.after_json,
    request_id: row.request_id,
    order_id: row.order_id,
  };
  for (const [name, value] of Object.entries(more)) if (value !== null && value !== '') fields[name] = value;
  return fields;
}
