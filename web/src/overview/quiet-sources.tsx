import { Link } from '@tanstack/react-router';
import { lastSeenOf } from '../admin/last-seen.ts';
import { HEARD_DAYS, useHeard } from '../admin/use-heard.ts';
import { useRows } from '../admin/use-rows.ts';
import { textOf, textsOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { HostileText } from '../parts/hostile-text.tsx';
import { shortDuration } from '../parts/times.tsx';
import { quoted } from '../search/search-result.ts';

const SHOWN_MAX = 7;
/** A device that said nothing for so long has gone quiet. */
const QUIET_MS = 3_600_000;

/** Devices and log sources that have not been heard for an hour, the quietest first. */
export function QuietSources() {
  const { base, pool, logpoint } = useTenant();
  const names = useHeard('device_name');
  const addresses = useHeard('device_ip');
  const sources = useRows(`${base}/LogSources`);
  if (names.reason !== null) return <p className="quiet">Not known: {names.reason}</p>;
  if (names.byValue === null || addresses.byValue === null) return <output className="loading">Listening…</output>;
  const nowMs = Date.now();
  const { byValue } = names;
  const silent = (sources.data ?? [])
    .filter((source) => lastSeenOf(textsOf(source['hosts']), addresses.byValue ?? new Map(), byValue) === null)
    .map((source) => ({ name: textOf(source['name']), lastMs: null }));
  const gone = [...byValue]
    .filter(([name, { lastMs }]) => name !== '' && lastMs !== null && nowMs - lastMs > QUIET_MS)
    .map(([name, { lastMs }]) => ({ name, lastMs }))
    .sort((a, b) => (a.lastMs ?? 0) - (b.lastMs ?? 0));
  const all = [...silent, ...gone];
  const heard = byValue.size;
  return (
    <>
      <p className="of-chart">
        <Link to="/p/$pool/$logpoint/admin" params={{ pool, logpoint }} search={{ tab: 'sources' }}>
          <strong className={all.length > 0 ? 'soon' : undefined}>{all.length}</strong> of{' '}
          {(heard + silent.length).toLocaleString('en')} {heard + silent.length === 1 ? 'source' : 'sources'}
        </Link>
      </p>
      {all.length === 0 ? (
        <p className="quiet">Every source was heard within the hour.</p>
      ) : (
        <ul className="quiet-sources">
          {all.slice(0, SHOWN_MAX).map(({ name, lastMs }) => (
            <li key={name}>
              <Link
                to="/p/$pool/$logpoint/search"
                params={{ pool, logpoint }}
                search={{ query: `device_name=${quoted(name)}`, t: `${HEARD_DAYS}d` }}
              >
                <HostileText text={name} />
              </Link>
              <span>{lastMs === null ? `not in ${HEARD_DAYS} d` : `${shortDuration(nowMs - lastMs)} ago`}</span>
            </li>
          ))}
          {all.length > SHOWN_MAX && <li className="quiet">{all.length - SHOWN_MAX} more</li>}
        </ul>
      )}
    </>
  );
}
