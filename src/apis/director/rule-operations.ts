import { Type } from 'typebox';
import { AGGREGATES, RISKS } from '../../rules/alert-rule.ts';
import { CONDITION_OPTIONS } from '../../rules/condition.ts';
import type { JsonObject } from '../../shared/json.ts';
import { missing } from '../http/request-schema.ts';
import {
  anyText,
  flag,
  NoData,
  type Operation,
  operationRow,
  optional,
  PageData,
  text,
  texts,
  whole,
} from './operation.ts';

const Metadata = Type.Array(Type.Object({ field: Type.String(), value: Type.String() }), {
  description: 'Fields that incidents carry along.',
});

/** What a rule may say, with what it must say at creation. */
const RULE_FIELDS = {
  query: optional(anyText('LPQL; empty matches every event.')),
  timerange_minute: optional(whole('Range of the rule; one of the three.')),
  timerange_hour: optional(whole('Range of the rule in hours.')),
  timerange_day: optional(whole('Range of the rule in days.')),
  search_interval_minute: optional(whole('Divides the range.')),
  delay_interval_minute: optional(whole('Wait for late logs.')),
  flush_on_trigger: optional(flag('The next firing uses only newer events.')),
  description: optional(anyText('Shown on incidents.')),
  assigned_to: optional(anyText('Id of the user who gets the incidents; the owner when not given.')),
  manageable_by: optional(texts('Ids of incident user groups.')),
  attack_tag: optional(texts('Hashes or ids of ATT&CK entries; see MitreAttacks/fetch.')),
  log_source: optional(texts('Names of log sources.')),
  metadata: optional(Metadata),
  apply_jinja_template: optional(flag('Whether the template is used.')),
  alert_context_template: optional(anyText('Jinja.')),
  throttling_enabled: optional(flag('A repeated value raises no incident.')),
  throttling_field: optional(anyText('Field whose value is compared.')),
  throttling_time_range: optional(whole('Minutes.')),
  original_data: optional(flag('Kept and shown.')),
};

const CreateRule = Type.Object({
  searchname: text('Name, unique in the logpoint.'),
  owner: text('Id of the owner.'),
  repos: texts('Names or addresses of repos.'),
  limit: whole('Rows that an incident of a plain search shows.'),
  condition_option: text([...CONDITION_OPTIONS, 'equals'].join(', ')),
  condition_value: whole('Rows.'),
  risk: text(RISKS.join(', ')),
  aggregate: text(AGGREGATES.join(', ')),
  ...RULE_FIELDS,
});

const EditRule = Type.Object({
  searchname: optional(text('Name, unique in the logpoint.')),
  repos: optional(texts('Names or addresses of repos.')),
  limit: optional(whole('Rows that an incident of a plain search shows.')),
  condition_option: optional(text([...CONDITION_OPTIONS, 'equals'].join(', '))),
  condition_value: optional(whole('Rows.')),
  risk: optional(text(RISKS.join(', '))),
  aggregate: optional(text(AGGREGATES.join(', '))),
  ...RULE_FIELDS,
});

const RuleFilter = Type.Object({
  ...PageData.properties,
  active: optional(flag('Only active or only inactive rules.')),
  log_source: optional(texts('Names of log sources.')),
  user_id: optional(text('Only rules of this owner; of SharedAlertRules those shared with this user.')),
});

