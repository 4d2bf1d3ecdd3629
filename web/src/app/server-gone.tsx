import { useEffect, useState } from 'react';
import { connection } from '../api/connection.ts';
import { useStore } from '../api/store.ts';

/** While the server does not answer: what that means, and when it is asked again. */
export function ServerGone() {
  const { isUp, retryAtMs } = useStore(connection.state);
  if (isUp) return null;
  return (
    <div className="gone" role="alert">
      <strong>The server does not answer.</strong> What you see may be old, and nothing can be changed until it is back.{' '}
      <Countdown toMs={retryAtMs} />{' '}
      <button type="button" onClick={() => connection.retryNow()}>
        Try now
      </button>
    </div>
  );
}

function Countdown({ toMs }: { readonly toMs: number }) {
  const [nowMs, setNowMs] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 250);
    return () => clearInterval(timer);
  }, []);
  const left = Math.max(0, Math.ceil((toMs - nowMs) / 1000));
  // A reader is told once that the server is gone, not every second.
  return <span aria-hidden="true">{left === 0 ? 'Trying…' : `Next try in ${left} s.`}</span>;
}
