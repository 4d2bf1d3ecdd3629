import { useState } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { call } from '../api/call.ts';
import { textOf } from '../api/read-json.ts';
import { useSession, useTenant } from '../app/session-context.ts';
import { FormDialog, type FormField, givenText } from '../parts/form-dialog.tsx';
import { visibleText } from '../parts/hostile-text.tsx';
import { textColumn, timeColumn } from '../parts/row-table.tsx';
import { TypedConfirmation } from '../parts/typed-confirmation.tsx';
import { AdminTable } from './admin-table.tsx';
import { PoolNames } from './pool-names.tsx';
import { TabHead } from './tab-head.tsx';
import { useChange } from './use-change.ts';
import { useRows } from './use-rows.ts';

/** Who can sign in to the console. */
export function AccountTable() {
  const accounts = useRows('/accounts');
  const { username, role } = useSession();
  const { pool, poolName } = useTenant();
  const { isBusy, change, done } = useChange();
  const [edited, setEdited] = useState<JsonObject | null | undefined>(undefined);
  const [ending, setEnding] = useState<JsonObject | null>(null);
  const save = async (given: FormData): Promise<void> => {
    const password = String(given.get('password') ?? '');
    const named = { name: givenText(given, 'name'), role: givenText(given, 'role') };
    const reach = given.get('everywhere') === 'on' ? {} : { pools: [pool] };
    if (!edited) {
      const own = { username: givenText(given, 'username'), password };
      await call('/accounts', { method: 'POST', body: { ...own, ...named, ...reach } });
      return done(`Account ${visibleText(own.username)}: created`);
    }
    const body = { ...named, ...(password === '' ? {} : { password }) };
    await call(`/accounts/${textOf(edited['id'])}`, { method: 'PUT', body });
    done(`Account ${visibleText(textOf(edited['username']))}: changed`);
  };
  const setActive = async (account: JsonObject, isActive: boolean): Promise<void> => {
    await change({
      run: () => call(`/accounts/${textOf(account['id'])}`, { method: 'PUT', body: { active: isActive } }),
      done: `${visibleText(textOf(account['username']))}: ${isActive ? 'activated' : 'deactivated'}`,
      undo: () => void setActive(account, !isActive),
    });
  };
  return (
    <>
      <TabHead
        title="Accounts of people"
        about="Who signs in to the console. One with the name of a user of this logpoint acts as that user."
      >
        <button type="button" className="primary" onClick={() => setEdited(null)}>
          New account…
        </button>
      </TabHead>
      {edited !== undefined && (
        <FormDialog
          title={edited === null ? 'New account' : `Account ${visibleText(textOf(edited['username']))}`}
          verb={edited === null ? 'Create' : 'Save'}
          fields={fieldsOf(edited, role === 'root', poolName)}
          onSubmit={save}
          onClose={() => setEdited(undefined)}
        />
      )}
      {ending !== null && (
        <TypedConfirmation
          title="Delete this account?"
          name={textOf(ending['username'])}
          verb="Delete"
          onClose={() => setEnding(null)}
          onConfirm={() =>
            void change({
              run: () => call(`/accounts/${textOf(ending['id'])}`, { method: 'DELETE' }),
              done: `Account ${visibleText(textOf(ending['username']))}: deleted`,
            })
          }
        />
      )}
      <AdminTable
        name="Accounts"
        rows={accounts}
        empty="Nobody can sign in. Make an account above, or with “tocsin account create”."
        columns={[
          textColumn('Account', 'username'),
          textColumn('Name', 'name'),
          textColumn('Role', 'role'),
          {
            name: 'Pools',
            cell: (row) => <PoolNames value={row['pools']} />,
          },
          { name: 'One-time code', cell: (row) => (row['totp'] === true ? 'asked for' : 'not asked for') },
          timeColumn('Last login', 'last_login_at'),
          {
            name: 'State',
            cell: (row) => (
              <button
                type="button"
                role="switch"
                // Who switches off their own account locks themselves out.
                disabled={isBusy || row['username'] === username}
                aria-checked={row['active'] === true}
                aria-label={`account ${visibleText(textOf(row['username']))} is active`}
                onClick={() => void setActive(row, row['active'] !== true)}
              >
                {row['active'] === true ? '● active' : '○ off'}
              </button>
            ),
          },
          {
            name: 'Change',
            cell: (row) => (
              <span className="acts">
                <button type="button" onClick={() => setEdited(row)}>
                  Edit<span className="sr"> account {visibleText(textOf(row['username']))}</span>
                </button>
                {row['locked'] === true && (
                  <button
                    type="button"
                    disabled={isBusy}
                    onClick={() =>
                      void change({
                        run: () => call(`/accounts/${textOf(row['id'])}/unlock`, { method: 'POST' }),
                        done: `${visibleText(textOf(row['username']))}: unlocked`,
                      })
                    }
                  >
                    Unlock
                  </button>
                )}
                {row['username'] !== username && (
                  <button type="button" onClick={() => setEnding(row)}>
                    Delete…<span className="sr"> account {visibleText(textOf(row['username']))}</span>
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

const ROLES = ['readonly', 'engineer', 'admin', 'root'] as const;

const fieldsOf = (account: JsonObject | null, isRoot: boolean, poolName: string): readonly FormField[] => [
  ...(account === null ? [{ name: 'username', word: 'Username', kind: 'text', isRequired: true } as const] : []),
  { name: 'name', word: 'Name', kind: 'text', isRequired: true, value: textOf(account?.['name']) },
  {
    name: 'role',
    word: 'Role',
    kind: { one: ROLES.filter((role) => isRoot || role !== 'root').map((role) => [role, role] as const) },
    value: textOf(account?.['role']) || 'engineer',
    hint: 'readonly looks; engineer works incidents and rules; admin and root operate the server.',
  },
  {
    name: 'password',
    word: account === null ? 'Password' : 'New password',
    kind: 'password',
    isRequired: account === null,
    ...(account === null ? {} : { hint: 'Empty: the password stays. A new one ends the sessions.' }),
  },
  ...(account === null
    ? [
        {
          name: 'everywhere',
          word: `every pool, not only ${visibleText(poolName)}`,
          kind: 'check',
          hint: 'Readonly and engineer need a pool.',
        } as const,
      ]
    : []),
];