const Grant = { permission: optional(text('READ, EDIT or FULL.')) };
const UserGrants = Type.Array(Type.Object({ user_id: text('Id of a user.'), ...Grant }));
const ShareRule = Type.Object({
  rbac_config: Type.Object(
    {
      group_permissions: optional(
        Type.Array(
          Type.Object({ group_id: text('Id of a user group.'), ...Grant, user_permissions: optional(UserGrants) }),
        ),
      ),
      user_permissions: optional(UserGrants),
    },
    { description: 'With whom the rule is shared from now on, and nobody else.' },
  ),
});
const TransferRule = Type.Object({ userid: text('Id of the new owner.') });
const UseRule = Type.Object({
  userid: text('Id of the user who uses the rule.'),
  repos: optional(texts('Of a vendor rule: names or addresses; default when not given.')),
});
const UploadRules = Type.Object({
  file_name: text('Letters, digits, dot, dash, underscore.'),
  content: text('YAML: rules as samples/rules has them, one or several separated by `---`.'),
});
const SigmaRules = Type.Object({
  yaml: optional(text('One or several Sigma rules, separated by `---`.')),
  files: optional(
    Type.Array(Type.Object({ name: text('Shown in the report.'), content: anyText('YAML.') }), {
      description: 'Files of Sigma rules, at most 1,000.',
    }),
  ),
  beside: optional(
    Type.Array(Type.Object({ name: text('Another one than those of the files.'), content: anyText('YAML.') }), {
      description:
        'With dry_run: files that are taken as imported before and not reported on; with the others at most 1,000.',
    }),
  ),
  owner: text('Id of the owner of new rules.'),
  repos: optional(texts('Names or addresses; default when not given.')),
  activate: optional(flag('Whether new rules run at once; they do when not given.')),
  dry_run: optional(flag('Only tells what would happen.')),
  licence: optional(text('Of rules that name none; DRL-1.1 when not given.')),
});
const Time = Type.Union([Type.Number(), Type.String()], { description: 'Epoch seconds or ISO time.' });
const Backtest = Type.Object({
  rule_id: optional(text('Id of the rule.')),
  rule: optional(Type.Record(Type.String(), Type.Unknown(), { description: 'Or the fields of POST AlertRules.' })),
  from: Time,
  to: Time,
  throttle: optional(
    Type.Object(
      { field: text('Name.'), range_minute: whole('Minutes.') },
      { description: 'Tried instead of its own.' },
    ),
  ),
  exception: optional(
    Type.Object({ query: text('A search expression.') }, { description: 'Tried beside the others.' }),
  ),
});
const Backfill = Type.Object({
  from: Time,
  to: Time,
  notify: optional(flag('Whether the notifications of the rule are sent, too; they are not when not given.')),
});
const DryRun = Type.Object({
  query: text('A search expression.'),
  rule_ids: optional(texts('Ids of alert rules; every rule when not given.')),
  days: optional(whole('Days back from now; 7 when not given.', { minimum: 1, maximum: 400 })),
});
const EXCEPTION_FIELDS = {
  rule_ids: optional(texts('Ids of alert rules; every rule when not given.')),
  expires_at: optional(
    Type.Union([Type.Number(), Type.String(), Type.Null()], {
      description: 'Epoch seconds or ISO time; no end when not given.',
    }),
  ),
  action: optional(text('suppress.')),
};
const NewException = Type.Object({
  name: text('What it is about.'),
  query: text('A search expression; events that satisfy it count for none of the rules.'),
  owner: text('Who answers for it.'),
  reason: text('Why.'),
  ...EXCEPTION_FIELDS,
});
const EditException = Type.Object({
  name: optional(text('What it is about.')),
  query: optional(text('A search expression.')),
  owner: optional(text('Who answers for it.')),
  reason: optional(text('Why.')),
  ...EXCEPTION_FIELDS,
});
const InstallRules = Type.Object({
  owner: text('Id of the owner of the installed rules.'),
  file_location: optional(text('private: an upload (the default); vendor: rules that ship with the program.')),
  file_name: optional(text('Of the upload, or of the vendor rule; without it every vendor rule.')),
  repos: optional(texts('Names or addresses; default when not given.')),
});

const rules = { tag: 'AlertRules', method: 'POST', permission: 'write' } as const;

const fetches = (
  ['MyAlertRules', 'SharedAlertRules', 'UsedAlertRules', 'UsedSharedAlertRules', 'VendorAlertRules'] as const
).map(
  (list): Operation => ({
    tag: 'AlertRules',
    id: `Fetch${list}`,
    summary: `Fetches ${list}.`,
    method: 'POST',
    path: `AlertRules/${list}/fetch`,
    action: `/AlertRules/${list}/fetch`,
    permission: 'read',
    data: RuleFilter,
    input: (data) => ({ data }),
  }),
);

/** One of the three is mandatory. */
function requireRange(data: JsonObject): void {
  const isGiven = ['timerange_minute', 'timerange_hour', 'timerange_day'].some((field) => data[field] !== undefined);
  if (!isGiven) throw missing('timerange_minute');
}

/**
 * Shapes are checked at the door; values (a risk that does not exist, an interval that does not divide the range) are
 * the node's to refuse, in `validationErrors`. Source: contract/director-api.md, sections 1 and 5.
 */
