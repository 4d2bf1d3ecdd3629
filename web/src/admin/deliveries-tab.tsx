import { Link } from '@tanstack/react-router';
import { order } from '../api/order.ts';
import { rowsOf, textOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { HostileText } from '../parts/hostile-text.tsx';
import { numberColumn, textColumn, timeColumn } from '../parts/row-table.tsx';
import { AdminTable } from './admin-table.tsx';
import { TabHead } from './tab-head.tsx';
import { useChange } from './use-change.ts';
import { useRows } from './use-rows.ts';

const DEAD_LETTERS_SHOWN_MAX = 200;

/** Where notifications go, and those that were given up. */
export function DeliveriesTab() {
  const { base } = useTenant();
  const targets = useRows(`${base}/Notifications/targets`);
  return (
    <>
      <TabHead
        title="Targets of notifications"
        about="Where notifications go, what waits there, and since when it fails. Each rule says whom it tells, in its editor."
      />
      <AdminTable
        name="Targets"
        rows={targets}
        id="target"
        empty="Nothing was notified yet. A rule with a notification makes its receiver a target here."
        columns={[
          textColumn('Target', 'target'),
          numberColumn('Waiting', 'queued'),
          numberColumn('Dead', 'dead'),
          numberColumn('Failures in a row', 'failures'),
          textColumn('Circuit', 'circuit'),
          timeColumn('Last delivered', 'last_delivered_at'),
          timeColumn('Failing for', 'failing_since', '–'),
          textColumn('Last error', 'last_error'),
        ]}
      />
      <DeadLetters />
    </>
  );
}

function DeadLetters() {
  const { base, pool, logpoint } = useTenant();
  const letters = useRows(`${base}/Notifications/deadLetters?limit=${DEAD_LETTERS_SHOWN_MAX}`);
  const { isBusy, change } = useChange();
  const resend = (ids: readonly string[]): void =>
    void change({
      run: () => order(`${base}/Notifications/resend`, { delivery_ids: ids }),
      done: ids.length === 1 ? 'Sent again' : `${ids.length} sent again`,
    });
  const all = letters.data ?? [];
  return (
    <>
      <TabHead
        title="Dead letters"
        about="Notifications that were given up, newest first. Sent again they keep their ids."
      />
      {all.length > 1 && (
        <div className="admin-form">
          <button
            type="button"
            disabled={isBusy}
            onClick={() => resend(all.map((letter) => textOf(letter['delivery_id'])))}
          >
            Send all {all.length} again
          </button>
          {all.length === DEAD_LETTERS_SHOWN_MAX && <span>The newest {DEAD_LETTERS_SHOWN_MAX} are shown.</span>}
        </div>
      )}
      <AdminTable
        name="Dead letters"
        rows={letters}
        id="delivery_id"
        empty="No notification was given up."
        columns={[
          textColumn('Target', 'target'),
          textColumn('Channel', 'channel'),
          {
            name: 'Incident',
            cell: (letter) =>
              textOf(letter['incident_id']) === '' ? (
                'a digest'
              ) : (
                <Link
                  to="/p/$pool/$logpoint/incidents/$id"
                  params={{ pool, logpoint, id: textOf(letter['incident_id']) }}
                >
                  show
                </Link>
              ),
          },
          textColumn('Reason', 'reason'),
          { name: 'Tries', isNumber: true, cell: (letter) => rowsOf(letter['attempts']).length },
          {
            name: 'Last answer',
            cell: (letter) => <HostileText text={textOf(rowsOf(letter['attempts']).at(-1)?.['error'])} />,
          },
          timeColumn('Given up', 'finished_at', '–'),
          {
            name: 'Again',
            cell: (letter) => (
              <button type="button" disabled={isBusy} onClick={() => resend([textOf(letter['delivery_id'])])}>
                Send again
              </button>
            ),
          },
        ]}
      />
    </>
  );
}
