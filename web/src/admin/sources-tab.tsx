import { Link } from '@tanstack/react-router';
import { textsOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { HostileText } from '../parts/hostile-text.tsx';
import { RelativeTime } from '../parts/times.tsx';
import { quoted } from '../search/search-result.ts';
import { AdminTable, textColumn } from './admin-table.tsx';
import { lastSeenOf } from './last-seen.ts';
import { HEARD_DAYS, HEARD_VALUES_MAX, type Heard, useHeard } from './use-heard.ts';
import { useRows } from './use-rows.ts';

/** The log sources that are known by name, and every device that was heard of late. */
export function SourcesTab() {
  const { base } = useTenant();
  const sources = useRows(`${base}/LogSources`);
  const addresses = useHeard('device_ip');
  const names = useHeard('device_name');
  return (
    <>
      <h2>Devices heard in the last {HEARD_DAYS} days</h2>
      <HeardDevices />
      <h2>Log sources</h2>
      <AdminTable
        name="Log sources"
        rows={sources}
        empty="No log source has a name yet. POST LogSources names one with the addresses of its devices."
        columns={[
          textColumn('Log source', 'name'),
          textColumn('For', 'description'),
          {
            name: 'Last seen',
            cell: (source) => {
              if (addresses.byValue === null || names.byValue === null) return '–';
              const at = lastSeenOf(textsOf(source['hosts']), addresses.byValue, names.byValue);
              return at === null ? `not in ${HEARD_DAYS} days` : <RelativeTime ms={at} />;
            },
          },
          { name: 'Hosts', cell: (source) => <HostileText text={textsOf(source['hosts']).join(', ')} /> },
        ]}
      />
    </>
  );
}

const newestLast = ([, a]: readonly [string, Heard], [, b]: readonly [string, Heard]): number =>
  (a.lastMs ?? 0) - (b.lastMs ?? 0);

/** The quietest first: what has not been heard for long is what to look at. */
function HeardDevices() {
  const { pool, logpoint } = useTenant();
  const { byValue, reason } = useHeard('device_name');
  if (reason !== null) return <p className="admin-note">Not known: {reason}</p>;
  if (byValue === null) return <output className="loading">Searching for devices…</output>;
  if (byValue.size === 0) {
    return <p className="empty">Nothing was heard. Send logs over HTTP or syslog: see “API”, Ingest.</p>;
  }
  return (
    <>
      {byValue.size === HEARD_VALUES_MAX && (
        <p className="admin-note">{HEARD_VALUES_MAX} devices are shown; there are more.</p>
      )}
      <section className="results" tabIndex={0} aria-label="Devices heard">
        <table>
          <thead>
            <tr>
              <th scope="col">Device</th>
              <th scope="col">Last seen</th>
              <th scope="col" className="num">
                Events
              </th>
            </tr>
          </thead>
          <tbody>
            {[...byValue].sort(newestLast).map(([device, { events, lastMs }]) => (
              <tr key={device}>
                <th scope="row">
                  <HostileText text={device === '' ? '(no name)' : device} />
                </th>
                <td>{lastMs === null ? 'unknown' : <RelativeTime ms={lastMs} />}</td>
                <td className="num">
                  <Link
                    to="/p/$pool/$logpoint/search"
                    params={{ pool, logpoint }}
                    search={{ query: `device_name=${quoted(device)}`, t: `${HEARD_DAYS}d` }}
                  >
                    {events.toLocaleString('en')}
                  </Link>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
