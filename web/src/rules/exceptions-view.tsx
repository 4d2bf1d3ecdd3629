import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { titleOf } from '../api/api-error.ts';
import { getJson } from '../api/call.ts';
import { order } from '../api/order.ts';
import { rowsOf, textOf, textsOf, timeOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { toast } from '../app/toasts.tsx';
import { visibleText } from '../parts/hostile-text.tsx';
import { type Column, numberColumn, RowTable, textColumn } from '../parts/row-table.tsx';
import { localTime, shortDuration } from '../parts/times.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { ExceptionForm } from './exception-form.tsx';
import '../parts/views.css';
import './rules.css';

/** Events that rules are not to fire on: whose, why, until when and what each took so far. */
export function ExceptionsView() {
  const { base, pool, logpoint } = useTenant();
  const queries = useQueryClient();
  const exceptions = useQuery({
    queryKey: [base, 'exceptions'],
    queryFn: async ({ signal }) => rowsOf(await getJson(`${base}/Exceptions`, signal)),
  });
  const renew = (): Promise<void> => queries.invalidateQueries({ queryKey: [base, 'exceptions'] });
  const remove = async (exception: JsonObject): Promise<void> => {
    try {
      await order(`${base}/Exceptions/${textOf(exception['id'])}`, {}, { method: 'DELETE' });
      toast.done(`${visibleText(textOf(exception['name']))}: removed`, () => void giveBack(exception));
    } catch (error) {
      toast.trouble(titleOf(error));
    }
    await renew();
  };
  const giveBack = async (exception: JsonObject): Promise<void> => {
    try {
      await order(`${base}/Exceptions`, fieldsOf(exception));
      toast.done('The exception is back, and counts anew');
    } catch (error) {
      toast.trouble(`Undo failed: ${titleOf(error)}`);
    }
    await renew();
  };
  const [editing, setEditing] = useState<JsonObject | null>(null);
  const rows = exceptions.data ?? [];
  return (
    <main id="main" className="rule-editor">
      <header className="view-head">
        <h1>Exceptions</h1>
        <Link to="/p/$pool/$logpoint/rules" params={{ pool, logpoint }}>
          All rules
        </Link>
      </header>
      {exceptions.error !== null && <Trouble error={exceptions.error} onRetry={() => void exceptions.refetch()} />}
      {exceptions.isPending && <output className="loading">Reading the exceptions…</output>}
      {exceptions.data !== undefined && rows.length === 0 && (
        <p className="empty">
          There is no exception: every event counts for the rules. One below takes known noise out, says who asked for
          it and ends by itself.
        </p>
      )}
      {rows.length > 0 && <ExceptionTable rows={rows} onRemove={(row) => void remove(row)} onEdit={setEditing} />}
      <ExceptionForm
        key={textOf(editing?.['id'])}
        editing={editing}
        onClose={() => setEditing(null)}
        onDone={() => {
          setEditing(null);
          void renew();
        }}
      />
    </main>
  );
}

/** What made the exception, to make it again. */
const fieldsOf = (exception: JsonObject): JsonObject => {
  const { name, query, owner, reason, expires_at, rule_ids } = exception;
  const ids = textsOf(rule_ids);
  return {
    name: name ?? '',
    query: query ?? '',
    owner: owner ?? '',
    reason: reason ?? '',
    expires_at: expires_at ?? null,
    ...(ids.length === 0 ? {} : { rule_ids: ids }),
  };
};

type TableProps = {
  readonly rows: readonly JsonObject[];
  readonly onRemove: (row: JsonObject) => void;
  readonly onEdit: (row: JsonObject) => void;
};

function ExceptionTable({ rows, onRemove, onEdit }: TableProps) {
  const columns: readonly Column[] = [
    textColumn('Exception', 'name'),
    textColumn('Query', 'query', 'data'),
    { name: 'Rules', cell: rulesOf },
    textColumn('Owner', 'owner'),
    textColumn('Reason', 'reason'),
    { name: 'Ends', cell: endOf },
    numberColumn('Taken', 'suppressed'),
    {
      name: 'Change',
      isUntitled: true,
      className: 'acts',
      cell: (row) => (
        <>
          <button type="button" aria-label={`Edit ${visibleText(textOf(row['name']))}`} onClick={() => onEdit(row)}>
            Edit
          </button>
          <button type="button" aria-label={`Remove ${visibleText(textOf(row['name']))}`} onClick={() => onRemove(row)}>
            Remove
          </button>
        </>
      ),
    },
  ];
  return <RowTable name="Exceptions" rows={rows} columns={columns} />;
}

const rulesOf = (row: JsonObject): string => {
  const count = textsOf(row['rule_ids']).length;
  return count === 0 ? 'every rule' : count === 1 ? 'one rule' : `${count} rules`;
};

const SOON_MS = 3 * 86_400_000;

/** When it ends, from now on; the time itself on hovering. */
function endOf(row: JsonObject): ReactNode {
  const atMs = timeOf(row['expires_at']);
  if (atMs === null) return 'never';
  const leftMs = atMs - Date.now();
  const isOver = row['expired'] === true || leftMs <= 0;
  return (
    <span className={isOver ? 'quiet' : leftMs < SOON_MS ? 'soon' : undefined} title={localTime(atMs)}>
      {isOver ? `ended ${shortDuration(leftMs)} ago` : `in ${shortDuration(leftMs)}`}
    </span>
  );
}
