import { useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { ChangeFeed } from '../api/change-feed.ts';
import { connection } from '../api/connection.ts';
import { credentials } from '../api/credentials.ts';
import { signOut } from '../api/session.ts';
import { useStore } from '../api/store.ts';
import { readOverviewParams } from '../overview/overview-params.ts';
import { Icon } from '../parts/icon.tsx';
import { zone } from '../parts/times.tsx';
import { FeedContext } from './feed-context.ts';
import { JumpBox } from './jump-box.tsx';
import { KeyList } from './key-list.tsx';
import { useKeys } from './keys.ts';
import type { OwnAccountPart } from './own-account.tsx';
import { ServerGone } from './server-gone.tsx';
import { useSession, useTenant } from './session-context.ts';
import { nextTheme, themeName } from './theme.ts';
import { toast } from './toasts.tsx';
import { VIEWS } from './views.ts';
import './shell.css';

const OwnAccount = lazy(() => import('./own-account.tsx').then((own) => ({ default: own.OwnAccount })));

/** What stands around every view of a logpoint. */
export function Shell() {
  const { pool, logpoint, known, poolName } = useTenant();
  const { wall } = readOverviewParams(useSearch({ strict: false }));
  const [areKeysShown, setKeysShown] = useState(false);
  const feed = useMemo(() => new ChangeFeed(pool, logpoint), [pool, logpoint]);
  useEffect(() => feed.open(), [feed]);
  const queries = useQueryClient();
  // What failed while the server was gone is asked again when it is back.
  useEffect(
    () =>
      connection.onReturn(
        () => void queries.refetchQueries({ type: 'active', predicate: ({ state }) => state.status === 'error' }),
      ),
    [queries],
  );
  useShellKeys(pool, logpoint, () => setKeysShown(true));
  return (
    <FeedContext value={feed}>
      <div className={wall === undefined ? 'shell' : 'shell on-wall'}>
        <a className="skip" href="#main">
          Skip to content
        </a>
        <header className="topbar">
          <Link
            to="/p/$pool/$logpoint/incidents"
            params={{ pool, logpoint }}
            search={{}}
            className="brand"
            aria-label="Tocsin: incidents"
          >
            <img src="/tocsin.svg" alt="" width="18" height="18" /> <span>Tocsin</span>
          </Link>
          <Link to="/" className="tenant" title="Change the logpoint">
            {known === null ? 'unknown logpoint' : `${poolName} / ${known.name}`}
          </Link>
          <JumpBox />
          <Live feed={feed} />
          <Account onKeys={() => setKeysShown(true)} />
        </header>
        <nav aria-label="Views" className="side">
          {VIEWS.map(({ to, name, icon, keys }) => (
            <Link key={to} to={to} params={{ pool, logpoint }} search={{}} title={`${name} (${keys})`}>
              <Icon name={icon} /> <span>{name}</span>
            </Link>
          ))}
        </nav>
        <ServerGone />
        {known === null ? (
          <main id="main" className="empty">
            <h1>There is no such logpoint for you</h1>
            <p>
              It may not exist, or your account does not reach its pool. An administrator of the pool can change that.
            </p>
            <Link to="/" className="button">
              Choose another
            </Link>
          </main>
        ) : (
          <Outlet />
        )}
        {areKeysShown && <KeyList onClose={() => setKeysShown(false)} />}
      </div>
    </FeedContext>
  );
}

function useShellKeys(pool: string, logpoint: string, showKeys: () => void): void {
  const navigate = useNavigate();
  // biome-ignore lint/correctness/useExhaustiveDependencies: what shows the keys does the same every time
  const keys = useMemo(
    () => [
      {
        keys: '/',
        word: 'search',
        run: () =>
          (
            document.querySelector<HTMLElement>('main input[type=search], .query-stack textarea') ??
            document.querySelector<HTMLElement>('.jump input')
          )?.focus(),
      },
      { keys: 't', word: 'time', run: () => document.querySelector<HTMLElement>('main .time-picker select')?.focus() },
      { keys: 'z', word: 'undo', run: () => toast.undoNewest() },
      ...VIEWS.map(({ to, name, keys }) => ({
        keys,
        word: `go to ${name}`,
        run: () => void navigate({ to, params: { pool, logpoint }, search: {} }),
      })),
      { keys: '?', word: 'all keys', run: showKeys },
    ],
    [navigate, pool, logpoint],
  );
  useKeys(keys, 'Everywhere');
}

const LIVE_WORDS = { live: '● live', connecting: '○ connecting', paused: '○ paused' } as const;

function Live({ feed }: { readonly feed: ChangeFeed }) {
  const state = useStore(feed.state);
  return (
    <span className={`live ${state}`} title={`changes: ${state}`}>
      {LIVE_WORDS[state]}
    </span>
  );
}

/** Who is here, in which zone times are told, and what belongs to this browser alone. */
function Account({ onKeys }: { readonly onKeys: () => void }) {
  const session = useSession();
  const queries = useQueryClient();
  const [theme, setTheme] = useState(themeName());
  const [part, setPart] = useState<OwnAccountPart | null>(null);
  const menu = useRef<HTMLDetailsElement>(null);
  const open = (next: OwnAccountPart): void => {
    if (menu.current !== null) menu.current.open = false;
    setPart(next);
  };
  return (
    <>
      <button
        type="button"
        className="quiet"
        title={`Colours: ${theme}`}
        onClick={() => setTheme(nextTheme())}
        aria-label="Change between dark and light"
      >
        <Icon name="theme" />
      </button>
      <button type="button" className="quiet" onClick={onKeys} aria-label="All keys" title="All keys (?)">
        <span aria-hidden="true">?</span>
      </button>
      <details ref={menu} className="menu account">
        <summary aria-label={`Account ${session.name}`}>{initialsOf(session.name)}</summary>
        <div className="menu-body">
          <p>
            <strong>{session.name}</strong> <small>{session.role}</small>
          </p>
          <p>
            <small>Times are told in {zone}.</small>
          </p>
          {!credentials.hasToken() && (
            <>
              <button type="button" onClick={() => open('password')}>
                Password…
              </button>
              <button type="button" onClick={() => open('code')}>
                One-time code… <small>{session.hasTotp ? 'asked for' : 'not asked for'}</small>
              </button>
            </>
          )}
          <a href="/docs">API</a>
          <button type="button" onClick={() => void signOut().finally(() => queries.clear())}>
            Sign out
          </button>
        </div>
      </details>
      {part !== null && (
        <Suspense>
          <OwnAccount part={part} onClose={() => setPart(null)} />
        </Suspense>
      )}
    </>
  );
}

const initialsOf = (name: string): string =>
  name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word.charAt(0).toUpperCase())
    .join('');
