import { type FormEvent, useState } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { order } from '../api/order.ts';
import { textOf, textsOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { HostileText, visibleText } from '../parts/hostile-text.tsx';
import { AdminTable, textColumn, timeColumn } from './admin-table.tsx';
import { useChange } from './use-change.ts';
import { useRows } from './use-rows.ts';

/** The people of the logpoint: who may act, who is locked out, and a way to add one. */
export function UsersTab() {
  const { base } = useTenant();
  const users = useRows(`${base}/Users`);
  const groups = useRows(`${base}/UserGroups`);
  const { isBusy, change } = useChange();
  const groupName = (id: string): string => textOf(groups.data?.find((group) => group['id'] === id)?.['name']) || id;
  const setActive = async (user: JsonObject, isActive: boolean): Promise<void> => {
    const verb = isActive ? 'activate' : 'deactivate';
    await change({
      run: () => order(`${base}/Users/${textOf(user['id'])}/${verb}`, {}),
      done: `${visibleText(textOf(user['username']))}: ${verb}d`,
      undo: () => void setActive(user, !isActive),
    });
  };
  return (
    <>
      <NewUser groups={groups.data ?? []} />
      <AdminTable
        name="Users"
        rows={users}
        empty="There is no user yet. Add one above: incidents are assigned to users, and users search."
        columns={[
          textColumn('User', 'username'),
          textColumn('Name', 'fullname'),
          textColumn('Email', 'email'),
          {
            name: 'Groups',
            cell: (user) => <HostileText text={textsOf(user['usergroup']).map(groupName).join(', ')} />,
          },
          timeColumn('Last login', 'last_login'),
          {
            name: 'State',
            cell: (user) => (
              <button
                type="button"
                role="switch"
                disabled={isBusy}
                aria-checked={user['active'] === true}
                aria-label={`${visibleText(textOf(user['username']))} is active`}
                onClick={() => void setActive(user, user['active'] !== true)}
              >
                {user['active'] === true ? '● active' : '○ off'}
              </button>
            ),
          },
          {
            name: 'Lockout',
            cell: (user) =>
              user['locked'] === true ? (
                <button
                  type="button"
                  disabled={isBusy}
                  onClick={() =>
                    void change({
                      run: () => order(`${base}/Users/${textOf(user['id'])}/unlock`, {}),
                      done: `${visibleText(textOf(user['username']))}: unlocked`,
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
    </>
  );
}

const FIELDS = [
  ['username', 'Username', 'off', 'text'],
  ['firstname', 'First name', 'off', 'text'],
  ['lastname', 'Last name', 'off', 'text'],
  ['email', 'Email', 'off', 'email'],
  ['password', 'Password', 'new-password', 'password'],
] as const;

function NewUser({ groups }: { readonly groups: readonly JsonObject[] }) {
  const { base } = useTenant();
  const { isBusy, change } = useChange();
  const [isOpen, setOpen] = useState(false);
  const create = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const data = Object.fromEntries(FIELDS.map(([name]) => [name, String(given.get(name) ?? '')]));
    const isDone = await change({
      run: () => order(`${base}/Users`, { ...data, usergroup: [String(given.get('usergroup') ?? '')] }),
      done: `${visibleText(data['username'] ?? '')}: created`,
    });
    if (isDone) setOpen(false);
  };
  return (
    <>
      <div className="admin-form">
        <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          New user…
        </button>
      </div>
      {isOpen && (
        <form className="admin-form" aria-label="New user" onSubmit={(event) => void create(event)}>
          {FIELDS.map(([name, word, autoComplete, type]) => (
            <label key={name}>
              {word}
              <input name={name} type={type} autoComplete={autoComplete} required />
            </label>
          ))}
          <label>
            Group
            <select name="usergroup" required>
              {groups.map((group) => (
                <option key={textOf(group['id'])} value={textOf(group['id'])}>
                  {visibleText(textOf(group['name']))}
                </option>
              ))}
            </select>
          </label>
          <button type="submit" className="primary" disabled={isBusy}>
            Create
          </button>
        </form>
      )}
    </>
  );
}
