import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { adviceFor, titleOf } from '../api/api-error.ts';
import { credentials } from '../api/credentials.ts';
import { readAuthMethods, signIn } from '../api/session.ts';

type SignInProps = { readonly isOverlay?: boolean; readonly username?: string; readonly onDone: () => void };

/** Asks for name and password, and for the code where the account has one. */
export function SignIn({ isOverlay = false, username: known = '', onDone }: SignInProps) {
  const methods = useQuery({ queryKey: ['auth-methods'], queryFn: readAuthMethods, staleTime: 60_000 });
  const [username, setUsername] = useState(known);
  const [password, setPassword] = useState('');
  const [code, setCode] = useState<string | null>(null);
  const [trouble, setTrouble] = useState<{ title: string; advice: string } | null>(null);
  const [isBusy, setBusy] = useState(false);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setTrouble(null);
    try {
      await signIn(username, password, code);
      credentials.signedIn();
      onDone();
    } catch (error) {
      const title = titleOf(error);
      if (code === null && /code/i.test(title)) setCode('');
      setTrouble({ title, advice: adviceFor(error).replace('Sign in again; what you typed is still here.', '') });
    } finally {
      setBusy(false);
    }
  };
  return (
    <div
      className={isOverlay ? 'signin overlay' : 'signin'}
      role={isOverlay ? 'dialog' : undefined}
      aria-label="Sign in"
    >
      <form onSubmit={(event) => void submit(event)}>
        <h1>
          <img src="/tocsin.svg" alt="" width="28" height="28" /> Tocsin
        </h1>
        {isOverlay && <p>Your session has ended. Sign in to go on; what you typed is still here.</p>}
        <label>
          Username
          <input autoComplete="username" value={username} onChange={(e) => setUsername(e.target.value)} required />
        </label>
        <label>
          Password
          <input
            type="password"
            autoComplete="current-password"
            value={password}
            onChange={(e) => setPassword(e.target.value)}
            required
          />
        </label>
        {code !== null && (
          <label>
            Code of your authenticator
            <input
              inputMode="numeric"
              autoComplete="one-time-code"
              value={code}
              onChange={(e) => setCode(e.target.value)}
              required
            />
          </label>
        )}
        {trouble !== null && (
          <p className="trouble" role="alert">
            <strong>{trouble.title}.</strong> {trouble.advice}
          </p>
        )}
        <button type="submit" className="primary" disabled={isBusy}>
          {isBusy ? 'Signing in…' : 'Sign in'}
        </button>
        {methods.data?.oidc.map((provider) => (
          <a
            key={provider.id}
            className="button"
            href={`/auth/oidc/${encodeURIComponent(provider.id)}/start?return=${encodeURIComponent(location.pathname + location.search)}`}
          >
            Sign in with {provider.name}
          </a>
        ))}
      </form>
    </div>
  );
}
