import { useQuery } from '@tanstack/react-query';
import type { JsonObject } from '../../../src/shared/json.ts';
import { getJson } from '../api/call.ts';
import { rowsOf, textOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { HostileText } from '../parts/hostile-text.tsx';
import { type Column, RowTable, textColumn, timeColumn } from '../parts/row-table.tsx';
import { Trouble } from '../parts/trouble.tsx';

const SHOWN_MAX = 20;
/** While something waits the log is read this often. */
const LOOK_MS = 2_000;

const STATES: Readonly<Record<string, string>> = {
  queued: '◌ waits',
  delivered: '● delivered',
  dead: '✕ given up',
  suppressed: '– not sent',
};

const COLUMNS: readonly Column[] = [
  timeColumn('When', 'enqueued_at', '–'),
  textColumn('Why', 'cause'),
  textColumn('To', 'target', 'data'),
  {
    name: 'State',
    className: (row) => (row['state'] === 'dead' ? 'nowrap late' : 'nowrap'),
    cell: (row) => STATES[textOf(row['state'])] ?? textOf(row['state']),
  },
  { name: 'Tries', isNumber: true, cell: (row) => rowsOf(row['attempts']).length },
  { name: 'Last answer', cell: (row) => <HostileText text={answerOf(row)} /> },
];

/** What was sent in the name of a rule, newest first, with what the receiver said. */
export function DeliveryLog({ ruleId }: { readonly ruleId: string }) {
  const { base } = useTenant();
  const found = useQuery({
    queryKey: [base, 'rules', ruleId, 'deliveries'],
    queryFn: async ({ signal }) =>
      rowsOf(await getJson(`${base}/AlertRules/${ruleId}/deliveries?limit=${SHOWN_MAX}`, signal)),
    refetchInterval: ({ state }) =>
      state.data?.some((delivery) => delivery['state'] === 'queued') === true ? LOOK_MS : false,
    retry: false,
  });
  if (found.error !== null) return <Trouble error={found.error} onRetry={() => void found.refetch()} />;
  const rows = found.data ?? [];
  if (rows.length === 0) return null;
  return (
    <>
      <h3>Delivery log</h3>
      <RowTable name="Delivery log" className="delivery-log" rows={rows} columns={COLUMNS} id="delivery_id" />
    </>
  );
}

/** What the receiver said last, or why nothing was sent. */
function answerOf(row: JsonObject): string {
  const last = rowsOf(row['attempts']).at(-1);
  const said = [textOf(last?.['status']), textOf(last?.['error']) || textOf(last?.['answer'])].filter((s) => s !== '');
  return said.join(' ') || textOf(row['reason']);
}
