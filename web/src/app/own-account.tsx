import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { call } from '../api/call.ts';
import { objectOf, textOf, textsOf } from '../api/read-json.ts';
import { FormDialog, givenText } from '../parts/form-dialog.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { useSession } from './session-context.ts';
import { toast } from './toasts.tsx';
import '../parts/views.css';

export type OwnAccountPart = 'password' | 'code';

/** What people change of their own account. A wrong password or code is an answer here, not the end of the session. */
async function change(path: string, body: { readonly [name: string]: string } = {}) {
  return objectOf((await call(path, { method: 'POST', body, isSignIn: true })).value);
}

/** A dialog for the own password or the one-time code. */
export function OwnAccount({ part, onClose }: { readonly part: OwnAccountPart; readonly onClose: () => void }) {
  const session = useSession();
  // As it was when the dialog opened: the recovery codes stay on the page when codes are asked for.
  const [hasTotp] = useState(session.hasTotp);
  const queries = useQueryClient();
  const renew = (): void => void queries.invalidateQueries({ queryKey: ['session'] });
  if (part === 'password') {
    return (
      <FormDialog
        title="Password"
        verb="Change"
        fields={[
          { name: 'old', word: 'Password of now', kind: 'password', isRequired: true },
          {
            name: 'new',
            word: 'New password',
            kind: 'password',
            isRequired: true,
            hint: 'Sessions of this account elsewhere end.',
          },
        ]}
        onSubmit={async (given) => {
          await change('/auth/password', { old: String(given.get('old')), new: String(given.get('new')) });
          toast.done('The password was changed');
        }}
        onClose={onClose}
      />
    );
  }
  if (hasTotp) {
    return (
      <FormDialog
        title="One-time code"
        verb="Ask for no code any more"
        fields={[
          { name: 'code', word: 'Code', kind: 'text', isRequired: true, hint: 'Of the app, or a recovery code.' },
        ]}
        onSubmit={async (given) => {
          await change('/auth/totp/disable', { code: givenText(given, 'code') });
          toast.done('Signing in asks for no code any more');
          renew();
        }}
        onClose={onClose}
      />
    );
  }
  return <Enrolment onDone={renew} onClose={onClose} />;
}

type EnrolmentProps = { readonly onDone: () => void; readonly onClose: () => void };

/** Gives an authenticator app its key, and asks for a code of it before codes are asked for. */
function Enrolment({ onDone, onClose }: EnrolmentProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [key, setKey] = useState<{ readonly secret: string; readonly uri: string } | null>(null);
  const [recovery, setRecovery] = useState<readonly string[] | null>(null);
  const [trouble, setTrouble] = useState<unknown>(null);
  useEffect(() => {
    dialog.current?.showModal();
    change('/auth/totp/enroll')
      .then((given) => setKey({ secret: textOf(given['secret']), uri: textOf(given['uri']) }))
      .catch(setTrouble);
  }, []);
  const confirm = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const code = givenText(new FormData(event.currentTarget), 'code');
    setTrouble(null);
    try {
      setRecovery(textsOf((await change('/auth/totp/confirm', { code }))['recovery_codes']));
      onDone();
    } catch (error) {
      setTrouble(error);
    }
  };
  return (
    <dialog ref={dialog} className="form-dialog" aria-label="One-time code" onClose={onClose}>
      <form onSubmit={(event) => void confirm(event)}>
        <h2>One-time code</h2>
        {recovery !== null ? <Recovery codes={recovery} /> : key === null ? <p>Making a key…</p> : <Key {...key} />}
        {trouble !== null && <Trouble error={trouble} />}
        <div className="form-end">
          <button type="button" onClick={onClose}>
            {recovery === null ? 'Cancel' : 'I have them'}
          </button>
          {recovery === null && (
            <button type="submit" className="primary" disabled={key === null}>
              Ask for codes
            </button>
          )}
        </div>
      </form>
    </dialog>
  );
}

function Key({ secret, uri }: { readonly secret: string; readonly uri: string }): ReactNode {
  return (
    <>
      <p>
        Type this key into an authenticator app, or <a href={uri}>open it in the app</a> of this device. It is shown
        this once.
      </p>
      <p>
        <code className="secret-key">{secret.match(/.{1,4}/g)?.join(' ')}</code>
      </p>
      <label>
        The code that the app shows now
        <input name="code" required inputMode="numeric" autoComplete="one-time-code" />
      </label>
    </>
  );
}

function Recovery({ codes }: { readonly codes: readonly string[] }): ReactNode {
  return (
    <>
      <p>
        From now on signing in asks for a code. Each of these is one code for when the app is lost; they are shown this
        once.
      </p>
      <ul className="recovery-codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
    </>
  );
}
