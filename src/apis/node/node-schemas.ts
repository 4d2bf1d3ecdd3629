import { type TProperties, type TSchema, Type } from 'typebox';

// Answers of the node's own API. Every field may be missing: a failure has `success: false` and `message` alone.

export const nodeAnswer = (properties: TProperties): TSchema =>
  Type.Object(
    {
      success: Type.Boolean(),
      message: Type.Optional(Type.String({ description: 'What was done, or why not.' })),
      ...Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, Type.Optional(schema)])),
    },
    { additionalProperties: true },
  );

const Text = Type.String();
const Texts = Type.Array(Text);
const Count = Type.Integer({ minimum: 0 });
const MaybeText = Type.Union([Text, Type.Null()]);
const Comments = Type.Array(Type.Object({ title: Text, comment: Text, time: Count }));

const Incident = Type.Object(
  {
    id: Text,
    incident_id: Text,
    alert_obj_id: Text,
    alertrule_id: Text,
    type: Text,
    name: Text,
    description: Text,
    username: Text,
    user_id: MaybeText,
    assigned_to: Text,
    visible_to: Texts,
    tid: Text,
    rows_count: Count,
    risk_level: Text,
    risk: Text,
    detection_timestamp: Type.Number(),
    loginspect_ip_dns: Text,
    logpoint_name: Text,
    status: Text,
    comments: Comments,
    commentscount: Count,
    query: Text,
    repos: Texts,
    time_range: Type.Array(Count),
    throttle_enabled: Type.Boolean(),
    attack_id: Texts,
    attack_tag: Texts,
    attack_category: Texts,
    log_source: Texts,
    metadata: Type.Array(Type.Object({ field: Text, value: Text })),
    disposition: Type.Optional(MaybeText),
    lastaction: Type.Optional(Type.Object({ action: Text, time: Count, title: Text })),
  },
  { additionalProperties: true },
);
const State = Type.Object({ id: Text, name: Text, assigned_to: Text, status: Text, comments: Comments });
const User = Type.Object({
  id: Text,
  name: Text,
  usergroups: Type.Array(Type.Object({ id: Text, name: Text })),
});
const EventRow = Type.Record(Text, Type.Unknown(), { description: 'The fields that the event has.' });

/** What a call answers beside `success` and `message`; others depend on what is asked. */
export const NODE_ANSWERS: Readonly<Record<string, TSchema>> = {
  NodeIncidents: nodeAnswer({ incidents: Type.Array(Incident) }),
  NodeIncidentStates: nodeAnswer({ states: Type.Array(State), incidents: Type.Array(State) }),
  NodeIncidentData: nodeAnswer({ rows: Type.Array(EventRow) }),
  NodeUsers: nodeAnswer({ users: Type.Array(User) }),
};
export const NodeDone = nodeAnswer({});
