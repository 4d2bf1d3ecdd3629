import { createRootRoute, createRoute, createRouter, redirect } from '@tanstack/react-router';
import { type Filters, readFilters } from '../incidents/filters.ts';
import { IncidentListView } from '../incidents/incident-list-view.tsx';
import { IncidentView } from '../incidents/incident-view.tsx';
import { Gate } from './gate.tsx';
import { LogpointPicker } from './logpoint-picker.tsx';
import { Shell } from './shell.tsx';

const root = createRootRoute({ component: Gate, notFoundComponent: LogpointPicker });

const start = createRoute({ getParentRoute: () => root, path: '/', component: LogpointPicker });

const tenant = createRoute({ getParentRoute: () => root, path: '/p/$pool/$logpoint', component: Shell });

const tenantStart = createRoute({
  getParentRoute: () => tenant,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/p/$pool/$logpoint/incidents', params, search: {} });
  },
});

const incidents = createRoute({
  getParentRoute: () => tenant,
  path: '/incidents',
  validateSearch: (search: Record<string, unknown>): Filters => readFilters(search),
  component: IncidentListView,
});

const incident = createRoute({
  getParentRoute: () => tenant,
  path: '/incidents/$id',
  component: IncidentView,
});

export const router = createRouter({
  routeTree: root.addChildren([start, tenant.addChildren([tenantStart, incidents, incident])]),
  defaultPreload: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
