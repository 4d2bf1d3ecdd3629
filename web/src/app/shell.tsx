import { useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { ChangeFeed } from '../api/change-feed.ts';
import { connection } from '../api/connection.ts';
import { signOut } from '../api/session.ts';
import { useStore } from '../api/store.ts';
import { FeedContext } from './feed-context.ts';
import { KeyList } from './key-list.tsx';
import { useKeys } from './keys.ts';
import { useSession, useTenant } from './session-context.ts';
import { nextTheme, themeName } from './theme.ts';
import { toast } from './toasts.tsx';

/** The views beside the incidents, each with the keys that go there. */
const VIEWS = [
  { to: '/p/$pool/$logpoint/search', name: 'Search', keys: 'g s' },
  { to: '/p/$pool/$logpoint/rules', name: 'Rules', keys: 'g r' },
  { to: '/p/$pool/$logpoint/attack', name: 'ATT&CK', keys: 'g t' },
  { to: '/p/$pool/$logpoint/overview', name: 'Overview', keys: 'g o' },
  { to: '/p/$pool/$logpoint/admin', name: 'Administration', keys: 'g a' },
] as const;

/** What stands around every view of a logpoint. */
export function Shell() {
  const tenant = useTenant();
  const { pool, logpoint, known, poolName } = tenant;
  const session = useSession();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [areKeysShown, setKeysShown] = useState(false);
  const [theme, setTheme] = useState(themeName());
  const feed = useMemo(() => new ChangeFeed(pool, logpoint), [pool, logpoint]);
  useEffect(() => feed.open(), [feed]);
  const feedState = useStore(feed.state);
  const { isUp, retryAtMs } = useStore(connection.state);

  const keys = useMemo(
    () => [
      { keys: '?', word: 'all keys', run: () => setKeysShown(true) },
      { keys: 'z', word: 'undo', run: () => toast.undoNewest() },
      {
        keys: 'g i',
        word: 'go to incidents',
        run: () => void navigate({ to: '/p/$pool/$logpoint/incidents', params: { pool, logpoint }, search: {} }),
      },
      ...VIEWS.map(({ to, name, keys }) => ({
        keys,
        word: `go to ${name}`,
        run: () => void navigate({ to, params: { pool, logpoint } }),
      })),
      {
        keys: '/',
        word: 'search',
        run: () => document.querySelector<HTMLElement>('input[type=search], .query-stack textarea')?.focus(),
      },
    ],
    [navigate, pool, logpoint],
  );
  useKeys(keys);

  return (
    <FeedContext value={feed}>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <header className="bar">
        <Link to="/p/$pool/$logpoint/incidents" params={{ pool, logpoint }} search={{}} className="brand">
          <img src="/tocsin.svg" alt="" width="18" height="18" /> Tocsin
        </Link>
        <Link to="/" className="tenant" title="Change the logpoint">
          {known === null ? 'unknown logpoint' : `${poolName} / ${known.name}`}
        </Link>
        <nav aria-label="Views">
          <Link to="/p/$pool/$logpoint/incidents" params={{ pool, logpoint }} search={{}}>
            Incidents
          </Link>
          {VIEWS.map(({ to, name }) => (
            <Link key={to} to={to} params={{ pool, logpoint }}>
              {name}
            </Link>
          ))}
          <a href="/docs">API</a>
        </nav>
        <span className={`live ${feedState}`} title={`changes: ${feedState}`}>
          {feedState === 'live' ? '● live' : `○ ${feedState}`}
        </span>
        <button type="button" onClick={() => setTheme(nextTheme())} aria-label="Change between dark and light">
          {theme}
        </button>
        <button type="button" onClick={() => setKeysShown(true)} aria-label="All keys">
          ?
        </button>
        <span className="who" title={session.role}>
          {session.name}
        </span>
        <button type="button" onClick={() => void signOut().finally(() => queries.clear())}>
          Sign out
        </button>
      </header>
      {!isUp && <ServerGone retryAtMs={retryAtMs} />}
      {known === null ? (
        <main id="main" className="empty">
          <h1>There is no such logpoint for you</h1>
          <p>It may not exist, or your account does not reach its pool.</p>
          <Link to="/" className="button">
            Choose another
          </Link>
        </main>
      ) : (
        <Outlet />
      )}
      {areKeysShown && <KeyList onClose={() => setKeysShown(false)} />}
    </FeedContext>
  );
}

function ServerGone({ retryAtMs }: { readonly retryAtMs: number }) {
  const [nowMs, setNowMs] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  return (
    <div className="gone" role="alert">
      The server does not answer. What you see may be old; nothing can be changed. Next try in{' '}
      {Math.max(0, Math.ceil((retryAtMs - nowMs) / 1000))} s.{' '}
      <button type="button" onClick={() => connection.retryNow()}>
        Try now
      </button>
    </div>
  );
}
