import { useEffect, useRef } from 'react';
import { type KeyBinding, useAllKeys } from './keys.ts';

/** All keys that work now: those of the view, then those that work everywhere. */
export function KeyList({ onClose }: { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const layers = useAllKeys();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} onClose={onClose} aria-label="Keys" className="keys">
      {layers.map(({ name, bindings }) => (
        <section key={name}>
          <h2>{name}</h2>
          <dl>
            {bindings.map((binding) => (
              <Key key={binding.keys} binding={binding} />
            ))}
          </dl>
        </section>
      ))}
      <form method="dialog">
        <button type="submit">
          Close <kbd>Esc</kbd>
        </button>
      </form>
    </dialog>
  );
}

const SHOWN: Readonly<Record<string, string>> = { Escape: 'Esc', 'Shift+x': '⇧x', Enter: '↵' };

function Key({ binding: { keys, word } }: { readonly binding: KeyBinding }) {
  let at = 0;
  return (
    <div>
      <dt>
        {keys.split(' ').map((key) => {
          at += 1;
          return (
            <kbd key={at} title={key}>
              {SHOWN[key] ?? key}
            </kbd>
          );
        })}
      </dt>
      <dd>{word}</dd>
    </div>
  );
}
