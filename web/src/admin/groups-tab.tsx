import { textOf, textsOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { HostileText } from '../parts/hostile-text.tsx';
import { AdminTable, textColumn } from './admin-table.tsx';
import { useRows } from './use-rows.ts';

/** Groups of users, and what the permission group of each lets its members see. */
export function GroupsTab() {
  const { base } = useTenant();
  const groups = useRows(`${base}/UserGroups`);
  const permissions = useRows(`${base}/PermissionGroups`);
  const permissionName = (id: string): string =>
    textOf(permissions.data?.find((group) => group['id'] === id)?.['name']) || id;
  return (
    <>
      <h2>User groups</h2>
      <AdminTable
        name="User groups"
        rows={groups}
        empty="There is no user group. The API makes one with POST UserGroups."
        columns={[
          textColumn('Group', 'name'),
          textColumn('For', 'description'),
          { name: 'Permissions', cell: (group) => <HostileText text={permissionName(textOf(group['roles']))} /> },
          { name: 'Members', isNumber: true, cell: (group) => textsOf(group['users']).length },
          {
            name: 'May',
            cell: (group) =>
              [group['lpadmin'] === true ? 'administrate' : '', group['useradmin'] === true ? 'manage users' : '']
                .filter((word) => word !== '')
                .join(', ') || '–',
          },
        ]}
      />
      <h2>Permission groups</h2>
      <AdminTable
        name="Permission groups"
        rows={permissions}
        empty="There is no permission group. The API makes one with POST PermissionGroups."
        columns={[
          textColumn('Permission group', 'name'),
          textColumn('For', 'description'),
          { name: 'Repos searched', cell: (group) => <Grant value={group['repos']} /> },
          { name: 'Devices searched', cell: (group) => <Grant value={group['devices']} /> },
        ]}
      />
    </>
  );
}

/** null grants every one. */
function Grant({ value }: { readonly value: Parameters<typeof textsOf>[0] }) {
  if (value === null || value === undefined) return 'every one';
  return <HostileText text={textsOf(value).join(', ') || 'none'} />;
}
