import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { type AdminParams, readAdminParams } from '../admin/admin-params.ts';
import { type AttackParams, readAttackParams } from '../attack/attack-params.ts';
import { IncidentView } from '../incident/incident-view.tsx';
import { type IncidentParams, readIncidentParams } from '../incident/tabs.ts';
import { type Filters, readFilters } from '../incidents/filters.ts';
import { IncidentListView } from '../incidents/incident-list-view.tsx';
import { type OverviewParams, readOverviewParams } from '../overview/overview-params.ts';
import { type RuleEditorParams, readRuleEditorParams } from '../rules/rule-editor-params.ts';
import { type RulesParams, readRulesParams } from '../rules/rules-params.ts';
import { readSearchParams, type SearchParams } from '../search/search-params.ts';
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
  validateSearch: (search: Record<string, unknown>): IncidentParams => readIncidentParams(search),
  component: IncidentView,
});

const search = createRoute({
  getParentRoute: () => tenant,
  path: '/search',
  validateSearch: (given: Record<string, unknown>): SearchParams => readSearchParams(given),
  component: lazyRouteComponent(() => import('../search/search-view.tsx'), 'SearchView'),
});

const rules = createRoute({
  getParentRoute: () => tenant,
  path: '/rules',
  validateSearch: (given: Record<string, unknown>): RulesParams => readRulesParams(given),
  component: lazyRouteComponent(() => import('../rules/rules-view.tsx'), 'RulesView'),
});

const newRule = createRoute({
  getParentRoute: () => tenant,
  path: '/rules/new',
  validateSearch: (given: Record<string, unknown>): RuleEditorParams => readRuleEditorParams(given),
  component: lazyRouteComponent(() => import('../rules/rule-editor-view.tsx'), 'RuleEditorView'),
});

const rule = createRoute({
  getParentRoute: () => tenant,
  path: '/rules/$id',
  component: lazyRouteComponent(() => import('../rules/rule-editor-view.tsx'), 'RuleEditorView'),
});

const exceptions = createRoute({
  getParentRoute: () => tenant,
  path: '/rules/exceptions',
  component: lazyRouteComponent(() => import('../rules/exceptions-view.tsx'), 'ExceptionsView'),
});

const attack = createRoute({
  getParentRoute: () => tenant,
  path: '/attack',
  validateSearch: (given: Record<string, unknown>): AttackParams => readAttackParams(given),
  component: lazyRouteComponent(() => import('../attack/attack-view.tsx'), 'AttackView'),
});

const overview = createRoute({
  getParentRoute: () => tenant,
  path: '/overview',
  validateSearch: (given: Record<string, unknown>): OverviewParams => readOverviewParams(given),
  component: lazyRouteComponent(() => import('../overview/overview-view.tsx'), 'OverviewView'),
});

const sources = createRoute({
  getParentRoute: () => tenant,
  path: '/sources',
  component: lazyRouteComponent(() => import('../admin/sources-view.tsx'), 'SourcesView'),
});

const admin = createRoute({
  getParentRoute: () => tenant,
  path: '/admin',
  validateSearch: (given: Record<string, unknown>): AdminParams => readAdminParams(given),
  component: lazyRouteComponent(() => import('../admin/admin-view.tsx'), 'AdminView'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    start,
    tenant.addChildren([
      tenantStart,
      incidents,
      incident,
      search,
      rules,
      newRule,
      rule,
      exceptions,
      attack,
      overview,
      sources,
      admin,
    ]),
  ]),
  defaultPreload: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
