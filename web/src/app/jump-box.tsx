import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { readFilters } from '../incidents/filters.ts';
import { useTenant } from './session-context.ts';

const NUMBER = /^inc-\d+$/i;

/** Searches incidents from anywhere; a number opens its incident at once. */
export function JumpBox() {
  const search: Readonly<Record<string, unknown>> = useSearch({ strict: false });
  const text = typeof search['q'] === 'string' ? search['q'] : '';
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
    const { open: _, ...filters } = readFilters({ ...search, q });
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
          placeholder="Search or jump: name, INC-42, host, user, address"
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
