import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { order } from '../api/order.ts';
import { numberOf, textOf, textsOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { FormDialog, type FormField, givenText, givenTexts } from '../parts/form-dialog.tsx';
import { HostileText, visibleText } from '../parts/hostile-text.tsx';
import { textColumn, timeColumn } from '../parts/row-table.tsx';
import { shortDuration } from '../parts/times.tsx';
import { TypedConfirmation } from '../parts/typed-confirmation.tsx';
import { AdminTable } from './admin-table.tsx';
import { TabHead } from './tab-head.tsx';
import { useChange } from './use-change.ts';
import { useRows } from './use-rows.ts';

const ITEMS_SHOWN_MAX = 5;
const HOUR_SECONDS = 3_600;

/** Lists of values that rules and searches read. */
export function ListsTab() {
  const { base, pool, logpoint } = useTenant();
  const lists = useRows(`${base}/Lists`);
  const { change, done } = useChange();
  const [edited, setEdited] = useState<JsonObject | null | undefined>(undefined);
  const [ending, setEnding] = useState<JsonObject | null>(null);
  const save = async (given: FormData): Promise<void> => {
    const data = dataOf(given, edited ?? null);
    const name = visibleText(textOf(data['name']));
    if (!edited) {
      await order(`${base}/Lists`, data);
      return done(`List ${name}: created`);
    }
    const path = `${base}/Lists/${textOf(edited['id'])}`;
    await order(path, data, { method: 'PUT' });
    const before = {
      name: edited['name'] ?? '',
      description: edited['description'] ?? '',
      ...(edited['type'] === 'dynamic' ? {} : { items: textsOf(edited['items']) }),
    };
    done(
      `List ${name}: changed`,
      () => void change({ run: () => order(path, before, { method: 'PUT' }), done: `List ${name}: as before` }),
    );
  };
  return (
    <>
      <TabHead
        title="Lists"
        about="Values that queries read as field IN NAME. A dynamic list is filled by rules with process toList."
      >
        <button type="button" className="primary" onClick={() => setEdited(null)}>
          New list…
        </button>
      </TabHead>
      {edited !== undefined && (
        <FormDialog
          title={edited === null ? 'New list' : `List ${visibleText(textOf(edited['name']))}`}
          verb={edited === null ? 'Create' : 'Save'}
          fields={fieldsOf(edited)}
          onSubmit={save}
          onClose={() => setEdited(undefined)}
        />
      )}
      {ending !== null && (
        <TypedConfirmation
          title="Remove this list with its values?"
          name={textOf(ending['name'])}
          verb="Remove"
          onClose={() => setEnding(null)}
          onConfirm={() =>
            void change({
              run: () => order(`${base}/Lists/${textOf(ending['id'])}`, {}, { method: 'DELETE' }),
              done: `List ${visibleText(textOf(ending['name']))}: removed`,
            })
          }
        />
      )}
      <AdminTable
        name="Lists"
        rows={lists}
        empty="There is no list yet. Make one above, then ask for user IN NAME; a rule with “process toList” fills a dynamic one."
        columns={[
          textColumn('List', 'name'),
          textColumn('Type', 'type'),
          textColumn('For', 'description'),
          { name: 'Values', isNumber: true, cell: (list) => textsOf(list['items']).length.toLocaleString('en') },
          {
            name: 'First values',
            cell: (list) => <HostileText text={textsOf(list['items']).slice(0, ITEMS_SHOWN_MAX).join(', ')} />,
          },
          {
            name: 'A value counts',
            cell: (list) => (list['age_limit'] === null ? 'always' : shortDuration(numberOf(list['age_limit']) * 1000)),
          },
          timeColumn('Changed', 'updated_at'),
          {
            name: 'Change',
            cell: (list) => (
              <span className="acts">
                <button type="button" onClick={() => setEdited(list)}>
                  Edit<span className="sr"> {visibleText(textOf(list['name']))}</span>
                </button>
                <Link
                  to="/p/$pool/$logpoint/search"
                  params={{ pool, logpoint }}
                  search={{ query: `user IN ${textOf(list['name'])}` }}
                  className="button"
                >
                  Search<span className="sr"> with {visibleText(textOf(list['name']))}</span>
                </Link>
                <button type="button" onClick={() => setEnding(list)}>
                  Remove…<span className="sr"> {visibleText(textOf(list['name']))}</span>
                </button>
              </span>
            ),
          },
        ]}
      />
    </>
  );
}

/** The values of a dynamic list have ages, so its edit adds and takes away instead of replacing all. */
function dataOf(given: FormData, edited: JsonObject | null): JsonObject {
  const items = givenTexts(given, 'items');
  const named = { name: givenText(given, 'name'), description: givenText(given, 'description') };
  const hours = Number(givenText(given, 'hours') || 0);
  const age = hours > 0 ? { age_limit: hours * HOUR_SECONDS } : {};
  if (edited === null) return { ...named, type: givenText(given, 'type'), items, ...age };
  if (edited['type'] !== 'dynamic') return { ...named, items };
  const known = new Set(textsOf(edited['items']));
  const left = new Set(items);
  return {
    ...named,
    ...age,
    add: items.filter((item) => !known.has(item)),
    remove: [...known].filter((item) => !left.has(item)),
  };
}

const fieldsOf = (list: JsonObject | null): readonly FormField[] => [
  {
    name: 'name',
    word: 'Name',
    kind: 'text',
    isRequired: true,
    value: textOf(list?.['name']),
    hint: 'Letters, digits and underscores.',
  },
  { name: 'description', word: 'For', kind: 'text', value: textOf(list?.['description']) },
  ...(list === null
    ? [
        {
          name: 'type',
          word: 'Type',
          kind: {
            one: [
              ['static', 'static: people fill it'],
              ['dynamic', 'dynamic: rules fill it, values age'],
            ],
          },
        } as const,
      ]
    : []),
  ...(list === null || list['type'] === 'dynamic'
    ? [
        {
          name: 'hours',
          word: 'Hours that a value counts (dynamic; 0 = always)',
          kind: 'number',
          value: String(numberOf(list?.['age_limit']) / HOUR_SECONDS),
        } as const,
      ]
    : []),
  {
    name: 'items',
    word: 'Values',
    kind: 'area',
    value: textsOf(list?.['items']),
    hint: 'One a line. Wildcards (adm*) and networks (10.0.0.0/8) count.',
  },
];
