import type { IncidentStatus } from './incident.ts';

export const STATUS_ACTIONS = ['resolve', 'close', 'reopen'] as const;
export type StatusAction = (typeof STATUS_ACTIONS)[number];

type Step = { readonly ok: true; readonly next: IncidentStatus } | { readonly ok: false; readonly message: string };

const to = (next: IncidentStatus): Step => ({ ok: true, next });
const refused = (message: string): Step => ({ ok: false, message });

/** Rows are the present status, columns the action. Source: contract/director-api.md, section 4. */
const STEPS: Record<IncidentStatus, Record<StatusAction, Step>> = {
  unresolved: {
    resolve: to('resolved'),
    close: refused('Only resolved incidents can be closed'),
    reopen: refused('Incident is not resolved or closed'),
  },
  resolved: {
    resolve: refused('Incident is already resolved'),
    close: to('closed'),
    reopen: to('unresolved'),
  },
  closed: {
    resolve: refused('Incident is already closed'),
    close: refused('Incident is already closed'),
    reopen: to('unresolved'),
  },
};

/** Where the action leads, or the message that refuses it. `closeUnresolved` is the server's setting. */
export function stepOf(status: IncidentStatus, action: StatusAction, closeUnresolved: boolean): Step {
  if (closeUnresolved && status === 'unresolved' && action === 'close') return to('closed');
  return STEPS[status][action];
}
