import { useState } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { order } from '../api/order.ts';
import { rowsOf, textOf, textsOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { FormDialog, type FormField, givenMany, givenText, givenTexts } from '../parts/form-dialog.tsx';
import { HostileText, visibleText } from '../parts/hostile-text.tsx';
import { textColumn } from '../parts/row-table.tsx';
import { TypedConfirmation } from '../parts/typed-confirmation.tsx';
import { AdminTable } from './admin-table.tsx';
import { TabHead } from './tab-head.tsx';
import { useChange } from './use-change.ts';
import { useRows } from './use-rows.ts';

/** Groups of users, and what the permission group of each lets its members see. */
export function GroupsTab() {
  const { base } = useTenant();
  const permissions = useRows(`${base}/PermissionGroups`);
  return (
    <>
      <UserGroups permissions={permissions.data ?? []} />
      <PermissionGroups />
    </>
  );
}

type Edited = JsonObject | null | undefined;

function UserGroups({ permissions }: { readonly permissions: readonly JsonObject[] }) {
  const { base } = useTenant();
  const groups = useRows(`${base}/UserGroups`);
  const users = useRows(`${base}/Users`);
  const { change, done } = useChange();
  const [edited, setEdited] = useState<Edited>(undefined);
  const [ending, setEnding] = useState<JsonObject | null>(null);
  const nameOf = (id: string): string => textOf(permissions.find((group) => group['id'] === id)?.['name']) || id;
  const save = async (given: FormData): Promise<void> => {
    const roles = givenText(given, 'roles');
    const data = {
      name: givenText(given, 'name'),
      description: givenText(given, 'description'),
      lpadmin: given.get('lpadmin') === 'on',
      useradmin: given.get('useradmin') === 'on',
      users: givenMany(given, 'users'),
      ...(roles === '' ? {} : { roles }),
    };
    const name = visibleText(data.name);
    if (!edited) {
      await order(`${base}/UserGroups`, data);
      return done(`Group ${name}: created`);
    }
    const path = `${base}/UserGroups/${textOf(edited['id'])}`;
    await order(path, data, { method: 'PUT' });
    const { name: oldName, description, lpadmin, useradmin, users: members } = edited;
    const before = {
      name: oldName ?? '',
      description: description ?? '',
      lpadmin: lpadmin === true,
      useradmin: useradmin === true,
      users: textsOf(members),
    };
    done(
      `Group ${name}: changed`,
      () => void change({ run: () => order(path, before, { method: 'PUT' }), done: `Group ${name}: as before` }),
    );
  };
  return (
    <>
      <TabHead title="User groups" about="Whose members share rights. A group has one permission group.">
        <button type="button" className="primary" onClick={() => setEdited(null)}>
          New group…
        </button>
      </TabHead>
      {edited !== undefined && (
        <FormDialog
          title={edited === null ? 'New group' : `Group ${visibleText(textOf(edited['name']))}`}
          verb={edited === null ? 'Create' : 'Save'}
          fields={groupFields(edited, users.data ?? [], permissions)}
          onSubmit={save}
          onClose={() => setEdited(undefined)}
        />
      )}
      {ending !== null && (
        <TypedConfirmation
          title="Remove this group?"
          name={textOf(ending['name'])}
          verb="Remove"
          onClose={() => setEnding(null)}
          onConfirm={() =>
            void change({
              run: () => order(`${base}/UserGroups/${textOf(ending['id'])}`, {}, { method: 'DELETE' }),
              done: `Group ${visibleText(textOf(ending['name']))}: removed`,
            })
          }
        />
      )}
      <AdminTable
        name="User groups"
        rows={groups}
        empty="There is no user group. Make one above: users need a group to have rights."
        columns={[
          textColumn('Group', 'name'),
          textColumn('For', 'description'),
          { name: 'Permissions', cell: (group) => <HostileText text={nameOf(textOf(group['roles']))} /> },
          { name: 'Members', isNumber: true, cell: (group) => textsOf(group['users']).length },
          {
            name: 'May',
            cell: (group) =>
              [group['lpadmin'] === true ? 'administrate' : '', group['useradmin'] === true ? 'manage users' : '']
                .filter((word) => word !== '')
                .join(', ') || '–',
          },
          {
            name: 'Change',
            cell: (group) => <Acts row={group} onEdit={setEdited} onEnd={setEnding} />,
          },
        ]}
      />
    </>
  );
}

type ActsProps = {
  readonly row: JsonObject;
  readonly onEdit: (row: JsonObject) => void;
  readonly onEnd: (row: JsonObject) => void;
};

function Acts({ row, onEdit, onEnd }: ActsProps) {
  const name = visibleText(textOf(row['name']));
  return (
    <span className="acts">
      <button type="button" onClick={() => onEdit(row)}>
        Edit<span className="sr"> {name}</span>
      </button>
      <button type="button" onClick={() => onEnd(row)}>
        Remove…<span className="sr"> {name}</span>
      </button>
    </span>
  );
}

const groupFields = (
  group: JsonObject | null,
  users: readonly JsonObject[],
  permissions: readonly JsonObject[],
): readonly FormField[] => [
  { name: 'name', word: 'Name', kind: 'text', isRequired: true, value: textOf(group?.['name']) },
  { name: 'description', word: 'For', kind: 'text', value: textOf(group?.['description']) },
  {
    name: 'roles',
    word: 'Permission group',
    kind: { one: permissions.map((row) => [textOf(row['id']), textOf(row['name'])] as const) },
    value: textOf(group?.['roles']) || textOf(permissions[0]?.['id']),
  },
  {
    name: 'users',
    word: 'Members',
    kind: { many: users.map((user) => [textOf(user['id']), textOf(user['username'])] as const) },
    value: textsOf(group?.['users']),
  },
  {
    name: 'lpadmin',
    word: 'administrate the logpoint',
    kind: 'check',
    value: group?.['lpadmin'] === true ? 'on' : '',
  },
  { name: 'useradmin', word: 'manage users', kind: 'check', value: group?.['useradmin'] === true ? 'on' : '' },
];

const LEVELS = [
  ['NONE', 'nothing'],
  ['READ', 'read'],
  ['CREATE_EDIT', 'read and change'],
  ['DELETE', 'read, change and delete'],
] as const;

function PermissionGroups() {
  const { base } = useTenant();
  const groups = useRows(`${base}/PermissionGroups`);
  const { change, done } = useChange();
  const [edited, setEdited] = useState<Edited>(undefined);
  const [ending, setEnding] = useState<JsonObject | null>(null);
  // The built-in group names every entity there is.
  const entities = rowsOf(groups.data?.[0]?.['permissions']).map((row) => textOf(row['entity']));
  const save = async (given: FormData): Promise<void> => {
    const name = givenText(given, 'name');
    const granted = (field: string): readonly string[] | null => {
      const values = givenTexts(given, field);
      return values.length === 0 ? null : values;
    };
    const data = {
      name,
      description: givenText(given, 'description'),
      permissions: entities.map((entity) => ({ entity, permission: givenText(given, `may ${entity}`) || 'NONE' })),
      repos: granted('repos'),
      devices: granted('devices'),
    };
    if (edited) await order(`${base}/PermissionGroups/${textOf(edited['id'])}`, data, { method: 'PUT' });
    else await order(`${base}/PermissionGroups`, data);
    done(`Permission group ${visibleText(name)}: ${edited ? 'changed' : 'created'}`);
  };
  return (
    <>
      <TabHead
        title="Permission groups"
        about="What their people may see and change, and which repos and devices they search."
      >
        <button type="button" className="primary" onClick={() => setEdited(null)} disabled={entities.length === 0}>
          New permission group…
        </button>
      </TabHead>
      {edited !== undefined && (
        <FormDialog
          title={edited === null ? 'New permission group' : `Permission group ${visibleText(textOf(edited['name']))}`}
          verb={edited === null ? 'Create' : 'Save'}
          fields={permissionFields(edited, entities)}
          onSubmit={save}
          onClose={() => setEdited(undefined)}
        />
      )}
      {ending !== null && (
        <TypedConfirmation
          title="Remove this permission group?"
          name={textOf(ending['name'])}
          verb="Remove"
          onClose={() => setEnding(null)}
          onConfirm={() =>
            void change({
              run: () => order(`${base}/PermissionGroups/${textOf(ending['id'])}`, {}, { method: 'DELETE' }),
              done: `Permission group ${visibleText(textOf(ending['name']))}: removed`,
            })
          }
        />
      )}
      <AdminTable
        name="Permission groups"
        rows={groups}
        empty="There is no permission group. Make one above."
        columns={[
          textColumn('Permission group', 'name'),
          textColumn('For', 'description'),
          { name: 'Repos searched', cell: (group) => <Grant value={group['repos']} /> },
          { name: 'Devices searched', cell: (group) => <Grant value={group['devices']} /> },
          { name: 'Change', cell: (group) => <Acts row={group} onEdit={setEdited} onEnd={setEnding} /> },
        ]}
      />
    </>
  );
}

function permissionFields(group: JsonObject | null, entities: readonly string[]): readonly FormField[] {
  const level = (entity: string): string =>
    textOf(rowsOf(group?.['permissions']).find((row) => row['entity'] === entity)?.['permission']) || 'NONE';
  return [
    { name: 'name', word: 'Name', kind: 'text', isRequired: true, value: textOf(group?.['name']) },
    { name: 'description', word: 'For', kind: 'text', value: textOf(group?.['description']) },
    ...entities.map((entity): FormField => {
      return { name: `may ${entity}`, word: entity, kind: { one: LEVELS }, value: level(entity) };
    }),
    {
      name: 'repos',
      word: 'Repos searched, separated by commas',
      kind: 'text',
      value: textsOf(group?.['repos']).join(', '),
      hint: 'Empty: every repo.',
    },
    {
      name: 'devices',
      word: 'Devices searched: addresses or networks',
      kind: 'text',
      value: textsOf(group?.['devices']).join(', '),
      hint: 'Empty: every device.',
    },
  ];
}

/** null grants every one. */
function Grant({ value }: { readonly value: Parameters<typeof textsOf>[0] }) {
  if (value === null || value === undefined) return 'every one';
  return <HostileText text={textsOf(value).join(', ') || 'none'} />;
}
