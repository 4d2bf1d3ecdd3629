import { Type } from 'typebox';
import { filterOf } from '../../incidents/incident-filter.ts';
import { EPOCH_SECONDS_MAX } from './list-page.ts';
import { anyText, dataAlone, dataWithId, NoData, type Operation, optional, text, texts, whole } from './operation.ts';

export const ACTING = 'Id of the user on whose behalf the incident is worked; see Users/fetch.';
const Acting = Type.Object({ incident_user_id: text(ACTING) });

export const Filters = Type.Object({
  assigned_to_users: optional(texts('Ids of assignees, any of.')),
  attack_category: optional(texts('Names of tactics, all of.')),
  attack_tag: optional(texts('Names of techniques, all of.')),
  log_source: optional(texts('Names of log sources, all of.')),
  metadata: optional(
    Type.Array(Type.Object({ field: Type.String(), value: Type.String() }), { description: 'All of.' }),
  ),
  name: optional(anyText('Name, alert rule id or incident id, or a pattern (RE2) found in the name.')),
  risk: optional(texts('low, medium, high, critical; any of.')),
  status: optional(texts('resolved, unresolved, closed; any of.')),
  type: optional(texts('alert, search, UEBA; any of, in any case.')),
  start_date: optional(whole('Epoch seconds, inclusive; with end_date.', { minimum: 0, maximum: EPOCH_SECONDS_MAX })),
  end_date: optional(whole('Epoch seconds, inclusive; with start_date.', { minimum: 0, maximum: EPOCH_SECONDS_MAX })),
  updated_since: optional(whole('Epoch seconds, inclusive.', { minimum: 0, maximum: EPOCH_SECONDS_MAX })),
  q: optional(anyText('Text in the name in any case; or an id, a number (INC-7), the value of an entity.')),
  rule: optional(texts('Ids or alertrule_ids of rules, any of.')),
  entity: optional(texts('Values, or kind:value with user, host, address, hash; all of.')),
  disposition: optional(texts('true_positive, false_positive, benign, none; any of.')),
  sla: optional(anyText('breached, or soon: a clock runs out within 15 minutes.')),
  merged: optional(anyText('no: without those merged into another; only: only those; any.')),
  limit: optional(whole('Most rows of the answer.', { minimum: 1 })),
  cursor: optional(text('`next_cursor` of the answer before.')),
});

/** Beside the filters. */
const Fetch = Type.Object({
  ...Filters.properties,
  total: optional(Type.Boolean({ description: 'Count all pages, as `total`.' })),
});

const post = { tag: 'Incidents', method: 'POST' } as const;

/** Source: contract/director-api.md, section 3, and the vendor's page of the nine operations. */
export const incidentOperations: readonly Operation[] = [
  {
    ...post,
    id: 'Close',
    summary: 'Closes a resolved incident.',
    path: 'Incidents/:id/close',
    action: '/Incidents/close',
    permission: 'write',
    data: Acting,
    input: dataWithId,
  },
  {
    ...post,
    id: 'Comment',
    summary: 'Adds a comment.',
    path: 'Incidents/:id/comment',
    action: '/Incidents/comment',
    permission: 'write',
    data: Type.Object({ comment: text('Text of the comment.'), incident_user_id: text(ACTING) }),
    input: dataWithId,
  },
  {
    ...post,
    id: 'FetchIncidentData',
    summary: "Fetches the incident's logs and keeps a copy for GetIncidentData.",
    path: 'Incidents/:id/fetchIncidentData',
    action: '/Incidents/fetchIncidentData',
    permission: 'read',
    data: NoData,
    input: dataWithId,
  },
  {
    ...post,
    id: 'FetchIncidents',
    summary: 'Fetches incidents, newest first.',
    path: 'Incidents/fetch',
    action: '/Incidents/fetch',
    permission: 'read',
    data: Fetch,
    check: (data) => void filterOf(data),
    input: dataAlone,
  },
  {
    ...post,
    id: 'Reassign',
    summary: 'Gives the incident to another user.',
    path: 'Incidents/:id/reassign',
    action: '/Incidents/reassign',
    permission: 'write',
    data: Type.Object({
      incident_user_id: text('Id of the acting user; of the new assignee when `new_assignee` is not given.'),
      new_assignee: optional(text('Id of the new assignee.')),
    }),
    input: dataWithId,
  },
  {
    ...post,
    id: 'Reopen',
    summary: 'Opens a resolved or closed incident again.',
    path: 'Incidents/:id/reopen',
    action: '/Incidents/reopen',
    permission: 'write',
    data: Acting,
    input: dataWithId,
  },
  {
    ...post,
    id: 'Resolve',
    summary: 'Resolves an unresolved incident.',
    path: 'Incidents/:id/resolve',
    action: '/Incidents/resolve',
    permission: 'write',
    data: Acting,
    input: dataWithId,
  },
  {
    ...post,
    id: 'SendForInvestigation',
    summary: "Triggers the rule's manual notifications.",
    path: 'Incidents/:id/sendForInvestigation',
    action: '/Incidents/sendForInvestigation',
    permission: 'write',
    data: Acting,
    input: dataWithId,
  },
];
