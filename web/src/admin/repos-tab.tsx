import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { getJson } from '../api/call.ts';
import { order } from '../api/order.ts';
import { numberOf, rowsOf, textOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { bytesText } from '../parts/bytes.ts';
import { FormDialog, givenText } from '../parts/form-dialog.tsx';
import { visibleText } from '../parts/hostile-text.tsx';
import { textColumn } from '../parts/row-table.tsx';
import { RelativeTime } from '../parts/times.tsx';
import { TypedConfirmation } from '../parts/typed-confirmation.tsx';
import { quoted } from '../search/search-result.ts';
import { AdminTable } from './admin-table.tsx';
import { TabHead } from './tab-head.tsx';
import { useChange } from './use-change.ts';
import { HEARD_DAYS, useHeard } from './use-heard.ts';
import { useRows } from './use-rows.ts';

const RETENTION_DEFAULT = '90';

/** Repos: how long they keep events, how much they hold, and what came in of late. */
export function ReposTab() {
  const { base, pool, logpoint } = useTenant();
  const repos = useRows(`${base}/Repos`);
  const heard = useHeard('repo_name');
  const sizes = useSizes();
  const { change, done } = useChange();
  const [edited, setEdited] = useState<JsonObject | null | undefined>(undefined);
  const [ending, setEnding] = useState<JsonObject | null>(null);
  const save = async (given: FormData): Promise<void> => {
    const retention = Number(givenText(given, 'retention'));
    if (!edited) {
      const name = givenText(given, 'name');
      await order(`${base}/Repos`, { name, retention });
      return done(`Repo ${visibleText(name)}: created`);
    }
    const path = `${base}/Repos/${textOf(edited['id'])}`;
    await order(path, { retention }, { method: 'PUT' });
    const before = { retention: numberOf(edited['retention']) };
    done(
      `Repo ${visibleText(textOf(edited['name']))}: kept for ${retention} days`,
      () =>
        void change({ run: () => order(path, before, { method: 'PUT' }), done: `Kept for ${before.retention} days` }),
    );
  };
  return (
    <>
      <TabHead title="Repos" about="Where events are kept, and for how long. What is older goes, once an hour.">
        <button type="button" className="primary" onClick={() => setEdited(null)}>
          New repo…
        </button>
      </TabHead>
      {edited !== undefined && (
        <FormDialog
          title={edited === null ? 'New repo' : `Repo ${visibleText(textOf(edited['name']))}`}
          verb={edited === null ? 'Create' : 'Save'}
          fields={[
            ...(edited === null ? [{ name: 'name', word: 'Name', kind: 'text', isRequired: true } as const] : []),
            {
              name: 'retention',
              word: 'Days that events are kept',
              kind: 'number',
              isRequired: true,
              value: edited === null ? RETENTION_DEFAULT : textOf(edited['retention']),
              hint: 'Fewer days: older events go within the hour, and do not come back.',
            },
          ]}
          onSubmit={save}
          onClose={() => setEdited(undefined)}
        />
      )}
      {ending !== null && (
        <TypedConfirmation
          title="Remove this repo with all of its events?"
          name={textOf(ending['name'])}
          verb="Remove"
          onClose={() => setEnding(null)}
          onConfirm={() =>
            void change({
              run: () => order(`${base}/Repos/${textOf(ending['id'])}`, {}, { method: 'DELETE' }),
              done: `Repo ${visibleText(textOf(ending['name']))}: removed`,
            })
          }
        />
      )}
      {heard.reason !== null && <p className="admin-note">Events are not counted: {heard.reason}</p>}
      <AdminTable
        name="Repos"
        rows={repos}
        empty="There is no repo. Create one above; events are sent to it by its name."
        columns={[
          textColumn('Repo', 'name'),
          textColumn('Address', 'address'),
          { name: 'Kept, days', isNumber: true, cell: (repo) => numberOf(repo['retention']).toLocaleString('en') },
          { name: 'Events', isNumber: true, cell: (repo) => sizes.get(textOf(repo['id']))?.events ?? '–' },
          { name: 'On disk', isNumber: true, cell: (repo) => sizes.get(textOf(repo['id']))?.bytes ?? '–' },
          {
            name: `Last ${HEARD_DAYS} days`,
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
          {
            name: 'Change',
            cell: (repo) => (
              <span className="acts">
                <button type="button" onClick={() => setEdited(repo)}>
                  Edit<span className="sr"> {visibleText(textOf(repo['name']))}</span>
                </button>
                {repo['built_in'] !== true && (
                  <button type="button" onClick={() => setEnding(repo)}>
                    Remove…<span className="sr"> {visibleText(textOf(repo['name']))}</span>
                  </button>
                )}
              </span>
            ),
          },
        ]}
      />
    </>
  );
}

/** What each repo holds, by its id; nothing while the event store does not say. */
function useSizes(): ReadonlyMap<string, { readonly events: string; readonly bytes: string }> {
  const { base } = useTenant();
  const { data } = useQuery({
    queryKey: ['admin', base, 'sizes'],
    queryFn: async ({ signal }) => rowsOf(await getJson(`${base}/Repos/sizes`, signal)),
    retry: false,
  });
  return new Map(
    (data ?? []).map((row) => [
      textOf(row['id']),
      { events: numberOf(row['events']).toLocaleString('en'), bytes: bytesText(numberOf(row['bytes'])) },
    ]),
  );
}
