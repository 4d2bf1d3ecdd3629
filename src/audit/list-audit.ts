import type { ReadTx, SqlValue } from '../control/control-store.ts';
import type { LogpointId } from '../shared/ids.ts';
import { AUDIT_COLUMNS, type AuditRow } from './audit-chain.ts';

export const AUDIT_PAGE_ROWS_MAX = 500;

export type AuditFilter = {
  readonly logpointId: LogpointId;
  readonly objectType?: string | undefined;
  readonly objectId?: string | undefined;
  readonly action?: string | undefined;
  readonly actor?: string | undefined;
  readonly onBehalfOf?: string | undefined;
  readonly requestId?: string | undefined;
  readonly orderId?: string | undefined;
  /** Unix ms, inclusive. */
  readonly fromMs?: number | undefined;
  /** Unix ms, exclusive. */
  readonly toMs?: number | undefined;
  /** At most `AUDIT_PAGE_ROWS_MAX`, which is also the default. */
  readonly limit?: number | undefined;
  /** `seq` below which the page starts: `nextBefore` of the page before. */
  readonly beforeSeq?: number | undefined;
  /** Whether the events of all pages are counted. */
  readonly total?: boolean | undefined;
};

export type AuditPage = {
  readonly events: readonly AuditRow[];
  readonly nextBefore: number | null;
  /** Null unless it was asked for. */
  readonly total: number | null;
};

/** Audit events, newest first. Events that arrive meanwhile neither shift nor repeat what later pages show. */
export async function listAudit(tx: ReadTx, filter: AuditFilter): Promise<AuditPage> {
  const limit = Math.max(1, Math.min(filter.limit ?? AUDIT_PAGE_ROWS_MAX, AUDIT_PAGE_ROWS_MAX));
  const where = ['logpoint_id = ?'];
  const params: SqlValue[] = [filter.logpointId];
  const narrow = (condition: string, value: string | number | undefined): void => {
    if (value === undefined) return;
    where.push(condition);
    params.push(value);
  };
  narrow('object_type = ?', filter.objectType);
  narrow('object_id = ?', filter.objectId);
  narrow('action = ?', filter.action);
  narrow('actor = ?', filter.actor);
  narrow('on_behalf_of = ?', filter.onBehalfOf);
  narrow('request_id = ?', filter.requestId);
  narrow('order_id = ?', filter.orderId);
  narrow('at_ms >= ?', filter.fromMs);
  narrow('at_ms < ?', filter.toMs);
  const counted =
    filter.total === true
      ? await tx.get<{ n: number }>(`select count(*) as n from audit_events where ${where.join(' and ')}`, params)
      : null;
  narrow('seq < ?', filter.beforeSeq);
  const rows = await tx.all<AuditRow>(
    `select ${AUDIT_COLUMNS} from audit_events where ${where.join(' and ')} order by seq desc limit ?`,
    [...params, limit + 1],
  );
  const events = rows.slice(0, limit);
  return { events, nextBefore: rows.length > limit ? (events.at(-1)?.seq ?? null) : null, total: counted?.n ?? null };
}
