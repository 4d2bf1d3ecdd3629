import { Outlet } from '@tanstack/react-router';
import { useEffect } from 'react';
import { credentials } from '../api/credentials.ts';
import { useStore } from '../api/store.ts';
import { SessionContext, useSessionQuery } from './session-context.ts';
import { SignIn } from './sign-in.tsx';
import { Toasts } from './toasts.tsx';

/** Shows the console to who is signed in. An ended session is renewed above the page: nothing that was typed is lost. */
export function Gate() {
  const state = useStore(credentials.state);
  const session = useSessionQuery();
  useEffect(() => {
    if (session.data !== undefined && state === 'unknown') credentials.signedIn();
  }, [session.data, state]);

  if (session.data === undefined) {
    if (session.isPending && state === 'unknown') return <output className="boot">Opening Tocsin…</output>;
    return <SignIn onDone={() => void session.refetch()} />;
  }
  return (
    <SessionContext value={session.data}>
      <Outlet />
      <Toasts />
      {state === 'expired' && <SignIn isOverlay username={session.data.username} onDone={() => undefined} />}
      {state === 'signed-out' && <SignIn isOverlay onDone={() => void session.refetch()} />}
    </SessionContext>
  );
}
