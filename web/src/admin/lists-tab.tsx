import { numberOf, textsOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { HostileText } from '../parts/hostile-text.tsx';
import { shortDuration } from '../parts/times.tsx';
import { AdminTable, textColumn, timeColumn } from './admin-table.tsx';
import { useRows } from './use-rows.ts';

const ITEMS_SHOWN_MAX = 5;

/** Lists of values that rules and searches read. */
export function ListsTab() {
  const { base } = useTenant();
  const lists = useRows(`${base}/Lists`);
  return (
    <AdminTable
      name="Lists"
      rows={lists}
      empty="There is no list yet. A rule with “process toList” fills one, POST Lists makes one; queries read it as field IN NAME."
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
      ]}
    />
  );
}
