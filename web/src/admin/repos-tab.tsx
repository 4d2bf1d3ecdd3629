import { Link } from '@tanstack/react-router';
import type { FormEvent } from 'react';
import { order } from '../api/order.ts';
import { numberOf, textOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { HostileText } from '../parts/hostile-text.tsx';
import { RelativeTime } from '../parts/times.tsx';
import { quoted } from '../search/search-result.ts';
import { AdminTable, textColumn } from './admin-table.tsx';
import { useChange } from './use-change.ts';
import { HEARD_DAYS, useHeard } from './use-heard.ts';
import { useRows } from './use-rows.ts';

/** Repos: how long they keep events, and how many came in of late. */
export function ReposTab() {
  const { base, pool, logpoint } = useTenant();
  const repos = useRows(`${base}/Repos`);
  const heard = useHeard('repo_name');
  return (
    <>
      <NewRepo />
      {heard.reason !== null && <p className="admin-note">Events are not counted: {heard.reason}</p>}
      <AdminTable
        name="Repos"
        rows={repos}
        empty="There is no repo. Create one above; events are sent to it by its name."
        columns={[
          textColumn('Repo', 'name'),
          textColumn('Address', 'address'),
          { name: 'Kept, days', isNumber: true, cell: (repo) => numberOf(repo['retention']).toLocaleString('en') },
          {
            name: `Events, ${HEARD_DAYS} days`,
            isNumber: true,
            cell: (repo) => {
              const name = textOf(repo['name']);
              if (heard.byValue === null) return '–';
              return (
                <Link
                  to="/p/$pool/$logpoint/search"
                  params={{ pool, logpoint }}
                  search={{ query: `repo_name=${quoted(name)}`, t: `${HEARD_DAYS}d` }}
                >
                  {(heard.byValue.get(name)?.events ?? 0).toLocaleString('en')}
                </Link>
              );
            },
          },
          {
            name: 'Newest event',
            cell: (repo) => {
              if (heard.byValue === null) return '–';
              const at = heard.byValue.get(textOf(repo['name']))?.lastMs ?? null;
              return at === null ? `none in ${HEARD_DAYS} days` : <RelativeTime ms={at} />;
            },
          },
          { name: 'Made by', cell: (repo) => <HostileText text={repo['built_in'] === true ? 'Tocsin' : 'people'} /> },
        ]}
      />
    </>
  );
}

function NewRepo() {
  const { base } = useTenant();
  const { isBusy, change } = useChange();
  const create = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const name = String(given.get('name') ?? '');
    const isDone = await change({
      run: () => order(`${base}/Repos`, { name, retention: Number(given.get('retention')) }),
      done: `Repo ${name}: created`,
    });
    if (isDone) form.reset();
  };
  return (
    <form className="admin-form" aria-label="New repo" onSubmit={(event) => void create(event)}>
      <label>
        New repo
        <input name="name" required autoComplete="off" />
      </label>
      <label>
        Days that events are kept
        <input name="retention" type="number" min={1} defaultValue={90} required />
      </label>
      <button type="submit" disabled={isBusy}>
        Create
      </button>
    </form>
  );
}
