import { useState } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { order } from '../api/order.ts';
import { textOf, textsOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { FormDialog, type FormField, givenMany, givenText } from '../parts/form-dialog.tsx';
import { HostileText, visibleText } from '../parts/hostile-text.tsx';
import { textColumn, timeColumn } from '../parts/row-table.tsx';
import { AdminTable } from './admin-table.tsx';
import { TabHead } from './tab-head.tsx';
import { useChange } from './use-change.ts';
import { useRows } from './use-rows.ts';

/** The people of the logpoint: who may act, who is locked out, and a way to add one. */
export function UsersTab() {
  const { base } = useTenant();
  const users = useRows(`${base}/Users`);
  const groups = useRows(`${base}/UserGroups`);
  const { isBusy, change, done } = useChange();
  /** Undefined: no dialog; null: a new user. */
  const [edited, setEdited] = useState<JsonObject | null | undefined>(undefined);
  const groupName = (id: string): string => textOf(groups.data?.find((group) => group['id'] === id)?.['name']) || id;
  const setActive = async (user: JsonObject, isActive: boolean): Promise<void> => {
    const verb = isActive ? 'activate' : 'deactivate';
    await change({
      run: () => order(`${base}/Users/${textOf(user['id'])}/${verb}`, {}),
      done: `${visibleText(textOf(user['username']))}: ${verb}d`,
      undo: () => void setActive(user, !isActive),
    });
  };
  const save = async (given: FormData): Promise<void> => {
    const data = {
      firstname: givenText(given, 'firstname'),
      lastname: givenText(given, 'lastname'),
      email: givenText(given, 'email'),
      usergroup: givenMany(given, 'usergroup'),
    };
    const username = visibleText(edited ? textOf(edited['username']) : givenText(given, 'username'));
    if (edited) {
      const path = `${base}/Users/${textOf(edited['id'])}`;
      await order(path, data, { method: 'PUT' });
      const before = valuesOf(edited);
      done(
        `${username}: changed`,
        () => void change({ run: () => order(path, before, { method: 'PUT' }), done: `${username}: as before` }),
      );
      return;
    }
    const own = { username: givenText(given, 'username'), password: String(given.get('password') ?? '') };
    await order(`${base}/Users`, { ...own, ...data });
    done(`${username}: created`);
  };
  return (
    <>
      <TabHead title="Users" about="Whom incidents are assigned to and in whose name searches run.">
        <button type="button" className="primary" onClick={() => setEdited(null)}>
          New user…
        </button>
      </TabHead>
      {edited !== undefined && (
        <FormDialog
          title={edited === null ? 'New user' : `User ${visibleText(textOf(edited['username']))}`}
          verb={edited === null ? 'Create' : 'Save'}
          fields={fieldsOf(edited, groups.data ?? [])}
          onSubmit={save}
          onClose={() => setEdited(undefined)}
        />
      )}
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
            name: 'Change',
            cell: (user) => (
              <span className="acts">
                <button type="button" onClick={() => setEdited(user)}>
                  Edit<span className="sr"> {visibleText(textOf(user['username']))}</span>
                </button>
                {user['locked'] === true && (
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
                )}
              </span>
            ),
          },
        ]}
      />
    </>
  );
}

const valuesOf = (user: JsonObject): JsonObject => ({
  firstname: user['firstname'] ?? '',
  lastname: user['lastname'] ?? '',
  email: user['email'] ?? '',
  usergroup: user['usergroup'] ?? [],
});

function fieldsOf(user: JsonObject | null, groups: readonly JsonObject[]): readonly FormField[] {
  const valued = (name: string, word: string, kind: 'text' | 'email'): FormField => ({
    name,
    word,
    kind,
    isRequired: true,
    value: textOf(user?.[name]),
  });
  const first = textOf(groups[0]?.['id']);
  return [
    ...(user === null ? [valued('username', 'Username', 'text')] : []),
    valued('firstname', 'First name', 'text'),
    valued('lastname', 'Last name', 'text'),
    valued('email', 'Email', 'email'),
    ...(user === null ? [{ name: 'password', word: 'Password', kind: 'password', isRequired: true } as const] : []),
    {
      name: 'usergroup',
      word: 'Groups',
      kind: { many: groups.map((group) => [textOf(group['id']), textOf(group['name'])] as const) },
      value: user === null ? [first] : textsOf(user['usergroup']),
    },
  ];
}
