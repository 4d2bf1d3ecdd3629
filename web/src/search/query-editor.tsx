import { type KeyboardEvent, useId, useMemo, useRef, useState } from 'react';
import { completeQuery, type KnownNames, type Suggestion } from '../../../src/query/complete.ts';
import { placeOf } from '../../../src/query/diagnostics.ts';
import { parseQuery } from '../../../src/query/parse-query.ts';
import { Coloured } from './coloured-query.tsx';

const SUGGESTIONS_SHOWN_MAX = 12;

type QueryEditorProps = {
  readonly value: string;
  readonly known: KnownNames;
  readonly onChange: (value: string) => void;
  readonly onRun: () => void;
};

/**
 * A line that grows: coloured, completed and checked by the grammar that the server runs. The coloured text lies under
 * a text area that has none of its own colour, so that typing stays the browser's.
 */
export function QueryEditor({ value, known, onChange, onRun }: QueryEditorProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const listId = useId();
  const [cursor, setCursor] = useState(0);
  const [isOpen, setOpen] = useState(false);
  const [chosen, setChosen] = useState(0);
  const diagnostics = useMemo(() => parseQuery(value).diagnostics, [value]);
  const completion = useMemo(() => completeQuery(value, cursor, known), [value, cursor, known]);
  const suggestions = completion.suggestions.slice(0, SUGGESTIONS_SHOWN_MAX);
  const isListShown = isOpen && suggestions.length > 0;

  const take = (suggestion: Suggestion): void => {
    const { start, end } = completion.span;
    onChange(value.slice(0, start) + suggestion.insert + value.slice(end));
    setOpen(false);
    const at = start + suggestion.insert.length;
    setCursor(at);
    requestAnimationFrame(() => area.current?.setSelectionRange(at, at));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && !event.shiftKey && !(isListShown && chosen > 0)) {
      event.preventDefault();
      setOpen(false);
      onRun();
    } else if (isListShown && (event.key === 'Tab' || event.key === 'Enter')) {
      const suggestion = suggestions[Math.max(0, chosen - 1)];
      if (suggestion === undefined) return;
      event.preventDefault();
      take(suggestion);
    } else if (isListShown && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setChosen(Math.max(0, Math.min(suggestions.length, chosen + step)));
    } else if (event.key === 'Escape' && isListShown) {
      event.preventDefault();
      event.stopPropagation();
      setOpen(false);
    }
  };
  return (
    <div className="query-editor">
      <div className="query-stack">
        <pre aria-hidden="true">
          <Coloured text={value} />
          {'\n'}
        </pre>
        <textarea
          ref={area}
          role="combobox"
          aria-label="Query"
          aria-expanded={isListShown}
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={isListShown && chosen > 0 ? `${listId}-${chosen}` : undefined}
          aria-invalid={diagnostics.some(({ severity }) => severity === 'error')}
          spellCheck={false}
          autoCapitalize="off"
          rows={1}
          value={value}
          placeholder="Every event. Or: user=bob* | chart count() by source_address"
          onChange={(event) => {
            onChange(event.target.value);
            setCursor(event.target.selectionStart);
            setOpen(true);
            setChosen(0);
          }}
          onSelect={(event) => setCursor(event.currentTarget.selectionStart)}
          onBlur={() => setOpen(false)}
          onKeyDown={onKeyDown}
        />
      </div>
      {isListShown && (
        <div className="suggestions" id={listId} role="listbox" aria-label="Suggestions">
          {suggestions.map((suggestion, at) => (
            <div
              key={`${suggestion.kind} ${suggestion.label}`}
              id={`${listId}-${at + 1}`}
              role="option"
              tabIndex={-1}
              aria-selected={at + 1 === chosen}
              onPointerDown={(event) => {
                event.preventDefault();
                take(suggestion);
              }}
            >
              {suggestion.label} <small>{suggestion.kind}</small>
            </div>
          ))}
        </div>
      )}
      {diagnostics.length > 0 && (
        <ul className="diagnostics" aria-live="polite">
          {diagnostics.map(({ message, severity, span }) => {
            const { line, column } = placeOf(value, span.start);
            return (
              <li key={`${span.start} ${message}`} className={severity}>
                {severity === 'error' ? '✕' : '!'} {line}:{column} {message}
              </li>
            );
          })}
        </ul>
      )}
    </div>
  );
}
