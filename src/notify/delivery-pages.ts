import type { ReadTx, SqlValue } from '../control/control-store.ts';
import type { Page } from '../control/list-page.ts';
import { AppError } from '../shared/errors.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import { DELIVERIES_MAX, type Delivery, OUTBOX_COLUMNS, type OutboxRow, withAttempts } from './delivery-log.ts';

/** Whose deliveries: of an incident oldest first, of a rule newest first, dead letters by when they were given up. */
export type DeliveriesOf =
  | { readonly of: 'incident'; readonly incidentId: ObjectId }
  | { readonly of: 'rule'; readonly ruleId: ObjectId }
  | { readonly of: 'dead' };

export type DeliveriesAsked = {
  readonly logpointId: LogpointId;
  readonly choice: DeliveriesOf;
  /** Rows of a page, at most `DELIVERIES_MAX`, which is also the default. */
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  /** Deliveries that were queued or ended at this moment or later, Unix ms. */
  readonly changedFromMs?: number | undefined;
  readonly total?: boolean | undefined;
};

type Shape = {
  readonly scope: string;
  readonly params: readonly SqlValue[];
  /** Unique together; the page goes on behind the last row's values. */
  readonly keys: readonly (keyof KeyRow)[];
  readonly direction: 'asc' | 'desc';
};
type KeyRow = Pick<OutboxRow, 'enqueued_at_ms' | 'finished_at_ms' | 'channel' | 'delivery_id' | 'lane_position'>;

function shapeOf(choice: DeliveriesOf): Shape {
  switch (choice.of) {
    case 'incident':
      return {
        scope: `delivery_id in (select o.delivery_id from outbox o where o.incident_id = ?
          union select i.delivery_id from outbox_items i where i.incident_id = ?)`,
        params: [choice.incidentId, choice.incidentId],
        keys: ['enqueued_at_ms', 'channel', 'lane_position', 'delivery_id'],
        direction: 'asc',
      };
    case 'rule':
      return {
        scope: 'rule_id = ?',
        params: [choice.ruleId],
        keys: ['enqueued_at_ms', 'delivery_id'],
        direction: 'desc',
      };
    case 'dead':
      return { scope: `state = 'dead'`, params: [], keys: ['finished_at_ms', 'delivery_id'], direction: 'desc' };
  }
}

/** A page of deliveries, with every attempt. @throws AppError `CURSOR_INVALID` */
export async function deliveryPage(tx: ReadTx, asked: DeliveriesAsked): Promise<Page<Delivery>> {
  const { scope, params, keys, direction } = shapeOf(asked.choice);
  const where = ['logpoint_id = ?', scope];
  const values: SqlValue[] = [asked.logpointId, ...params];
  if (asked.changedFromMs !== undefined) {
    where.push('(enqueued_at_ms >= ? or finished_at_ms >= ?)');
    values.push(asked.changedFromMs, asked.changedFromMs);
  }
  const total = asked.total === true ? await countOf(tx, where, values) : null;
  if (asked.cursor !== undefined) {
    const behind = direction === 'asc' ? '>' : '<';
    where.push(`(${keys.join(', ')}) ${behind} (${keys.map(() => '?').join(', ')})`);
    values.push(...positionOf(asked.cursor, keys.length));
  }
  const limit = Math.min(asked.limit ?? DELIVERIES_MAX, DELIVERIES_MAX);
  const order = keys.map((key) => `${key} ${direction}`).join(', ');
  const found = await tx.all<OutboxRow>(
    `select ${OUTBOX_COLUMNS} from outbox where ${where.join(' and ')} order by ${order} limit ?`,
    [...values, limit + 1],
  );
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  const nextCursor = found.length > limit && last !== undefined ? cursorOf(keys.map((key) => last[key])) : null;
  return { rows: await withAttempts(tx, rows), nextCursor, total };
}

async function countOf(tx: ReadTx, where: readonly string[], values: readonly SqlValue[]): Promise<number> {
  const row = await tx.get<{ n: number }>(`select count(*) as n from outbox where ${where.join(' and ')}`, values);
  return row?.n ?? 0;
}

const cursorOf = (values: readonly SqlValue[]): string => Buffer.from(JSON.stringify(values)).toString('base64url');

function positionOf(cursor: string, length: number): readonly (string | number)[] {
  const values = parsed(Buffer.from(cursor, 'base64url').toString('utf8'));
  const isOne = (value: unknown): value is string | number => typeof value === 'string' || Number.isFinite(value);
  if (Array.isArray(values) && values.length === length && values.every(isOne)) return values;
  throw new AppError('invalid', 'CURSOR_INVALID', 'cursor is not the x-next-cursor of an answer');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
