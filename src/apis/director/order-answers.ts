import { type TSchema, Type } from 'typebox';
import { StringEnum } from '../http/envelope.ts';
import { FetchedIncident, SlaPolicyAnswer } from './incident-schemas.ts';
import { RepoPath } from './machine-routes.ts';
import {
  AttackRow,
  ExceptionRow,
  IncidentUserGroupRow,
  LabelPackageRow,
  ListRow,
  LogSourceRow,
  orNull,
  PermissionGroupRow,
  RepoRow,
  TableRow,
  UploadRow,
  UserGroupRow,
  UserRow,
} from './row-schemas.ts';
import { FetchedRule } from './rule-schemas.ts';

// What the `response` of an order holds when it has ended with success. The schemas are open: an answer may say more.

const open = (properties: Record<string, TSchema>): TSchema =>
  Type.Object({ success: Type.Literal(true), ...properties }, { additionalProperties: true });

const Text = Type.String();
const Count = Type.Integer({ minimum: 0 });
const message = Type.String({ description: 'What was done, for people.' });
const id = Type.String({ description: 'Id of the object that it is about.' });
const nextCursor = Type.Optional(Type.String({ description: '`cursor` of the next page; absent on the last one.' }));
const version = Type.Integer({ description: 'Grows with each change.' });

const Done = open({ message });
const About = open({ message, id });
const Versioned = open({ message, id, version });
const OfRule = { message, id, alertrule_id: Text };
const RuleDone = open(OfRule);

const pageOf = (row: TSchema): TSchema =>
  open({
    rows: Type.Array(row),
    next_cursor: nextCursor,
    total: Type.Optional(Type.Integer({ description: 'Rows of all pages, when asked for.' })),
    message: Type.Optional(Type.String({ description: 'Why the answer was cut.' })),
  });
const Events = Type.Array(
  Type.Record(Type.String(), Type.Unknown(), { description: 'The fields that the event has.' }),
);

const Refused = Type.Array(
  Type.Object({
    id: Type.String({ description: 'As it was named, or the id.' }),
    number: orNull(Text, 'Such as INC-7.'),
    message: Type.String({ description: 'Why.' }),
  }),
  { description: 'Incidents that stay as they were, the first of them.' },
);
const CHANGED = {
  message,
  done: Type.Integer({ description: 'Incidents that are changed.' }),
  refused: Refused,
  refused_count: Count,
};

const Diagnostic = Type.Object({
  severity: Text,
  message: Text,
  start: Count,
  end: Count,
  line: Count,
  column: Count,
  seen: orNull(Text),
  expected: orNull(Text),
  suggestion: orNull(Text),
  text: Text,
});
const QueryInfo = Type.Object({
  success: Type.Boolean(),
  query_type: Text,
  query_filter: Text,
  fieldsToExtract: Type.Array(Text),
  lucene_query: Type.Null(),
  aliases: Type.Array(Text),
  columns: Type.Array(Text),
  grouping: Type.Array(Text),
});
const Cut = orNull(Type.Object({ reason: Text, reached_at: Type.Optional(Type.Number()) }), 'What was not looked at.');
const Played = { incidents: Count, hits: Count, suppressed: Count, throttled: Count, cut: Cut };
const Written = Type.Object({
  to: StringEnum(['list', 'table'] as const),
  name: Text,
  columns: Type.Array(Text),
  entries: Type.Array(Type.Array(Text)),
  kept: Type.Boolean(),
  message: Type.Optional(Text),
});
const ImportedRule = Type.Object({
  file: Text,
  rule_id: Type.String({ description: 'As the document names itself.' }),
  title: Text,
  kind: Text,
  fate: StringEnum(['imported', 'updated', 'unchanged', 'refused'] as const),
  reason: Text,
  warnings: Type.Array(Text),
  id: orNull(Text, 'Of the alert rule.'),
});
const UploadedRule = Type.Object({
  success: Type.Boolean(),
  name: Type.Optional(Text),
  message: Type.Optional(Type.String({ description: 'Why it is no rule.' })),
});
const InstalledRule = Type.Object({
  file_name: Text,
  ...UploadedRule.properties,
  id: Type.Optional(Text),
  alertrule_id: Type.Optional(Text),
  validationErrors: Type.Optional(
    Type.Object({}, { additionalProperties: Type.Array(Text), description: 'By field.' }),
  ),
});

