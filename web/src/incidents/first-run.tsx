import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { titleOf } from '../api/api-error.ts';
import { getJson } from '../api/call.ts';
import { order } from '../api/order.ts';
import { numberOf, rowsOf, textOf, timeOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { toast } from '../app/toasts.tsx';
import { Clock } from '../parts/times.tsx';

const LOOK_EVERY_MS = 2_000;
const DAY_SECONDS = 86_400;
/** Days back that events are looked for. */
const LOOKED_DAYS = 365;

type Heard = { readonly events: number; readonly newestMs: number | null };

/** How many events came from outside, and when the newest; null until it is known. Looked at again until there is one. */
function useHeard(): { readonly heard: Heard | null; readonly reason: string | null } {
  const { base, known } = useTenant();
  const userId = known?.userId ?? '';
  const { data = null, error } = useQuery({
    queryKey: [base, 'heard'],
    queryFn: async ({ signal }) => {
      const toSeconds = Math.ceil(Date.now() / 1000) + DAY_SECONDS;
      const data = {
        // What Tocsin says of itself is no sign that logs arrive.
        query: 'repo_name!=_logpoint repo_name!=_LogPointAlerts | chart count() as events, max(col_ts) as newest',
        time_range: [toSeconds - LOOKED_DAYS * DAY_SECONDS, toSeconds],
        user_id: userId,
        limit: 1,
      };
      const [row] = rowsOf((await order(`${base}/Search/logs/fetch`, data, { signal }))['rows']);
      return { events: numberOf(row?.['events']), newestMs: timeOf(row?.['newest']) };
    },
    enabled: userId !== '',
    staleTime: 0,
    retry: false,
    refetchInterval: LOOK_EVERY_MS,
  });
  if (userId === '') return { heard: null, reason: 'looking needs a user of this logpoint with your name' };
  return { heard: data, reason: error === null ? null : titleOf(error) };
}

/** Nothing was raised yet: how logs get in while there are none, and then what is watched. */
export function FirstRun() {
  const { heard, reason } = useHeard();
  const isHeard = heard !== null && heard.events > 0;
  return (
    <div className="empty first-run">
      <p className={isHeard ? 'light on' : 'light'} role="status">
        <span aria-hidden="true">●</span>{' '}
        {isHeard
          ? `${heard.events.toLocaleString('en')} ${heard.events === 1 ? 'event' : 'events'} arrived`
          : 'Waiting for the first event'}
        {isHeard && heard.newestMs !== null && (
          <>
            , the newest at <Clock ms={heard.newestMs} />
          </>
        )}
        {reason !== null && <small> (cannot look: {reason})</small>}
      </p>
      {isHeard ? <Watched /> : <Ways />}
    </div>
  );
}

function Watched() {
  const { base, pool, logpoint } = useTenant();
  const { data: rules } = useQuery({
    queryKey: [base, 'rules', 'watching'],
    queryFn: async ({ signal }) => rowsOf(await getJson(`${base}/AlertRules?active=true&limit=1000`, signal)),
  });
  const newest = (rules ?? []).slice(0, 8);
  return (
    <>
      <h2>No incidents yet: nothing that is watched has happened</h2>
      {rules !== undefined && rules.length === 0 && (
        <p>
          Logs arrive, but <strong>no rule is active</strong>, so nothing can be found. Make one, or bring rules in.
        </p>
      )}
      {rules !== undefined && rules.length > 0 && (
        <>
          <p>
            {rules.length === 1 ? 'One active rule watches' : `${rules.length.toLocaleString('en')} active rules watch`}{' '}
            what comes in. What they find appears here by itself.
          </p>
          <ul>
            {newest.map((rule) => (
              <li key={textOf(rule['id'])}>{textOf(rule['name'])}</li>
            ))}
          </ul>
          {rules.length > newest.length && <p>and {(rules.length - newest.length).toLocaleString('en')} more</p>}
        </>
      )}
      <p className="line-up">
        <Link to="/p/$pool/$logpoint/rules" params={{ pool, logpoint }} className="button">
          Rules
        </Link>
        <Link to="/p/$pool/$logpoint/rules/new" params={{ pool, logpoint }} search={{}} className="button">
          Make a rule
        </Link>
        <Link to="/p/$pool/$logpoint/search" params={{ pool, logpoint }} search={{}} className="button">
          Search what came in
        </Link>
      </p>
    </>
  );
}

function Ways() {
  const { pool, logpoint } = useTenant();
  const url = `${location.origin}/ingest/${pool}/${logpoint}/default`;
  return (
    <>
      <h2>Send a first log</h2>
      <p>
        Three ways, each a line to copy. <code>$TOKEN</code> is a token with the right to send events:{' '}
        <Link to="/p/$pool/$logpoint/admin" params={{ pool, logpoint }} search={{ tab: 'access' }}>
          make one
        </Link>
        , or take the one that <code>tocsin init</code> printed. This page sees the event by itself.
      </p>
      <Way
        title="One line, over HTTP"
        text={`curl -H "Authorization: Bearer $TOKEN" -H "Content-Type: text/plain" --data "<38>$(date '+%b %e %H:%M:%S') web-1 sshd[1]: Failed password for root from 203.0.113.5 port 22 ssh2" ${url}`}
      />
      <Way
        title="A file, with the command line"
        text={`tocsin ingest access.log --url ${location.origin} --token $TOKEN`}
      />
      <Way
        title="A device, by syslog"
        text={`logger --server ${location.hostname} --port 514 --udp "Failed password for root from 203.0.113.5"`}
        note="The server listens when it runs with --syslog.port 514 (and --syslog.host for other machines)."
      />
    </>
  );
}

function Way({ title, text, note }: { readonly title: string; readonly text: string; readonly note?: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      toast.trouble('The browser keeps the clipboard to itself: select the line and copy it');
    }
  };
  return (
    <section className="way">
      <header>
        <h3>{title}</h3>
        <button type="button" onClick={() => void copy()}>
          {isCopied ? 'Copied' : 'Copy'}
        </button>
      </header>
      <pre tabIndex={0}>{text}</pre>
      {note !== undefined && <small>{note}</small>}
    </section>
  );
}
