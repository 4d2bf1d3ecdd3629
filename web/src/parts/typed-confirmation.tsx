import { type FormEvent, useEffect, useRef, useState } from 'react';
import { HostileText } from './hostile-text.tsx';

type TypedConfirmationProps = {
  /** What is about to happen, as a question. */
  readonly title: string;
  /** What has to be typed: the name of what is ended. */
  readonly name: string;
  readonly verb: string;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
};

/** Asks for the name of what is ended, because nothing brings it back. */
export function TypedConfirmation({ title, name, verb, onConfirm, onClose }: TypedConfirmationProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState('');
  useEffect(() => dialog.current?.showModal(), []);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (typed !== name) return;
    onConfirm();
    onClose();
  };
  return (
    <dialog ref={dialog} aria-label={title} onClose={onClose}>
      <form onSubmit={submit}>
        <p>
          {title} It cannot be undone. Type{' '}
          <strong>
            <HostileText text={name} />
          </strong>{' '}
          to go on.
        </p>
        <div className="admin-form">
          <label>
            Name
            <input value={typed} autoComplete="off" onChange={(event) => setTyped(event.target.value)} />
          </label>
          <button type="submit" className="primary" disabled={typed !== name}>
            {verb}
          </button>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </dialog>
  );
}
