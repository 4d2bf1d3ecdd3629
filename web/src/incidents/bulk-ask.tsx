import { type FormEvent, useEffect, useRef, useState } from 'react';
import { SECOND_KEY_MS_MAX } from '../app/keys.ts';
import { useTenant } from '../app/session-context.ts';
import type { IncidentRow } from './incident-row.ts';
import { useUsers } from './use-users.ts';
import type { Selection, Verbs } from './use-verbs.ts';

/** What a verb has to know before it is done. */
export type Asked = 'comment' | 'reassign' | 'disposition' | 'merge';

export const DISPOSITIONS = [
  ['true_positive', 'true positive'],
  ['false_positive', 'false positive'],
  ['benign', 'benign'],
] as const;

type AskProps = {
  readonly asked: Asked;
  readonly target: Selection;
  readonly rows: readonly IncidentRow[];
  readonly verbs: Verbs;
  /** The order was carried out. */
  readonly onDone: () => void;
  readonly onCancel: () => void;
};

export function Ask(props: AskProps) {
  const { asked, target, verbs, onDone, onCancel } = props;
  const act = (...args: Parameters<Verbs['act']>): void => {
    void verbs.act(...args).then((isDone) => isDone && onDone());
  };
  switch (asked) {
    case 'comment':
      return <AskText onText={(comment) => act('comment', target, { comment })} onCancel={onCancel} />;
    case 'reassign':
      return <AskAssignee onChoice={(id) => act('reassign', target, { new_assignee: id })} onCancel={onCancel} />;
    case 'disposition':
      return (
        <AskChoice
          label="Disposition"
          question="what was it?"
          word="Set"
          choices={DISPOSITIONS}
          onChoice={(disposition) => act('disposition', target, { disposition })}
          onCancel={onCancel}
        />
      );
    case 'merge':
      return <AskParent {...props} />;
  }
}

const onEscape =
  (onCancel: () => void) =>
  (event: React.KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    onCancel();
  };

type AskTextProps = { readonly onText: (text: string) => void; readonly onCancel: () => void };

function AskText({ onText, onCancel }: AskTextProps) {
  const [text, setText] = useState('');
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (text.trim() !== '') onText(text);
  };
  return (
    <form onSubmit={submit} onKeyDown={onEscape(onCancel)}>
      <input
        ref={first}
        aria-label="Comment"
        placeholder="Comment (Markdown)"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" className="primary">
        Comment
      </button>
      <button type="button" onClick={onCancel}>
        Cancel
      </button>
    </form>
  );
}

function AskAssignee({ onChoice, onCancel }: Pick<AskChoiceProps, 'onChoice' | 'onCancel'>) {
  const { users } = useUsers();
  const { known } = useTenant();
  const [askedAtMs] = useState(Date.now());
  const me = known?.userId ?? '';
  const onKey = (event: React.KeyboardEvent): void => {
    // The second a of `a a` comes when the list of users has the keyboard already.
    if (event.key !== 'a' || me === '' || Date.now() - askedAtMs > SECOND_KEY_MS_MAX) return;
    event.preventDefault();
    onChoice(me);
  };
  const choices = users.map(({ id, name }) => [id, id === me ? `${name} (me)` : name] as const);
  return (
    <AskChoice
      label="Assignee"
      question="to whom? (a: to me)"
      word="Assign"
      choices={choices}
      onKey={onKey}
      onChoice={onChoice}
      onCancel={onCancel}
    />
  );
}

type AskChoiceProps = {
  readonly label: string;
  readonly question: string;
  readonly word: string;
  readonly choices: readonly (readonly [string, string])[];
  readonly onKey?: (event: React.KeyboardEvent) => void;
  readonly onChoice: (value: string) => void;
  readonly onCancel: () => void;
};

function AskChoice({ label, question, word, choices, onKey, onChoice, onCancel }: AskChoiceProps) {
  const [value, setValue] = useState('');
  const first = useRef<HTMLSelectElement>(null);
  useEffect(() => first.current?.focus(), []);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (value !== '') onChoice(value);
  };
  return (
    <form onSubmit={submit} onKeyDown={onEscape(onCancel)}>
      <select
        ref={first}
        aria-label={label}
        value={value}
        onKeyDown={(event) => {
          onKey?.(event);
          // Browsers open the list again instead of taking what is chosen.
          if (event.key !== 'Enter' || value === '') return;
          event.preventDefault();
          onChoice(value);
        }}
        onChange={(event) => setValue(event.target.value)}
      >
        <option value="">{question}</option>
        {choices.map(([id, name]) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <button type="submit" className="primary">
        {word}
      </button>
      <button type="button" onClick={onCancel}>
        Cancel
      </button>
    </form>
  );
}

/** Which of them the others become part of: one that is ticked, or any other by its number. */
function AskParent({ target, rows, verbs, onDone, onCancel }: AskProps) {
  const ids = 'ids' in target ? target.ids : [];
  const choices = rows
    .filter(({ mergedInto }) => mergedInto === null)
    .toSorted((a, b) => a.detectedAtMs - b.detectedAtMs);
  const [parent, setParent] = useState(ids.length > 1 ? (choices[0]?.number ?? '') : '');
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.select(), []);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const number = parent.trim().toUpperCase().split(' ')[0] ?? '';
    const row = choices.find((one) => one.number === number);
    const children = ids.filter((id) => id !== row?.id);
    if (number === '' || children.length === 0) return;
    const back = { path: `${number}/unmerge`, data: { ids: children } };
    void verbs
      .place(`${number}/merge`, { ids: children }, `${children.length} merged into ${number}`, back)
      .then((isDone) => isDone && onDone());
  };
  return (
    <form onSubmit={submit} onKeyDown={onEscape(onCancel)}>
      <label className="merge-parent">
        merge into
        <input
          ref={first}
          aria-label="Merge into"
          list="merge-parents"
          placeholder="INC-42"
          value={parent}
          onChange={(event) => setParent(event.target.value)}
        />
      </label>
      <datalist id="merge-parents">
        {choices.map(({ id, number, name }) => (
          <option key={id} value={number}>
            {name.slice(0, 80)}
          </option>
        ))}
      </datalist>
      <button type="submit" className="primary">
        Merge
      </button>
      <button type="button" onClick={onCancel}>
        Cancel
      </button>
    </form>
  );
}
