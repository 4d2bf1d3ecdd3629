import { Type } from 'typebox';
import { RISKS, RULE_MODES } from '../../rules/alert-rule.ts';
import { StringEnum } from '../http/envelope.ts';
import { orNull } from './row-schemas.ts';

// Rules as lists, reads and fetches show them, and what they cover and did.

const Text = Type.String();
const Texts = Type.Array(Text);
const Count = Type.Integer({ minimum: 0 });
const Time = orNull(Type.Number(), 'Epoch seconds.');
const Fields = Type.Record(Type.String(), Type.Unknown(), {
  description: 'The fields of CreateAlertRule that would make it.',
});

const Settings = Type.Object(
  {
    active: Type.Boolean(),
    aggregate: Text,
    alertrule_id: Text,
    assigned_to: Text,
    attack_tag: Type.Array(Text, { description: 'Hashes of ATT&CK entries.' }),
    condition: Type.Object({ condition_option: Text, condition_value: Type.Number() }),
    context_template: Text,
    data_privacy_request: Type.Boolean(),
    delay_interval_minute: Type.Number(),
    description: Text,
    extra_config: Type.Object({ query: Text }),
    flush_on_trigger: Type.Boolean(),
    is_context_template_enabled: Type.Boolean(),
    livesearch_data: Type.Object({
      generated_by: Text,
      limit: Count,
      query: Text,
      search_interval_minute: Type.Number(),
      searchname: Text,
      timerange_day: Count,
      timerange_hour: Count,
      timerange_minute: Count,
    }),
    log_source: Texts,
    metadata: Type.Array(Type.Object({ field: Text, value: Text })),
    repos: Type.Array(Text, { description: 'Addresses.' }),
    risk: StringEnum(RISKS),
    throttling_enabled: Type.Boolean(),
    throttling_field: Text,
    throttling_time_range: Type.Number({ description: 'Minutes.' }),
    tid: Text,
    time_range_seconds: Count,
    used_from: Text,
    user: Type.String({ description: 'Id of the owner.' }),
    version: Count,
    vid: Text,
    visible_to: Texts,
    visible_to_users: Texts,
  },
  { title: 'RuleSettings' },
);
const Shares = Type.Object(
  {
    group_permissions: Type.Array(Type.Object({ group_id: Text, permission: Text })),
    user_permissions: Type.Array(Type.Object({ user_id: Text, permission: Text })),
  },
  { title: 'Shares' },
);
const counted = Type.Optional(Count);
const Statistics = Type.Object(
  {
    matches: counted,
    hits: counted,
    raised: counted,
    extended: counted,
    throttled: counted,
    ignored: counted,
    outdated: counted,
    windows: counted,
    failures: counted,
    cut: counted,
    suppressed: counted,
    overflowed: counted,
    late: counted,
    last_hit: Type.Optional(Time),
    evaluated_to: Type.Optional(Time),
    last_error: Type.Optional(orNull(Text)),
  },
  { title: 'RuleStatistics', description: 'Empty before the rule was looked at for the first time.' },
);
const Gap = Type.Object({ from: Type.Number(), to: Type.Number(), reason: Text }, { title: 'Gap' });

/** A row of the five fetches of rules; see rule-row.ts. */
export const FetchedRule = Type.Object(
  {
    id: Text,
    name: Text,
    settings: Settings,
    rbac_config: Shares,
    mode: StringEnum(RULE_MODES),
    statistics: Statistics,
    gaps: Type.Array(Gap, { description: 'Times that it did not look at.' }),
  },
  { title: 'FetchedRule' },
);

/** A row of the list; see light-rows.ts. */
export const LightRule = Type.Object(
  {
    id: Text,
    alertrule_id: Text,
    name: Text,
    mode: StringEnum(RULE_MODES),
    active: Type.Boolean(),
    risk: StringEnum(RISKS),
    source: StringEnum(['lpql', 'sigma'] as const),
    sigma_id: orNull(Text),
    author: Text,
    licence: Text,
    references: Texts,
    owner: Text,
    used_from: orNull(Text, 'The rule that it follows.'),
    version: Count,
    updated_at: Type.Number({ description: 'Epoch seconds.' }),
    matches: Count,
    hits: Count,
    raised: Count,
    extended: Count,
    throttled: Count,
    suppressed: Count,
    overflowed: Count,
    late: Count,
    failures: Count,
    last_hit_at: Time,
    last_run_at: Time,
    last_error: orNull(Text),
    gaps: Count,
    cost_us: orNull(Type.Number(), 'Microseconds for each event.'),
    false_positive_ratio: orNull(Type.Number()),
    attack_id: Texts,
    attack_tag: Texts,
    log_source: Texts,
    fields: Type.Optional(Fields),
  },
  { title: 'RuleRow' },
);

const SigmaPart = Type.Object({
  id: Text,
  author: Text,
  references: Texts,
  licence: Text,
  status: Text,
  level: Text,
  date: Text,
  modified: Text,
  tags: Texts,
  falsePositives: Texts,
  product: orNull(Text),
  category: orNull(Text),
  service: orNull(Text),
  counted: Type.Optional(Type.Array(Type.Object({ id: Text, author: Text, licence: Text }))),
  yaml: Text,
  file: Text,
});
export const FullRule = Type.Object({
  ...LightRule.properties,
  settings: Settings,
  rbac_config: Shares,
  statistics: Statistics,
  gap_list: Type.Array(Gap),
  fields: Fields,
  sigma: orNull(SigmaPart, 'Null of a rule that is no Sigma rule.'),
});

export const RuleActivity = Type.Object({
  days: Type.Array(Type.Number(), { description: 'Beginnings of the days, epoch seconds.' }),
  rows: Type.Array(Type.Object({ id: Text, hits: Type.Array(Count), raised: Type.Array(Count) }), {
    description: 'Rules that did something, with a number for each day.',
  }),
});

export const Coverage = Type.Object({
  attack_version: Text,
  tactics: Type.Array(
    Type.Object({
      tactic: Text,
      techniques: Count,
      covered: Type.Integer({ description: 'Techniques with an active rule.' }),
      rules: Count,
      incidents: Count,
    }),
  ),
  techniques: Type.Array(
    Type.Object({
      attack_id: Text,
      name: Text,
      tactic: Text,
      rules: Type.Array(Type.Object({ id: Text, name: Text, active: Type.Boolean() })),
      active: Count,
      incidents: Count,
    }),
  ),
});

export const NavigatorLayer = Type.Object({
  name: Text,
  versions: Type.Object({ attack: Text, navigator: Text, layer: Text }),
  domain: Text,
  description: Text,
  sorting: Type.Integer(),
  hideDisabled: Type.Boolean(),
  gradient: Type.Object({ colors: Texts, minValue: Type.Number(), maxValue: Type.Number() }),
  techniques: Type.Array(
    Type.Object({
      techniqueID: Text,
      tactic: Type.Optional(Text),
      score: Count,
      enabled: Type.Boolean(),
      comment: Text,
      metadata: Type.Array(Type.Object({ name: Text, value: Text })),
    }),
  ),
});
