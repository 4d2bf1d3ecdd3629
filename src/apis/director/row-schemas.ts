import { type TSchema, Type } from 'typebox';
import { ROLES } from '../../accounts/actor.ts';
import { StringEnum } from '../http/envelope.ts';

// Rows of the resources that are neither incidents nor rules, as lists, reads and fetches show them.

export const orNull = (schema: TSchema, description?: string): TSchema =>
  Type.Union([schema, Type.Null()], description === undefined ? {} : { description });
const Id = Type.String({ description: 'Object id.' });
const Text = Type.String();
const Texts = Type.Array(Text);
const Count = Type.Integer({ minimum: 0 });
const Seconds = Type.Number({ description: 'Epoch seconds.' });
const Iso = orNull(Text, 'ISO, UTC.');
const Tid = Type.String({ description: 'Always empty.' });

export const UserRow = Type.Object(
  {
    active: Type.Boolean(),
    email: Text,
    failed_login_count: Count,
    firstname: Text,
    lastname: Text,
    fullname: Text,
    id: Id,
    last_login: orNull(Type.Integer(), 'Epoch seconds; null before the first login.'),
    locked: Type.Boolean(),
    timezone: Text,
    usergroup: Type.Array(Text, { description: 'Ids of user groups.' }),
    username: Text,
    tid: Tid,
  },
  { title: 'User' },
);
export const UserGroupRow = Type.Object(
  {
    id: Id,
    name: Text,
    description: Text,
    lpadmin: Type.Boolean(),
    useradmin: Type.Boolean(),
    users: Type.Array(Text, { description: 'Ids of members.' }),
    roles: Type.String({ description: 'Id of the permission group; empty without one.' }),
    tid: Tid,
  },
  { title: 'UserGroup' },
);
export const PermissionGroupRow = Type.Object(
  {
    id: Id,
    name: Text,
    description: Text,
    permissions: Type.Array(Type.Object({ entity: Text, permission: Text })),
    repos: orNull(Texts, 'Names that a search reaches; null = every one.'),
    devices: orNull(Texts, 'Addresses or networks; null = every one.'),
    built_in: Type.Boolean(),
    tid: Tid,
  },
  { title: 'PermissionGroup' },
);
export const IncidentUserGroupRow = Type.Object(
  {
    id: Id,
    name: Text,
    tid: Tid,
    user: Tid,
    usergroup: Type.String({ description: 'Id of the user group.' }),
    users: Type.Array(Type.Object({ id: Id, name: Text })),
  },
  { title: 'IncidentUserGroup' },
);
export const LogSourceRow = Type.Object(
  { id: Id, name: Text, description: Text, hosts: Texts, tid: Tid },
  { title: 'LogSource' },
);
export const RepoRow = Type.Object(
  {
    id: Id,
    name: Text,
    address: Type.String({ description: 'ip:port/name.' }),
    retention: Type.Integer({ description: 'Days.' }),
    built_in: Type.Boolean(),
  },
  { title: 'Repo' },
);
export const ListRow = Type.Object(
  {
    id: Id,
    name: Text,
    type: StringEnum(['static', 'dynamic'] as const),
    description: Text,
    items: Texts,
    age_limit: orNull(Type.Integer(), 'Seconds that a value of a dynamic list lives; null = for ever.'),
    version: Count,
    created_at: Seconds,
    updated_at: Seconds,
  },
  { title: 'List' },
);
export const LabelPackageRow = Type.Object(
  {
    id: Id,
    name: Text,
    active: Type.Boolean(),
    version: Count,
    definitions: Type.Array(Type.Object({ query: Text, labels: Texts })),
    created_at: Seconds,
    updated_at: Seconds,
  },
  { title: 'LabelPackage' },
);
export const TableRow = Type.Object(
  {
    id: Id,
    name: Text,
    columns: Texts,
    rows_count: Count,
    version: Count,
    created_at: Seconds,
    updated_at: Seconds,
  },
  { title: 'Table' },
);
export const AttackRow = Type.Object(
  {
    attack_id: Type.String({ description: 'Such as T1003.001.' }),
    attack_category: Type.String({ description: 'Name of the tactic.' }),
    attack_tag: Type.String({ description: 'Name of the technique.' }),
    description: Text,
    url: Text,
    version: Text,
    grouping: Text,
    attack_framework: Text,
    hash: Type.String({ description: 'What rules name.' }),
    id: Id,
  },
  { title: 'AttackTechnique' },
);
export const GeneralRow = Type.Object(
  {
    id: Id,
    logpoint_name: Text,
    identifier: Text,
    timezone: Text,
    timestamp_on: Text,
    enable_soar: Type.Boolean(),
  },
  { title: 'GeneralSettings' },
);
export const SmtpRow = Type.Object(
  {
    id: Id,
    login_required: Type.Boolean(),
    smtp_port: Type.Integer(),
    smtp_security: Text,
    smtp_sender_email: Text,
    smtp_sender_name: Text,
    smtp_server: Text,
    smtp_username: Text,
    username_in_email_field: Text,
    password_set: Type.Boolean(),
  },
  { title: 'SmtpSettings' },
);
export const UploadRow = Type.Object(
  {
    id: Id,
    file_name: Text,
    file_location: Text,
    size: Type.Integer({ description: 'Characters.' }),
    rules: Count,
    uploaded_at: Seconds,
    uploaded_by: Text,
  },
  { title: 'RuleUpload' },
);
export const ExceptionRow = Type.Object(
  {
    id: Id,
    name: Text,
    rule_ids: orNull(Texts, 'Null = all rules.'),
    query: Text,
    owner: Type.String({ description: 'Id of the user.' }),
    reason: Text,
    expires_at: orNull(Type.Number(), 'Epoch seconds; null = never.'),
    expired: Type.Boolean(),
    action: Text,
    suppressed: Type.Integer({ description: 'Hits that it took.' }),
    last_suppressed_at: orNull(Type.Number(), 'Epoch seconds.'),
    created_at: Seconds,
    updated_at: Seconds,
  },
  { title: 'Exception' },
);
export const TokenRow = Type.Object(
  {
    id: Text,
    name: Text,
    identifier: Text,
    always_active: Type.Boolean(),
    role: StringEnum(ROLES),
    pools: orNull(Texts, 'Ids; null = every pool.'),
    created_at: Iso,
    expires_at: Iso,
    last_used_at: Iso,
    revoked_at: Iso,
    revoked_reason: orNull(Text),
  },
  { title: 'Token' },
);
export const IssuedToken = Type.Object(
  {
    token: Type.String({ description: 'Shown this once.' }),
    secret_key: Type.String({ description: 'Buys a new pair once; shown this once.' }),
    expires_at: Iso,
    id: Text,
  },
  { title: 'IssuedToken' },
);
