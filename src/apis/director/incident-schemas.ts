import { Type } from 'typebox';
import { ENTITY_KINDS } from '../../events/entity.ts';
import { DISPOSITIONS, INCIDENT_STATUSES, INCIDENT_TYPES } from '../../incidents/incident.ts';
import { RISKS } from '../../rules/alert-rule.ts';
import { StringEnum } from '../http/envelope.ts';
import { Filters } from './incident-operations.ts';
import { orNull } from './row-schemas.ts';

// What reads of incidents answer. Times are epoch seconds with a fraction.

const Count = Type.Integer({ minimum: 0 });
const Texts = Type.Array(Type.String());
const Time = Type.Number();

const Sla = Type.Object(
  {
    due_at: orNull(Time),
    breached: Type.Boolean(),
    clock: StringEnum(['acknowledge', 'resolve'] as const, 'The clock that runs out next, or the one that has.'),
    acknowledge_due_at: orNull(Time),
    resolve_due_at: orNull(Time),
    acknowledged_at: orNull(Time),
    resolved_at: orNull(Time),
  },
  { title: 'SlaClock' },
);

const Status = StringEnum(INCIDENT_STATUSES);
const Disposition = orNull(StringEnum(DISPOSITIONS));
const Entity = Type.Object({ kind: StringEnum(ENTITY_KINDS), value: Type.String() }, { title: 'Entity' });
const LastAction = Type.Object({ action: Type.String(), time: Count, title: Type.String() }, { title: 'LastAction' });

/** A row of a list; see light-row.ts. */
export const LightRow = Type.Object(
  {
    id: Type.String(),
    number: Type.String({ description: 'Such as INC-7; stands for the id in every path.' }),
    name: Type.String(),
    status: Status,
    risk: StringEnum(RISKS),
    type: Type.String({ description: 'Alert, Search or UEBA.' }),
    detection_timestamp: Time,
    updated_at: Time,
    assigned_to: Type.String({ description: 'Id of the user.' }),
    rule_id: Type.String({ description: 'Empty when no rule raised it.' }),
    alertrule_id: Type.String(),
    attack_id: Texts,
    attack_tag: Texts,
    log_source: Texts,
    sigma_id: orNull(Type.String({ description: 'Of a match of an imported Sigma rule.' })),
    author: orNull(Type.String({ description: 'Of that rule; its licence asks to show it.' })),
    licence: orNull(Type.String()),
    hits: Count,
    rows_count: Count,
    commentscount: Count,
    disposition: Disposition,
    sla: orNull(Sla),
    merged_into: orNull(Type.String()),
    entities: Type.Array(Entity),
    lastaction: orNull(LastAction),
  },
  { title: 'IncidentRow' },
);

/** A row of FetchIncidents; see incident-row.ts. */
export const FetchedIncident = Type.Object(
  {
    type: Type.String({ description: 'Alert, Search or UEBA.' }),
    alert_obj_id: Type.String({ description: 'Id of the rule; empty when no rule raised it.' }),
    alertrule_id: Type.String(),
    incident_id: Type.String(),
    name: Type.String(),
    description: Type.String(),
    username: Type.String(),
    user_id: Type.String({ description: "Id of the rule's owner." }),
    assigned_to: Type.String({ description: 'Id of the user.' }),
    detection_timestamp: Time,
    loginspect_ip_dns: Type.String(),
    logpoint_name: Type.String(),
    status: Status,
    comments: Type.Array(Type.Object({ title: Type.String(), comment: Type.String(), time: Count })),
    commentscount: Count,
    query: Type.String(),
    repos: Type.Array(Type.String(), { description: 'Addresses.' }),
    time_range: Type.Array(Count, { minItems: 2, maxItems: 2, description: 'Epoch seconds.' }),
    throttle_enabled: Type.Boolean(),
    attack_id: Texts,
    attack_tag: Texts,
    attack_category: Texts,
    metadata: Type.Array(Type.Object({ field: Type.String(), value: Type.String() })),
    log_source: Texts,
    notifications: Type.Array(Type.Null(), { maxItems: 0, description: 'Always empty.' }),
    manageable_by: Texts,
    risk: StringEnum(RISKS),
    id: Type.String(),
    search_link: Type.String(),
    number: Type.String({ description: 'Such as INC-7; stands for the id in every path.' }),
    hits: Count,
    rows_count: Count,
    updated_at: Time,
    lastaction: Type.Optional(LastAction),
  },
  { title: 'FetchedIncident' },
);

