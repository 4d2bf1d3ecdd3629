import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useUsers } from './use-users.ts';
import type { Selection, Verbs } from './use-verbs.ts';

type Asked = 'comment' | 'reassign' | 'disposition';
type BulkBarProps = {
  /** Shown when there is one; `target` is what the keys act on. */
  readonly selection: Selection | null;
  readonly target: Selection | null;
  readonly asked: Asked | null;
  readonly verbs: Verbs;
  readonly onAsk: (asked: Asked | null) => void;
  readonly onClear: () => void;
};

const countOf = (selection: Selection): number => ('ids' in selection ? selection.ids.length : selection.count);

export function BulkBar({ selection, target, asked, verbs, onAsk, onClear }: BulkBarProps) {
  const [isBusy, setBusy] = useState(false);
  if (target === null || (selection === null && asked === null)) return null;
  const act: Verbs['act'] = async (...args) => {
    setBusy(true);
    const isDone = await verbs.act(...args);
    setBusy(false);
    if (isDone) onClear();
    return isDone;
  };
  return (
    <div className="bulk" role="toolbar" aria-label="Change the selected incidents">
      <strong>{countOf(target).toLocaleString('en')} selected</strong>
      {isBusy && <progress aria-label="The change is carried out" />}
      {asked !== null && <Ask key={asked} asked={asked} target={target} act={act} onCancel={() => onAsk(null)} />}
      {asked === null && (
        <>
          <button type="button" onClick={() => onAsk('reassign')}>
            <kbd>a</kbd> assign
          </button>
          <button type="button" onClick={() => void act('resolve', target)}>
            <kbd>r</kbd> resolve
          </button>
          <button type="button" onClick={() => onAsk('comment')}>
            <kbd>c</kbd> comment
          </button>
          <button type="button" onClick={() => void act('close', target)}>
            <kbd>e</kbd> close
          </button>
          <button type="button" onClick={() => void act('reopen', target)}>
            <kbd>o</kbd> reopen
          </button>
          <button type="button" onClick={() => onAsk('disposition')}>
            <kbd>d</kbd> disposition
          </button>
          <button type="button" onClick={onClear}>
            <kbd>Esc</kbd> clear
          </button>
        </>
      )}
    </div>
  );
}

type AskProps = {
  readonly asked: Asked;
  readonly target: Selection;
  readonly act: Verbs['act'];
  readonly onCancel: () => void;
};

export const DISPOSITIONS = [
  ['true_positive', 'true positive'],
  ['false_positive', 'false positive'],
  ['benign', 'benign'],
] as const;

function Ask({ asked, target, act, onCancel }: AskProps) {
  const { users } = useUsers();
  const [text, setText] = useState('');
  const first = useRef<HTMLInputElement & HTMLSelectElement>(null);
  useEffect(() => first.current?.focus(), []);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (text.trim() === '') return;
    if (asked === 'comment') void act('comment', target, { comment: text });
    else if (asked === 'reassign') void act('reassign', target, { new_assignee: text });
    else void act('disposition', target, { disposition: text });
  };
  const choices = asked === 'reassign' ? users.map(({ id, name }) => [id, name] as const) : DISPOSITIONS;
  return (
    <form
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onCancel();
      }}
    >
      {asked === 'comment' ? (
        <input
          ref={first}
          aria-label="Comment"
          placeholder="Comment (Markdown)"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      ) : (
        <select
          ref={first}
          aria-label={asked === 'reassign' ? 'Assignee' : 'Disposition'}
          value={text}
          onChange={(event) => setText(event.target.value)}
        >
          <option value="">{asked === 'reassign' ? 'to whom?' : 'what was it?'}</option>
          {choices.map(([value, word]) => (
            <option key={value} value={value}>
              {word}
            </option>
          ))}
        </select>
      )}
      <button type="submit" className="primary">
        {asked === 'comment' ? 'Comment' : asked === 'reassign' ? 'Assign' : 'Set'}
      </button>
      <button type="button" onClick={onCancel}>
        Cancel
      </button>
    </form>
  );
}
