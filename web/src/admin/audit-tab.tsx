import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { call, getJson } from '../api/call.ts';
import { queryString } from '../api/query-string.ts';
import { numberOf, objectOf, rowsOf, textOf, timeOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { useUsers } from '../incidents/use-users.ts';
import { HostileText } from '../parts/hostile-text.tsx';
import { type Column, RowTable, textColumn } from '../parts/row-table.tsx';
import { Clock } from '../parts/times.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { readAdminParams } from './admin-params.ts';
import { TabHead } from './tab-head.tsx';

const PAGE_ROWS = 100;

/** Who did what, out of the chain that nobody can change unseen. */
export function AuditTab() {
  const { base } = useTenant();
  const { actor, action, object } = readAdminParams(useSearch({ strict: false }));
  const filter = queryString({ limit: PAGE_ROWS, actor, action, object_id: object });
  const events = useInfiniteQuery({
    queryKey: ['admin', base, 'audit', filter],
    queryFn: async ({ signal, pageParam }) => {
      const cursor = pageParam === '' ? '' : `&cursor=${encodeURIComponent(pageParam)}`;
      const { value, headers } = await call(`${base}/Audit${filter}${cursor}`, { signal });
      return { rows: rowsOf(value), next: headers.get('x-next-cursor') };
    },
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
    retry: false,
    staleTime: 0,
  });
  const rows = events.data?.pages.flatMap((page) => page.rows) ?? [];
  return (
    <>
      <TabHead title="Audit" about="Who did what, in a chain that nobody can change unseen." />
      <ChainState />
      <AuditFilter key={filter} actor={actor ?? ''} action={action ?? ''} object={object ?? ''} />
      {events.error !== null && <Trouble error={events.error} onRetry={() => void events.refetch()} />}
      {events.isPending && <output className="loading">Reading the audit…</output>}
      {events.data !== undefined && rows.length === 0 && (
        <p className="empty">
          Nothing fits. Actor and action are whole words as the list shows them; clear one to see more.
        </p>
      )}
      {rows.length > 0 && <AuditTable rows={rows} />}
      {events.hasNextPage && (
        <div className="admin-form">
          <button type="button" onClick={() => void events.fetchNextPage()} disabled={events.isFetchingNextPage}>
            Show more
          </button>
        </div>
      )}
    </>
  );
}

function ChainState() {
  const { base } = useTenant();
  const state = useQuery({
    queryKey: ['admin', base, 'audit state'],
    queryFn: async ({ signal }) => objectOf(await getJson(`${base}/Audit/state`, signal)),
    retry: false,
    staleTime: 0,
  });
  if (state.error !== null) return <Trouble error={state.error} onRetry={() => void state.refetch()} />;
  if (state.data === undefined) return null;
  const checkpoint = objectOf(state.data['checkpoint']);
  const signedAt = timeOf(checkpoint['at']);
  return (
    <p className="admin-note" aria-label="Chain">
      Chain of {numberOf(state.data['length']).toLocaleString('en')} events, head{' '}
      <code>{textOf(state.data['head'])}</code>.{' '}
      {signedAt === null ? (
        'No checkpoint is signed yet.'
      ) : (
        <>
          The first {numberOf(checkpoint['length']).toLocaleString('en')} were signed at <Clock ms={signedAt} />.
        </>
      )}{' '}
      <code>tocsin verify</code> proves the chain.
    </p>
  );
}

type AuditFilterProps = { readonly actor: string; readonly action: string; readonly object: string };

function AuditFilter(given: AuditFilterProps) {
  const { pool, logpoint } = useTenant();
  const navigate = useNavigate();
  const [draft, setDraft] = useState(given);
  const go = (event: FormEvent): void => {
    event.preventDefault();
    const search = readAdminParams({ ...draft, tab: 'audit' });
    void navigate({ to: '/p/$pool/$logpoint/admin', params: { pool, logpoint }, search });
  };
  return (
    <form className="admin-form" role="search" aria-label="Audit" onSubmit={go}>
      {(['actor', 'action', 'object'] as const).map((name) => (
        <label key={name}>
          {WORDS[name]}
          <input
            type="search"
            value={draft[name]}
            autoComplete="off"
            onChange={(event) => setDraft({ ...draft, [name]: event.target.value })}
          />
        </label>
      ))}
      <button type="submit">Find</button>
    </form>
  );
}

const WORDS = { actor: 'Actor', action: 'Action', object: 'Object id' } as const;

function AuditTable({ rows }: { readonly rows: readonly JsonObject[] }) {
  const { users } = useUsers();
  const [open, setOpen] = useState('');
  const nameOf = (id: string): string => users.find((user) => user.id === id)?.username ?? id;
  const columns: readonly Column[] = [
    { name: 'No.', cell: (row) => textOf(row['seq']) },
    { name: 'When', className: 'time', cell: (row) => <Clock ms={timeOf(row['at']) ?? 0} /> },
    {
      name: 'Who',
      className: 'nowrap',
      cell: (row) => {
        const acting = textOf(row['on_behalf_of']);
        return <HostileText text={`${textOf(row['actor'])}${acting === '' ? '' : ` for ${nameOf(acting)}`}`} />;
      },
    },
    textColumn('Did', 'action', 'nowrap'),
    {
      name: 'To',
      cell: (row) => (
        <>
          {textOf(row['object_type'])}{' '}
          <span className="data nowrap">
            <HostileText text={textOf(row['object_id'])} />
          </span>
        </>
      ),
    },
    {
      name: 'Then',
      className: 'data cut',
      cell: (row) => <HostileText text={row['after'] === null ? '' : JSON.stringify(row['after']).slice(0, 200)} />,
    },
    {
      name: 'The whole event',
      isUntitled: true,
      cell: (row) => {
        const seq = textOf(row['seq']);
        return (
          <button type="button" aria-expanded={open === seq} onClick={() => setOpen(open === seq ? '' : seq)}>
            Show<span className="sr"> event {seq}</span>
          </button>
        );
      },
    },
  ];
  return (
    <RowTable
      name="Audit events"
      rows={rows}
      columns={columns}
      id="seq"
      below={(row) =>
        textOf(row['seq']) === open ? (
          <pre className="order-answer">
            <HostileText text={JSON.stringify(row, null, 2)} />
          </pre>
        ) : null
      }
    />
  );
}
