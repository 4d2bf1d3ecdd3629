import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { getJson } from '../api/call.ts';
import { queryString } from '../api/query-string.ts';
import { objectOf, rowsOf, textOf, textOrNull } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { HostileText } from '../parts/hostile-text.tsx';
import { type Column, RowTable, textColumn, timeColumn } from '../parts/row-table.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { TabHead } from './tab-head.tsx';

const PAGE_ROWS = 100;
const STATES = ['queued', 'running', 'done', 'failed'] as const;
const GLYPHS: Readonly<Record<string, string>> = { queued: '◌', running: '◐', done: '●', failed: '✕' };
const ANSWER_CHARS_MAX = 20_000;

/** What was ordered of the logpoint, newest first, and what came of it. */
export function OrdersTab() {
  const { base } = useTenant();
  const [status, setStatus] = useState('');
  const path = `${base.replace('/configapi/', '/monitorapi/')}/orders`;
  const orders = useInfiniteQuery({
    queryKey: ['admin', path, status],
    queryFn: async ({ signal, pageParam }) => {
      const answer = objectOf(
        await getJson(`${path}${queryString({ limit: PAGE_ROWS, status, cursor: pageParam })}`, signal),
      );
      return { rows: rowsOf(answer['orders']), next: textOrNull(answer['next_cursor']) };
    },
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
    retry: false,
    staleTime: 0,
  });
  const rows = orders.data?.pages.flatMap((page) => page.rows) ?? [];
  return (
    <>
      <TabHead title="Orders" about="Every change over the API is an order; it stays with its answer for some hours.">
        <label className="beside-word">
          Status{' '}
          <select value={status} onChange={(event) => setStatus(event.target.value)}>
            <option value="">every one</option>
            {STATES.map((state) => (
              <option key={state}>{state}</option>
            ))}
          </select>
        </label>
      </TabHead>
      {orders.error !== null && <Trouble error={orders.error} onRetry={() => void orders.refetch()} />}
      {orders.isPending && <output className="loading">Reading orders…</output>}
      {orders.data !== undefined && rows.length === 0 && (
        <p className="empty">
          {status === ''
            ? 'Nothing was ordered yet. Every change over the API is an order, and stands here.'
            : 'No order has this status. Choose every one.'}
        </p>
      )}
      {rows.length > 0 && <OrderTable rows={rows} />}
      {orders.hasNextPage && (
        <div className="admin-form">
          <button type="button" onClick={() => void orders.fetchNextPage()} disabled={orders.isFetchingNextPage}>
            Show {PAGE_ROWS} more
          </button>
        </div>
      )}
    </>
  );
}

function OrderTable({ rows }: { readonly rows: readonly JsonObject[] }) {
  const [open, setOpen] = useState('');
  const columns: readonly Column[] = [
    textColumn('Order', 'action'),
    {
      name: 'Status',
      className: ({ status }) => (status === 'failed' ? 'late nowrap' : 'nowrap'),
      cell: ({ status }) => `${GLYPHS[textOf(status)] ?? ''} ${textOf(status)}`,
    },
    timeColumn('Accepted', 'accepted_at_ms', '–'),
    timeColumn('Ended', 'ended_at_ms', 'not yet'),
    {
      name: 'Answer',
      className: 'acts',
      cell: (row) => {
        const id = textOf(row['request_id']);
        return (
          <>
            <button type="button" aria-expanded={open === id} onClick={() => setOpen(open === id ? '' : id)}>
              Show
            </button>
            <a className="button" href={textOf(row['path'])} target="_blank" rel="noopener noreferrer">
              Open <span className="sr">the answer of {id}</span>
            </a>
          </>
        );
      },
    },
  ];
  return (
    <RowTable
      name="Orders"
      rows={rows}
      columns={columns}
      id="request_id"
      below={(row) => (row['request_id'] === open ? <OrderAnswer path={textOf(row['path'])} /> : null)}
    />
  );
}

function OrderAnswer({ path }: { readonly path: string }) {
  const answer = useQuery({
    queryKey: ['admin', 'order', path],
    queryFn: ({ signal }) => getJson(path, signal),
    retry: false,
  });
  if (answer.error !== null) return <Trouble error={answer.error} onRetry={() => void answer.refetch()} />;
  if (answer.data === undefined) return <output className="loading">Reading the answer…</output>;
  return (
    <pre className="order-answer">
      <HostileText text={JSON.stringify(answer.data, null, 2).slice(0, ANSWER_CHARS_MAX)} />
    </pre>
  );
}
