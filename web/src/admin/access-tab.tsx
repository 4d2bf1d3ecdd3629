import { type FormEvent, useState } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { call } from '../api/call.ts';
import { objectOf, textOf, textsOf } from '../api/read-json.ts';
import { useSession, useTenant } from '../app/session-context.ts';
import { HostileText, visibleText } from '../parts/hostile-text.tsx';
import { TypedConfirmation } from '../parts/typed-confirmation.tsx';
import { AccountTable } from './account-table.tsx';
import { AdminTable, type Column, textColumn, timeColumn } from './admin-table.tsx';
import { useChange } from './use-change.ts';
import { useRows } from './use-rows.ts';

/** Programs and people that reach the server: for its operators. */
export function AccessTab() {
  const [ending, setEnding] = useState<JsonObject | null>(null);
  const tokens = useRows('/tokens');
  const { change } = useChange();
  return (
    <>
      <h2>Tokens of programs</h2>
      <NewToken />
      <AdminTable
        name="Tokens"
        rows={tokens}
        empty="There is no token. Issue one for each program, so that each can be ended alone."
        columns={[
          textColumn('Token', 'name'),
          textColumn('Role', 'role'),
          poolsColumn,
          timeColumn('Created', 'created_at'),
          timeColumn('Last used', 'last_used_at'),
          { name: 'State', cell: stateOf },
          {
            name: 'End it',
            cell: (token) =>
              token['revoked_at'] === null ? (
                <button type="button" onClick={() => setEnding(token)}>
                  Revoke…
                </button>
              ) : (
                <HostileText text={textOf(token['revoked_reason'])} />
              ),
          },
        ]}
      />
      {ending !== null && (
        <TypedConfirmation
          title="Revoke this token?"
          name={textOf(ending['name'])}
          verb="Revoke"
          onClose={() => setEnding(null)}
          onConfirm={() =>
            void change({
              run: () => call(`/tokens/${textOf(ending['id'])}/revoke`, { method: 'POST' }),
              done: `${visibleText(textOf(ending['name']))}: revoked`,
            })
          }
        />
      )}
      <h2>Accounts of people</h2>
      <AccountTable />
    </>
  );
}

const stateOf: Column['cell'] = (token) => {
  if (token['revoked_at'] !== null) return '– revoked';
  if (token['always_active'] === true) return '● does not expire';
  return Date.parse(textOf(token['expires_at'])) < Date.now() ? '○ expired' : '● active';
};

const poolsColumn: Column = {
  name: 'Pools',
  cell: (row) => <HostileText text={textsOf(row['pools']).join(', ') || 'every one'} />,
};

/** Issues a token for this pool; what it is is shown until the tab is left, and never again. */
function NewToken() {
  const { pool, poolName } = useTenant();
  const { role } = useSession();
  const { isBusy, change } = useChange();
  const [issued, setIssued] = useState<JsonObject | null>(null);
  const issue = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const name = String(given.get('name') ?? '');
    const reach = given.get('everywhere') === 'on' ? {} : { pools: [pool] };
    const body = { name, role: String(given.get('role')), always_active: given.get('lasting') === 'on', ...reach };
    const isDone = await change({
      run: async () => setIssued(objectOf((await call('/tokens', { method: 'POST', body })).value)),
      done: `Token ${visibleText(name)}: issued`,
    });
    if (isDone) form.reset();
  };
  return (
    <>
      <form className="admin-form" aria-label="New token" onSubmit={(event) => void issue(event)}>
        <label>
          New token for
          <input name="name" required autoComplete="off" />
        </label>
        <label>
          Role
          <select name="role" defaultValue="readonly">
            <option value="readonly">readonly</option>
            <option value="engineer">engineer</option>
            <option value="admin">admin</option>
            {role === 'root' && <option value="root">root</option>}
          </select>
        </label>
        <label>
          Every pool, not only {visibleText(poolName)}
          <input name="everywhere" type="checkbox" />
        </label>
        <label>
          Does not expire
          <input name="lasting" type="checkbox" />
        </label>
        <button type="submit" disabled={isBusy}>
          Issue
        </button>
      </form>
      {issued !== null && (
        <div className="admin-secret" role="status">
          <p>This is shown once. Give it to the program now; the server keeps only its hash.</p>
          <p>
            Token: <code>{textOf(issued['token'])}</code>
          </p>
          <p>
            Secret key, to renew it: <code>{textOf(issued['secret_key'])}</code>
          </p>
          <button type="button" onClick={() => setIssued(null)}>
            I have it
          </button>
        </div>
      )}
    </>
  );
}
