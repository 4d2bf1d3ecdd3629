import { Link, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useSession, useTenant } from '../app/session-context.ts';
import { AccessTab } from './access-tab.tsx';
import { ADMIN_TABS, type AdminTab, readAdminParams } from './admin-params.ts';
import { AuditTab } from './audit-tab.tsx';
import { DeliveriesTab } from './deliveries-tab.tsx';
import { GroupsTab } from './groups-tab.tsx';
import { ListsTab } from './lists-tab.tsx';
import { OrdersTab } from './orders-tab.tsx';
import { ReposTab } from './repos-tab.tsx';
import { SourcesTab } from './sources-tab.tsx';
import { UsersTab } from './users-tab.tsx';
import '../parts/views.css';
import './admin.css';

const BODIES: Readonly<Record<AdminTab, () => ReactNode>> = {
  users: UsersTab,
  groups: GroupsTab,
  access: AccessTab,
  repos: ReposTab,
  sources: SourcesTab,
  lists: ListsTab,
  deliveries: DeliveriesTab,
  orders: OrdersTab,
  audit: AuditTab,
};

/** Roles that operate the server; a pasted API token does not tell its role, so the server decides. */
const OPERATORS: readonly string[] = ['root', 'admin', ''];

/** Who and what makes up the logpoint, and what was done to it. */
export function AdminView() {
  const { pool, logpoint } = useTenant();
  const { role } = useSession();
  const { tab = 'users' } = readAdminParams(useSearch({ strict: false }));
  const tabs = ADMIN_TABS.filter(({ isForOperators }) => !isForOperators || OPERATORS.includes(role));
  const shown = tabs.find(({ id }) => id === tab) ?? ADMIN_TABS[0];
  const Body = BODIES[shown.id];
  return (
    <main id="main" className="admin-view">
      <header className="view-head">
        <h1>Administration</h1>
        <nav aria-label="Administration" className="admin-tabs">
          {tabs.map(({ id, name }) => (
            <Link
              key={id}
              to="/p/$pool/$logpoint/admin"
              params={{ pool, logpoint }}
              search={{ tab: id }}
              aria-current={id === shown.id ? 'page' : undefined}
            >
              {name}
            </Link>
          ))}
        </nav>
      </header>
      <Body key={`${pool}/${logpoint}`} />
    </main>
  );
}