const RuleOfIncident = Type.Object(
  {
    id: Type.String(),
    alertrule_id: Type.String(),
    name: Type.String(),
    description: Type.String(),
    query: Type.String(),
    version: Count,
    active: Type.Boolean(),
    is_gone: Type.Boolean({ description: 'The rule is no more: what the incident kept of it.' }),
    sigma_id: orNull(Type.String()),
    author: orNull(Type.String()),
    licence: orNull(Type.String()),
    references: Texts,
  },
  { title: 'RuleOfIncident' },
);

/** See incident-detail.ts. */
export const IncidentDetail = Type.Object(
  {
    ...FetchedIncident.properties,
    lastaction: orNull(LastAction),
    rule_id: Type.String({ description: 'Empty when no rule raised it.' }),
    disposition: Disposition,
    disposition_reason: orNull(Type.String()),
    sla: orNull(Sla),
    merged_into: orNull(Type.String()),
    children: Type.Array(Type.Object({ id: Type.String(), number: Type.String(), status: Status })),
    entities: Type.Array(Entity),
    rule: orNull(RuleOfIncident, 'Null of an incident that was made by hand.'),
  },
  { title: 'IncidentDetail' },
);

const counts = (names: readonly string[]) => Type.Object(Object.fromEntries(names.map((name) => [name, Count])));
const Values = Type.Array(Type.Object({ value: Type.String(), count: Count }));
export const Facets = Type.Object(
  {
    status: counts(INCIDENT_STATUSES),
    risk: counts(RISKS),
    type: counts(INCIDENT_TYPES),
    assigned_to: Values,
    rule: Type.Array(Type.Object({ value: Type.String(), count: Count, name: Type.String() })),
    attack_tag: Values,
    log_source: Values,
    total: Count,
    isCut: Type.Boolean({ description: 'Only the newest of a status and risk are counted.' }),
  },
  { title: 'IncidentFacets' },
);
export const Histogram = Type.Object(
  {
    from: Time,
    to: Time,
    step_s: Count,
    buckets: Type.Array(Type.Object({ at: Time, low: Count, medium: Count, high: Count, critical: Count })),
    isCut: Type.Boolean(),
  },
  { title: 'IncidentHistogram' },
);

const Minutes = orNull(Type.Integer(), 'Minutes; null = no clock.');
const Clocks = Type.Object({ acknowledge: Minutes, resolve: Minutes });
export const SlaPolicyAnswer = Type.Object(
  { low: Clocks, medium: Clocks, high: Clocks, critical: Clocks },
  { title: 'SlaPolicy' },
);

export const SavedFilterRow = Type.Object(
  {
    id: Type.String(),
    owner: Type.String({ description: 'Name of the token or account.' }),
    name: Type.String(),
    filter: Filters,
    shared: Type.Boolean(),
    updated_at: Time,
  },
  { title: 'SavedFilter' },
);

export const MetricsAnswer = Type.Object({
  from: Time,
  to: Time,
  by: Type.String(),
  rows: Type.Array(
    Type.Object({
      key: Type.String({ description: 'Id of the rule, user or logpoint.' }),
      name: Type.String(),
      incidents: Count,
      unresolved: Count,
      acknowledged: Count,
      mtta_s: orNull(Type.Number({ description: 'Mean seconds from the detection to the first change by a person.' })),
      resolved: Count,
      mttr_s: orNull(Type.Number({ description: 'Mean seconds from the detection to resolved.' })),
      breached: Count,
      dispositions: Type.Object({ true_positive: Count, false_positive: Count, benign: Count }),
      false_positive_ratio: orNull(Type.Number()),
    }),
  ),
  isCut: Type.Boolean({ description: 'Not all incidents or rows of the range are in it.' }),
});

export const RelatedRow = Type.Object(
  {
    ...LightRow.properties,
    because: Type.Array(Type.String(), { description: 'What it has in common with the incident.' }),
  },
  { title: 'RelatedIncident' },
);

const State = orNull(Type.Record(Type.String(), Type.Unknown(), { description: 'The fields that changed.' }));
/** An event of the audit chain that is about the incident. */
export const IncidentEvent = Type.Object(
  {
    seq: Type.Integer({ description: 'Its number in the chain of the logpoint.' }),
    at: Time,
    actor: Type.String(),
    on_behalf_of: orNull(Type.String()),
    action: Type.String(),
    before: State,
    after: State,
    request_id: orNull(Type.String()),
    order_id: orNull(Type.String()),
    hash: Type.String(),
  },
  { title: 'IncidentEvent' },
);

export const TimelineEntry = Type.Object(
  {
    at: Time,
    kind: Type.String({ description: 'events, comment, change or delivery.' }),
    who: Type.String(),
    text: Type.String(),
    ref: Type.String({ description: 'Id of what it tells of.' }),
  },
  { title: 'TimelineEntry' },
);
