import { useEffect, useRef } from 'react';
import { useAllKeys } from './keys.ts';

export function KeyList({ onClose }: { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const keys = useAllKeys();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} onClose={onClose} aria-label="Keys" className="keys">
      <h2>Keys</h2>
      <dl>
        {keys.map(({ keys: text, word }) => (
          <div key={text}>
            <dt>
              {text.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{word}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
