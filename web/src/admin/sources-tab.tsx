import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { order } from '../api/order.ts';
import { numberOf, textOf, textsOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { FormDialog, givenText, givenTexts } from '../parts/form-dialog.tsx';
import { HostileText, visibleText } from '../parts/hostile-text.tsx';
import { RowTable, textColumn, timeColumn } from '../parts/row-table.tsx';
import { RelativeTime } from '../parts/times.tsx';
import { TypedConfirmation } from '../parts/typed-confirmation.tsx';
import { quoted } from '../search/search-result.ts';
import { AdminTable } from './admin-table.tsx';
import { lastSeenOf } from './last-seen.ts';
import { TabHead } from './tab-head.tsx';
import { useChange } from './use-change.ts';
import { HEARD_DAYS, HEARD_VALUES_MAX, type Heard, useHeard } from './use-heard.ts';
import { useRows } from './use-rows.ts';

/** The log sources that are known by name, and every device that was heard of late. */
export function SourcesTab() {
  const { base } = useTenant();
  const sources = useRows(`${base}/LogSources`);
  const addresses = useHeard('device_ip');
  const names = useHeard('device_name');
  const { change, done } = useChange();
  const [edited, setEdited] = useState<JsonObject | null | undefined>(undefined);
  const [ending, setEnding] = useState<JsonObject | null>(null);
  const save = async (given: FormData): Promise<void> => {
    const name = givenText(given, 'name');
    const data = { name, description: givenText(given, 'description'), hosts: givenTexts(given, 'hosts') };
    if (!edited) {
      await order(`${base}/LogSources`, data);
      return done(`Log source ${visibleText(name)}: named`);
    }
    const path = `${base}/LogSources/${textOf(edited['id'])}`;
    await order(path, data, { method: 'PUT' });
    const { name: oldName, description, hosts } = edited;
    const before = { name: oldName ?? '', description: description ?? '', hosts: textsOf(hosts) };
    done(
      `Log source ${visibleText(name)}: changed`,
      () => void change({ run: () => order(path, before, { method: 'PUT' }), done: `${visibleText(name)}: as before` }),
    );
  };
  const lastSeen = (source: JsonObject): ReactNode => {
    if (addresses.byValue === null || names.byValue === null) return '–';
    const at = lastSeenOf(textsOf(source['hosts']), addresses.byValue, names.byValue);
    return at === null ? <span className="late">▲ not in {HEARD_DAYS} days</span> : <RelativeTime ms={at} />;
  };
  return (
    <>
      <TabHead title="Log sources" about="Names for the machines that logs come from; rules and incidents use them.">
        <button type="button" className="primary" onClick={() => setEdited(null)}>
          New log source…
        </button>
      </TabHead>
      {edited !== undefined && (
        <FormDialog
          title={edited === null ? 'New log source' : `Log source ${visibleText(textOf(edited['name']))}`}
          verb={edited === null ? 'Create' : 'Save'}
          fields={[
            { name: 'name', word: 'Name', kind: 'text', isRequired: true, value: textOf(edited?.['name']) },
            { name: 'description', word: 'What it is', kind: 'text', value: textOf(edited?.['description']) },
            {
              name: 'hosts',
              word: 'Hosts',
              kind: 'area',
              value: textsOf(edited?.['hosts']),
              hint: 'Addresses, networks or host names, one a line.',
            },
          ]}
          onSubmit={save}
          onClose={() => setEdited(undefined)}
        />
      )}
      {ending !== null && (
        <TypedConfirmation
          title="Remove this log source?"
          name={textOf(ending['name'])}
          verb="Remove"
          onClose={() => setEnding(null)}
          onConfirm={() =>
            void change({
              run: () => order(`${base}/LogSources/${textOf(ending['id'])}`, {}, { method: 'DELETE' }),
              done: `Log source ${visibleText(textOf(ending['name']))}: removed`,
            })
          }
        />
      )}
      <AdminTable
        name="Log sources"
        rows={sources}
        empty="No log source has a name yet. Name one above with the addresses of its machines: it then says when it was last seen."
        columns={[
          textColumn('Log source', 'name'),
          textColumn('For', 'description'),
          { name: 'Last seen', cell: lastSeen },
          { name: 'Hosts', cell: (source) => <HostileText text={textsOf(source['hosts']).join(', ')} /> },
          {
            name: 'Change',
            cell: (source) => (
              <span className="acts">
                <button type="button" onClick={() => setEdited(source)}>
                  Edit<span className="sr"> {visibleText(textOf(source['name']))}</span>
                </button>
                <button type="button" onClick={() => setEnding(source)}>
                  Remove…<span className="sr"> {visibleText(textOf(source['name']))}</span>
                </button>
              </span>
            ),
          },
        ]}
      />
      <TabHead
        title={`Devices heard in the last ${HEARD_DAYS} days`}
        about="The quietest first: what has not been heard for long is what to look at."
      />
      <HeardDevices />
    </>
  );
}

const newestLast = ([, a]: readonly [string, Heard], [, b]: readonly [string, Heard]): number =>
  (a.lastMs ?? 0) - (b.lastMs ?? 0);

function HeardDevices() {
  const { pool, logpoint } = useTenant();
  const { byValue, reason } = useHeard('device_name');
  if (reason !== null) return <p className="admin-note">Not known: {reason}</p>;
  if (byValue === null) return <output className="loading">Searching for devices…</output>;
  if (byValue.size === 0) {
    return (
      <p className="empty">
        Nothing was heard.{' '}
        <Link to="/p/$pool/$logpoint/incidents" params={{ pool, logpoint }} search={{}}>
          Incidents
        </Link>{' '}
        has three lines to copy that send a first log, until there is one.
      </p>
    );
  }
  return (
    <>
      {byValue.size === HEARD_VALUES_MAX && (
        <p className="admin-note">{HEARD_VALUES_MAX} devices are shown; there are more.</p>
      )}
      <RowTable
        name="Devices heard"
        id="device"
        rows={[...byValue].sort(newestLast).map(([device, { events, lastMs }]) => ({ device, events, lastMs }))}
        columns={[
          { name: 'Device', cell: ({ device }) => <HostileText text={textOf(device) || '(no name)'} /> },
          timeColumn('Last seen', 'lastMs', 'unknown'),
          {
            name: 'Events',
            isNumber: true,
            cell: ({ device, events }) => (
              <Link
                to="/p/$pool/$logpoint/search"
                params={{ pool, logpoint }}
                search={{ query: `device_name=${quoted(textOf(device))}`, t: `${HEARD_DAYS}d` }}
              >
                {numberOf(events).toLocaleString('en')}
              </Link>
            ),
          },
        ]}
      />
    </>
  );
}