const BY_OPERATION: Readonly<Record<string, TSchema>> = {
  BulkChange: open({ ...CHANGED, bulk_id: Type.String({ description: 'For undo.' }) }),
  UndoBulkChange: open(CHANGED),
  Close: open({ message, audit_data: Type.Array(Type.Object({ action: Text, document: Text })) }),
  CreateIncident: open({ message, id, incident_id: Text }),
  CreateIncidentUserGroup: open({ message, ids: Type.Array(Text) }),
  CreateRepo: open({ message, id, address: Text }),
  CreateException: open({ message, ...ExceptionRow.properties }),
  EditException: open({ message, ...ExceptionRow.properties }),
  EditSlaPolicy: open({ message, policy: SlaPolicyAnswer }),
  ValidateQuery: open({
    valid: Type.Boolean(),
    rows: Type.Array(Diagnostic),
    rule_mode: orNull(Text),
    query_info: orNull(QueryInfo),
  }),
  ImportSigmaRules: open({
    message,
    imported: Count,
    updated: Count,
    unchanged: Count,
    refused: Count,
    narrowed: Type.Integer({ description: 'Stored rules that a filter changed.' }),
    dry_run: Type.Boolean(),
    rows: Type.Array(ImportedRule),
  }),
  InstallAlertRules: open({ message, installed: Count, failed: Count, rows: Type.Array(InstalledRule) }),
  UploadAlertRules: open({ message, ...UploadRow.properties, rows: Type.Array(UploadedRule) }),
  BacktestAlertRule: open({
    ...Played,
    rule: Type.Object({ id: Text, name: Text, mode: Text, author: Text, licence: Text }),
    per_day: Type.Array(Type.Object({ day: Text, hits: Count, incidents: Count })),
    noisiest: Type.Array(Type.Object({ field: Text, value: Text, count: Count })),
    without_exceptions: Type.Object(Played),
    as_is: Type.Object(Played),
    from: Type.Number(),
    to: Type.Number(),
  }),
  FetchLogs: open({
    rows: Events,
    query_type: Text,
    is_cut: Type.Boolean(),
    message: Type.Optional(Type.String({ description: 'Why the answer was cut.' })),
    written: Type.Optional(Type.Array(Written)),
  }),
  FetchIncidentData: open({
    rows: Events,
    is_fresh: Type.Optional(Type.Boolean({ description: 'False when events of its range may still be missing.' })),
    message: Type.Optional(Text),
  }),
  DryRunException: open({
    events: Type.Integer({ description: 'Looked at.' }),
    hits: Type.Integer({ description: 'Matches that it would have taken.' }),
    rules: Count,
    by_rule: Type.Array(Type.Object({ id: Text, name: Text, matches: Count })),
    cut: Cut,
    from: Type.Number(),
    to: Type.Number(),
  }),
};

/** Rows of the fetches. */
const FETCHED: Readonly<Record<string, TSchema>> = {
  FetchIncidents: FetchedIncident,
  FetchUsers: UserRow,
  FetchUserGroups: UserGroupRow,
  FetchPermissionGroups: PermissionGroupRow,
  FetchIncidentUserGroups: IncidentUserGroupRow,
  FetchLists: ListRow,
  FetchLabelPackages: LabelPackageRow,
  FetchLogSources: LogSourceRow,
  FetchRepos: RepoRow,
  FetchRemoteRepos: RepoRow,
  FetchRepoPaths: RepoPath,
  FetchTables: TableRow,
  FetchMitreAttacks: AttackRow,
  FetchMyAlertRules: FetchedRule,
  FetchSharedAlertRules: FetchedRule,
  FetchUsedAlertRules: FetchedRule,
  FetchUsedSharedAlertRules: FetchedRule,
  FetchVendorAlertRules: FetchedRule,
};

const MORE: Readonly<Record<string, Record<string, TSchema>>> = {
  BackfillAlertRule: { raised: Count, repeated: Count, cut: orNull(Text, 'What is missing.') },
  ReportAnomaly: { id, incident_id: Text, risk: Text },
  ResendNotifications: { resent: Count, left: Count },
  TestNotification: { delivery_id: Text },
  TestSystemSettingsSMTP: { answer: Type.String({ description: 'What the mail server said.' }) },
  TrashUser: {
    alert_rules_transferred: Type.Optional(Count),
    incidents_reassigned: Type.Optional(Count),
    alert_rules_trashed: Type.Optional(Count),
    incidents_left: Type.Optional(Count),
  },
  RefreshUsers: { total: Count },
  RefreshUserGroups: { total: Count },
  RefreshLogSources: { total: Count },
  ShareAlertRule: { id, alertrule_id: Text, uses_ended: Count },
  UnshareAlertRule: { id, alertrule_id: Text, uses_ended: Count },
};
/** Orders that answer the ids of the rule. */
const OF_RULE = [
  ...['CreateAlertRule', 'EditAlertRule', 'TrashAlertRule', 'ActivateAlertRule', 'DeactivateAlertRule'],
  ...['TransferOwnership', 'UseAlertRules'],
];
const VERSIONED = ['CreateList', 'EditList', 'TrashList', 'CreateLabelPackage', 'EditLabelPackage'];
/** Orders that answer the id of what they made or changed. */
const ABOUT = [
  ...['CreateUser', 'EditUser', 'CreateUserGroup', 'EditUserGroup', 'CreatePermissionGroup', 'EditPermissionGroup'],
  ...['CreateLogSource', 'EditLogSource', 'EditRepo', 'CreateSavedFilter', 'EditSavedFilter', 'TrashException'],
  ...['MergeIncidents', 'UnmergeIncidents', 'TrashLabelPackage', 'TrashTable'],
  ...['SaveSystemSettingsGeneral', 'EditSystemSettingsGeneral', 'SaveSystemSettingsSMTP', 'EditSystemSettingsSMTP'],
];

/** The schema of the `response` of an order of this operation. */
export function orderAnswer(operationId: string): TSchema {
  const own = BY_OPERATION[operationId];
  if (own !== undefined) return own;
  const more = MORE[operationId];
  if (more !== undefined) return open({ message, ...more });
  const row = FETCHED[operationId];
  if (row !== undefined) return pageOf(row);
  if (OF_RULE.includes(operationId)) return RuleDone;
  if (VERSIONED.includes(operationId)) return Versioned;
  return ABOUT.includes(operationId) ? About : Done;
}
