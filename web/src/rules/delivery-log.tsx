import { useQuery } from '@tanstack/react-query';
import type { JsonObject } from '../../../src/shared/json.ts';
import { getJson } from '../api/call.ts';
import { rowsOf, textOf, timeOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { HostileText } from '../parts/hostile-text.tsx';
import { RelativeTime } from '../parts/times.tsx';
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
      <section className="results delivery-log" tabIndex={0} aria-label="Delivery log">
        <table>
          <thead>
            <tr>
              {['When', 'Why', 'To', 'State', 'Tries', 'Last answer'].map((word) => (
                <th key={word} scope="col">
                  {word}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={textOf(row['delivery_id'])}>
                <td className="nowrap">
                  <RelativeTime ms={timeOf(row['enqueued_at']) ?? 0} />
                </td>
                <td>{textOf(row['cause'])}</td>
                <td className="data">
                  <HostileText text={textOf(row['target'])} />
                </td>
                <td className={row['state'] === 'dead' ? 'nowrap late' : 'nowrap'}>
                  {STATES[textOf(row['state'])] ?? textOf(row['state'])}
                </td>
                <td className="num">{rowsOf(row['attempts']).length}</td>
                <td>
                  <HostileText text={answerOf(row)} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

/** What the receiver said last, or why nothing was sent. */
function answerOf(row: JsonObject): string {
  const last = rowsOf(row['attempts']).at(-1);
  const said = [textOf(last?.['status']), textOf(last?.['error']) || textOf(last?.['answer'])].filter((s) => s !== '');
  return said.join(' ') || textOf(row['reason']);
}
