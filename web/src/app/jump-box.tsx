import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { readFilters } from '../incidents/filters.ts';
import { useTenant } from './session-context.ts';

const NUMBER = /^inc-\d+$/i;
/** Between slashes stands a pattern that the name has to fit. */
const PATTERN = /^\/(.+)\/$/;

/** Searches incidents from anywhere, by text or by a pattern of the name; a number opens its incident at once. */
export function JumpBox() {
  const search: Readonly<Record<string, unknown>> = useSearch({ strict: false });
  const { q = '', name } = readFilters(search);
  const text = name === undefined ? q : `/${name}/`;
  return <Box key={text} text={text} search={search} />;
}

type BoxProps = { readonly text: string; readonly search: Readonly<Record<string, unknown>> };

function Box({ text, search }: BoxProps) {
  const { pool, logpoint } = useTenant();
  const navigate = useNavigate();
  const [typed, setTyped] = useState(text);
  const go = (q: string): void => {
    if (NUMBER.test(q)) {
      void navigate({
        to: '/p/$pool/$logpoint/incidents/$id',
        params: { pool, logpoint, id: q.toUpperCase() },
        search: {},
      });
      return;
    }
    const pattern = PATTERN.exec(q)?.[1];
    const sought = pattern === undefined ? { q, name: '' } : { q: '', name: pattern };
    const { open: _, ...filters } = readFilters({ ...search, ...sought });
    void navigate({ to: '/p/$pool/$logpoint/incidents', params: { pool, logpoint }, search: filters });
  };
  return (
    <search className="jump">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          go(typed.trim());
        }}
      >
        <input
          type="search"
          aria-label="Search incidents"
          placeholder="Search or jump: name, /pattern/, INC-42, host, user, address"
          value={typed}
          onKeyDown={(event) => {
            if (event.key === 'Escape') event.currentTarget.blur();
          }}
          onChange={(event) => {
            setTyped(event.target.value);
            if (event.target.value === '' && text !== '') go('');
          }}
        />
        <span className="hint">/</span>
      </form>
    </search>
  );
}
