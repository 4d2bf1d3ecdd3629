import { Type } from 'typebox';
import { RISKS } from '../../rules/alert-rule.ts';
import { anyText, dataAlone, type Operation, optional, text, texts, whole } from './operation.ts';

const TimeRange = Type.Array(Type.Number({ minimum: 0, maximum: 253_402_300_799 }), {
  minItems: 2,
  maxItems: 2,
  description: 'From and to, epoch seconds.',
});

const COMMON = {
  incident_user_id: text('Id of the owner; works on it, too, when `assigned_to` is not given.'),
  description: optional(anyText('Shown on the incident.')),
  assigned_to: optional(text('Id of the user who works on it.')),
  manageable_by: optional(texts('Ids of incident user groups.')),
  log_source: optional(texts('Names of log sources.')),
  metadata: optional(Type.Array(Type.Object({ field: Type.String(), value: Type.String() }))),
  repos: optional(texts('Names or addresses; every repo when not given.')),
  limit: optional(whole('Rows that the incident shows.', { minimum: 1 })),
};

/** Beyond the vendor: incidents that no rule raises. */
export const handMadeOperations: readonly Operation[] = [
  {
    id: 'CreateIncident',
    tag: 'Incidents',
    summary: 'Makes an incident (type Search) from a query.',
    method: 'POST',
    path: 'Incidents',
    action: '/Incidents/create',
    permission: 'write',
    data: Type.Object({
      name: text('What it is about.'),
      query: anyText('LPQL; its rows are the data of the incident.'),
      time_range: TimeRange,
      risk: text(RISKS.join(', ')),
      ...COMMON,
    }),
    input: dataAlone,
  },
  {
    id: 'ReportAnomaly',
    tag: 'Incidents',
    summary: 'Takes an anomaly of behaviour analytics as an incident (type UEBA).',
    method: 'POST',
    path: 'Incidents/anomaly',
    action: '/Incidents/anomaly',
    permission: 'write',
    data: Type.Object({
      entity: text('User, host or address that behaves unusually.'),
      score: Type.Number({ minimum: 0, maximum: 100, description: 'Risk by quarters: low, medium, high, critical.' }),
      name: optional(text('Unusual behaviour of the entity when not given.')),
      query: optional(anyText('LPQL; the entity as free text when not given.')),
      time_range: optional(TimeRange),
      ...COMMON,
    }),
    input: dataAlone,
  },
];
