import { useQuery } from '@tanstack/react-query';
import type { JsonObject } from '../../../src/shared/json.ts';
import { getJson } from '../api/call.ts';
import { objectOf, rowsOf, textOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { AdminTable, textColumn, timeColumn } from './admin-table.tsx';

const ORDERS_SHOWN_MAX = 100;

/** What was ordered of the logpoint of late, and what came of it. */
export function OrdersTab() {
  const { base } = useTenant();
  const path = `${base.replace('/configapi/', '/monitorapi/')}/orders?limit=${ORDERS_SHOWN_MAX}`;
  const orders = useQuery({
    queryKey: ['admin', path],
    queryFn: async ({ signal }): Promise<readonly JsonObject[]> =>
      rowsOf(objectOf(await getJson(path, signal))['orders']),
    retry: false,
    staleTime: 0,
  });
  return (
    <>
      <p className="admin-note">The newest {ORDERS_SHOWN_MAX} at most, each with what was answered.</p>
      <AdminTable
        name="Orders"
        rows={orders}
        id="request_id"
        empty="Nothing was ordered yet. Every change over the API is an order, and stands here."
        columns={[
          textColumn('Order', 'action'),
          textColumn('Status', 'status'),
          timeColumn('Accepted', 'accepted_at_ms'),
          timeColumn('Ended', 'ended_at_ms', 'not yet'),
          {
            name: 'Answer',
            cell: (order) => (
              <a href={textOf(order['path'])} target="_blank" rel="noopener noreferrer">
                Answer <span className="sr">of {textOf(order['request_id'])}</span>
              </a>
            ),
          },
        ]}
      />
    </>
  );
}