export const ruleOperations: readonly Operation[] = [
  {
    ...rules,
    id: 'CreateAlertRule',
    summary: 'Creates an alert rule.',
    path: 'AlertRules',
    action: '/AlertRules/create',
    data: CreateRule,
    check: requireRange,
    input: (data) => ({ data }),
  },
  {
    ...rules,
    id: 'EditAlertRule',
    summary: 'Changes what is given, keeps the rest.',
    method: 'PUT',
    path: 'AlertRules/:id',
    action: '/AlertRules/edit',
    data: EditRule,
    input: (data, ruleId) => ({ ruleId, data }),
  },
  {
    ...rules,
    id: 'TrashAlertRule',
    summary: 'Removes an alert rule; its incidents stay.',
    method: 'DELETE',
    path: 'AlertRules/:id',
    action: '/AlertRules/trash',
    data: NoData,
    input: (_data, ruleId) => ({ ruleId }),
  },
  {
    ...rules,
    id: 'ActivateAlertRule',
    summary: 'Lets the rule raise incidents.',
    path: 'AlertRules/:id/activate',
    action: '/AlertRules/activate',
    data: NoData,
    input: (_data, ruleId) => ({ ruleId }),
  },
  {
    ...rules,
    id: 'DeactivateAlertRule',
    summary: 'Stops the rule.',
    path: 'AlertRules/:id/deactivate',
    action: '/AlertRules/deactivate',
    data: NoData,
    input: (_data, ruleId) => ({ ruleId }),
  },
  operationRow(
    'ShareAlertRule',
    'Shares the rule with users and groups.',
    'POST AlertRules/:id/share',
    '/AlertRules/share',
    'write',
    ShareRule,
  ),
  operationRow(
    'UnshareAlertRule',
    'Ends sharing; who used the rule uses it no more.',
    'POST AlertRules/:id/unshare',
    '/AlertRules/unshare',
    'write',
  ),
  operationRow(
    'TransferOwnership',
    'Gives the rule to another user.',
    'POST AlertRules/:id/transferOwnership',
    '/AlertRules/transferOwnership',
    'write',
    TransferRule,
  ),
  operationRow(
    'UseAlertRules',
    'Lets a user use a shared or vendor rule, with incidents of his own.',
    'POST AlertRules/:id/useAlertRules',
    '/AlertRules/useAlertRules',
    'write',
    UseRule,
  ),
  operationRow(
    'UploadAlertRules',
    'Keeps a file of rules; nothing runs before it is installed.',
    'POST AlertRules/uploads',
    '/AlertRules/upload',
    'write',
    UploadRules,
  ),
  operationRow(
    'TrashAlertRulesUpload',
    'Removes an uploaded file; rules installed from it stay.',
    'DELETE AlertRules/uploads/:id',
    '/AlertRules/trashUpload',
    'write',
  ),
  operationRow(
    'ImportSigmaRules',
    'Makes alert rules of Sigma rules, or brings those made of them up to date; a row for each says its fate and why.',
    'POST AlertRules/sigma',
    '/AlertRules/sigma',
    'write',
    SigmaRules,
  ),
  operationRow(
    'InstallAlertRules',
    'Makes rules of a file; each that is refused is told in its row.',
    'POST AlertRules/install',
    '/AlertRules/install',
    'write',
    InstallRules,
  ),
  operationRow(
    'BacktestAlertRule',
    'What a rule would have done over a past range, and what a throttling or an exception would leave.',
    'POST AlertRules/backtest',
    '/AlertRules/backtest',
    'read',
    Backtest,
  ),
  operationRow(
    'BackfillAlertRule',
    'Raises the incidents that the rule would have raised over a past range, marked as backfilled.',
    'POST AlertRules/:id/backfill',
    '/AlertRules/backfill',
    'write',
    Backfill,
  ),
  operationRow(
    'DryRunException',
    'What an exception would have taken from the rules of late.',
    'POST Exceptions/dryRun',
    '/Exceptions/dryRun',
    'read',
    DryRun,
  ),
  operationRow(
    'CreateException',
    'Events that rules are not to fire on, with owner, reason and end.',
    'POST Exceptions',
    '/Exceptions/create',
    'write',
    NewException,
  ),
  operationRow(
    'EditException',
    'Changes what is given, keeps the rest.',
    'PUT Exceptions/:id',
    '/Exceptions/edit',
    'write',
    EditException,
  ),
  operationRow('TrashException', 'Ends an exception.', 'DELETE Exceptions/:id', '/Exceptions/trash', 'write'),
  ...fetches,
];
