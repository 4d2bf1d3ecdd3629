import { type TSchema, Type } from 'typebox';
import { RISKS } from '../../rules/alert-rule.ts';
import { StringEnum } from '../http/envelope.ts';

// What reads of incidents answer. Times are epoch seconds with a fraction.

const orNull = (schema: TSchema): TSchema => Type.Union([schema, Type.Null()]);
const Count = Type.Integer({ minimum: 0 });
const Texts = Type.Array(Type.String());
const Time = Type.Number();

const Sla = Type.Object({
  due_at: orNull(Time),
  breached: Type.Boolean(),
  clock: StringEnum(['acknowledge', 'resolve'] as const, 'The clock that runs out next, or the one that has.'),
  acknowledge_due_at: orNull(Time),
  resolve_due_at: orNull(Time),
  acknowledged_at: orNull(Time),
  resolved_at: orNull(Time),
});

/** A row of a list; see light-row.ts. */
export const LightRow = Type.Object({
  id: Type.String(),
  number: Type.String({ description: 'Such as INC-7; stands for the id in every path.' }),
  name: Type.String(),
  status: StringEnum(['unresolved', 'resolved', 'closed'] as const),
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
  disposition: orNull(StringEnum(['true_positive', 'false_positive', 'benign'] as const)),
  sla: orNull(Sla),
  merged_into: orNull(Type.String()),
  entities: Type.Array(Type.Object({ kind: Type.String(), value: Type.String() })),
  lastaction: orNull(Type.Object({ action: Type.String(), time: Count, title: Type.String() })),
});

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

export const RelatedRow = Type.Object({
  ...LightRow.properties,
  because: Type.Array(Type.String(), { description: 'What it has in common with the incident.' }),
});

const State = orNull(Type.Record(Type.String(), Type.Unknown(), { description: 'The fields that changed.' }));
/** An event of the audit chain that is about the incident. */
export const IncidentEvent = Type.Object({
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
});

export const TimelineEntry = Type.Object({
  at: Time,
  kind: Type.String({ description: 'events, comment, change or delivery.' }),
  who: Type.String(),
  text: Type.String(),
  ref: Type.String({ description: 'Id of what it tells of.' }),
});
