import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { visibleText } from './hostile-text.tsx';
import { Trouble } from './trouble.tsx';

export type FormChoice = readonly [value: string, word: string];

export type FormField = {
  readonly name: string;
  readonly word: string;
  readonly kind:
    | 'text'
    | 'email'
    | 'password'
    | 'number'
    | 'area'
    | 'check'
    | { readonly one: readonly FormChoice[] }
    | { readonly many: readonly FormChoice[] };
  /** What stands in it at first; of `many` the values that are ticked. */
  readonly value?: string | readonly string[];
  readonly isRequired?: boolean;
  /** Said below it. */
  readonly hint?: string;
};

type FormDialogProps = {
  readonly title: string;
  readonly fields: readonly FormField[];
  readonly verb: string;
  /** Throws what the server refuses: it is told, and what was typed stays. */
  readonly onSubmit: (given: FormData) => Promise<void>;
  readonly onClose: () => void;
};

/** Asks for the fields of what is made or changed. */
export function FormDialog({ title, fields, verb, onSubmit, onClose }: FormDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [trouble, setTrouble] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    setBusy(true);
    setTrouble(null);
    try {
      await onSubmit(given);
      onClose();
    } catch (error) {
      setTrouble(error);
      setBusy(false);
    }
  };
  return (
    <dialog ref={dialog} className="form-dialog" aria-label={title} onClose={onClose}>
      <form aria-label={title} onSubmit={(event) => void submit(event)}>
        <h2>{title}</h2>
        {fields.map((field) => (
          <Field key={field.name} field={field} />
        ))}
        {trouble !== null && <Trouble error={trouble} />}
        <div className="form-end">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="primary" disabled={isBusy}>
            {verb}
          </button>
        </div>
      </form>
    </dialog>
  );
}

function Field({ field }: { readonly field: FormField }) {
  const id = useId();
  const { name, word, kind, value = '', isRequired = false, hint } = field;
  if (typeof kind === 'object' && 'many' in kind) {
    return (
      <fieldset>
        <legend>{word}</legend>
        {kind.many.map(([choice, choiceWord]) => (
          <label key={choice} className="check">
            <input type="checkbox" name={name} value={choice} defaultChecked={value.includes(choice)} />
            {visibleText(choiceWord)}
          </label>
        ))}
        {kind.many.length === 0 && <p className="hint">There is none.</p>}
      </fieldset>
    );
  }
  const text = typeof value === 'string' ? value : value.join('\n');
  const described = hint === undefined ? {} : { 'aria-describedby': id };
  const common = { name, required: isRequired, ...described };
  if (kind === 'check') {
    return (
      <label className="check">
        <input type="checkbox" name={name} defaultChecked={text === 'on'} {...described} />
        {word}
        {hint !== undefined && (
          <small id={id} className="hint">
            {hint}
          </small>
        )}
      </label>
    );
  }
  return (
    <div className="field">
      {/* biome-ignore lint/a11y/noLabelWithoutControl: one of three controls stands inside */}
      <label>
        {word}
        {kind === 'area' ? (
          <textarea rows={8} defaultValue={text} spellCheck={false} {...common} />
        ) : typeof kind === 'object' ? (
          <select defaultValue={text} {...common}>
            {kind.one.map(([choice, choiceWord]) => (
              <option key={choice} value={choice}>
                {visibleText(choiceWord)}
              </option>
            ))}
          </select>
        ) : (
          <input
            type={kind}
            autoComplete={kind === 'password' ? 'new-password' : 'off'}
            defaultValue={text}
            {...(kind === 'number' ? { min: 0 } : {})}
            {...common}
          />
        )}
      </label>
      {hint !== undefined && (
        <small id={id} className="hint">
          {hint}
        </small>
      )}
    </div>
  );
}

/** What was typed into one field, without blanks around it. */
export const givenText = (given: FormData, name: string): string => String(given.get(name) ?? '').trim();

/** Lines or values apart by commas. */
export const givenTexts = (given: FormData, name: string): string[] =>
  givenText(given, name)
    .split(/[\n,]+/)
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** The ticked ones of `many`. */
export const givenMany = (given: FormData, name: string): string[] => given.getAll(name).map(String);
