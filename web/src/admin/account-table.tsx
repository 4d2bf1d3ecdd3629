import type { JsonObject } from '../../../src/shared/json.ts';
import { call } from '../api/call.ts';
import { textOf, textsOf } from '../api/read-json.ts';
import { useSession } from '../app/session-context.ts';
import { HostileText, visibleText } from '../parts/hostile-text.tsx';
import { AdminTable, textColumn, timeColumn } from './admin-table.tsx';
import { useChange } from './use-change.ts';
import { useRows } from './use-rows.ts';

/** Who can sign in to the console. */
export function AccountTable() {
  const accounts = useRows('/accounts');
  const { username } = useSession();
  const { isBusy, change } = useChange();
  const setActive = async (account: JsonObject, isActive: boolean): Promise<void> => {
    await change({
      run: () => call(`/accounts/${textOf(account['id'])}`, { method: 'PUT', body: { active: isActive } }),
      done: `${visibleText(textOf(account['username']))}: ${isActive ? 'activated' : 'deactivated'}`,
      undo: () => void setActive(account, !isActive),
    });
  };
  return (
    <AdminTable
      name="Accounts"
      rows={accounts}
      empty="Nobody can sign in. “tocsin account create” makes an account."
      columns={[
        textColumn('Account', 'username'),
        textColumn('Name', 'name'),
        textColumn('Role', 'role'),
        {
          name: 'Pools',
          cell: (row) =>
            row['pools'] === null ? 'every one' : <HostileText text={textsOf(row['pools']).join(', ')} />,
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
          name: 'Lockout',
          cell: (row) =>
            row['locked'] === true ? (
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
            ) : (
              'none'
            ),
        },
      ]}
    />
  );
}
