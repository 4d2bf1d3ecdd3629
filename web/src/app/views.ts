import type { IconName } from '../parts/icon.tsx';

type View = {
  readonly to:
    | '/p/$pool/$logpoint/incidents'
    | '/p/$pool/$logpoint/search'
    | '/p/$pool/$logpoint/rules'
    | '/p/$pool/$logpoint/attack'
    | '/p/$pool/$logpoint/overview'
    | '/p/$pool/$logpoint/sources'
    | '/p/$pool/$logpoint/admin';
  readonly name: string;
  readonly icon: IconName;
  readonly keys: string;
};

/** The views of a logpoint in the order of the navigation, each with the keys that go there. */
export const VIEWS: readonly View[] = [
  { to: '/p/$pool/$logpoint/incidents', name: 'Incidents', icon: 'incidents', keys: 'g i' },
  { to: '/p/$pool/$logpoint/search', name: 'Search', icon: 'search', keys: 'g s' },
  { to: '/p/$pool/$logpoint/rules', name: 'Rules', icon: 'rules', keys: 'g r' },
  { to: '/p/$pool/$logpoint/attack', name: 'ATT&CK', icon: 'attack', keys: 'g t' },
  { to: '/p/$pool/$logpoint/overview', name: 'Overview', icon: 'overview', keys: 'g o' },
  { to: '/p/$pool/$logpoint/sources', name: 'Sources', icon: 'sources', keys: 'g l' },
  { to: '/p/$pool/$logpoint/admin', name: 'Admin', icon: 'admin', keys: 'g a' },
];
