/**
 * Names of fields: from what Windows and Sigma call them to what an event stores.
 *
 * The normaliser asks `windowsFieldNames` for the table of one kind of event; the query planner asks `fieldAliases`
 * under which names a field that a query names by its original name may be stored.
 * Source: contract/query-language.md, sections 5.1 to 5.3, and the names in queries that the vendor's converter writes.
 */
type Names = Readonly<Record<string, string>>;

/** Every Windows event, whatever its channel. */
const WINDOWS: Names = {
  EventID: 'event_id',
  EventId: 'event_id',
  Channel: 'channel',
  Computer: 'host',
  Hostname: 'host',
  MachineName: 'host',
  Provider_Name: 'event_source',
  SourceName: 'event_source',
  ProviderName: 'event_source',
  EventRecordID: 'record_id',
  RecordNumber: 'record_id',
  RecordId: 'record_id',
  UtcTime: 'utc_ts',
  EventType: 'event_type',
  Level: 'level',
  Keywords: 'keywords',
  Task: 'task_id',
  Message: 'message',
  User: 'user',
  CommandLine: 'command',
  OriginalFileName: 'file',
  CurrentDirectory: 'path',
  Company: 'vendor',
  Product: 'application',
  Description: 'message',
  MD5: 'hash',
  SHA1: 'hash_sha1',
  SHA256: 'hash_sha256',
  IMPHASH: 'hash_import',
  Imphash: 'hash_import',
  SourceIp: 'source_address',
  DestinationIp: 'destination_address',
  SourcePort: 'source_port',
  DestinationPort: 'destination_port',
  SourceHostname: 'source_host',
  DestinationHostname: 'destination_host',
  WorkstationName: 'workstation',
  Workstation: 'workstation',
  Status: 'status_code',
  SubStatus: 'sub_status_code',
  LogonType: 'logon_type',
  IpAddress: 'source_address',
  IpPort: 'source_port',
  ServiceName: 'service',
  PipeName: 'pipe',
  ScriptBlockText: 'script_block',
  QueryName: 'query',
  ProcessName: 'process',
  ProcessId: 'process_id',
  ProcessID: 'process_id',
  ProcessGuid: 'process_guid',
  ProcessGUID: 'process_guid',
};

const SYSMON: Names = {
  Image: 'process',
  ParentImage: 'parent_process',
  ParentCommandLine: 'parent_command',
  ParentProcessId: 'parent_process_id',
  ParentProcessGuid: 'parent_process_guid',
  ParentUser: 'parent_user',
  ImageLoaded: 'image',
  SourceImage: 'process',
  TargetImage: 'image',
  SourceProcessGUID: 'process_guid',
  SourceProcessGuid: 'process_guid',
  SourceProcessId: 'process_id',
  TargetProcessGUID: 'target_process_guid',
  TargetFilename: 'target_file',
  TargetObject: 'target_object',
  Details: 'detail',
  GrantedAccess: 'access',
  CallTrace: 'call_trace',
  Initiated: 'is_initiated',
  Signed: 'is_signed',
  SignatureStatus: 'status',
  QueryStatus: 'status_code',
  QueryResults: 'query_result',
  Hash: 'hash',
  CreationUtcTime: 'creation_ts',
  PreviousCreationUtcTime: 'previous_creation_ts',
  Destination: 'destination_address',
  RuleName: 'rule',
};

/** `Image` is the program that did it, which some Sysmon labels keep apart from the program it was done to. */
const SYSMON_BY_EVENT: Readonly<Record<string, Names>> = {
  '2': { Image: 'source_image' },
  '9': { Image: 'image' },
  '15': { Image: 'source_image' },
  '17': { Image: 'source_image' },
  '18': { Image: 'source_image' },
};

const SECURITY: Names = {
  SubjectUserName: 'user',
  SubjectDomainName: 'domain',
  SubjectUserSid: 'user_id',
  SubjectLogonId: 'logon_id',
  TargetUserName: 'target_user',
  TargetDomainName: 'target_domain',
  TargetUserSid: 'target_id',
  TargetSid: 'target_id',
  TargetLogonId: 'target_logon_id',
  AuthenticationPackageName: 'package',
  LogonProcessName: 'logon_process',
  NewProcessName: 'process',
  NewProcessId: 'process_id',
  Image: 'process',
  ParentProcessName: 'parent_process',
  ParentImage: 'parent_process',
  CallerProcessName: 'process',
  CallerProcessId: 'process_id',
  AccessList: 'access',
  ShareName: 'share_name',
  RelativeTargetName: 'relative_target',
  PrivilegeList: 'privilege',
  AttributeLDAPDisplayName: 'ldap_display',
  ObjectClass: 'class',
  ObjectDN: 'object',
  ObjectValueName: 'object_value',
  ServiceFileName: 'file',
  ServiceStartType: 'start_type',
  ServiceType: 'object_type',
  TaskName: 'task',
  TaskContentNew: 'content',
  AuditPolicyChanges: 'policy',
  SubcategoryGuid: 'sub_category_guid',
  TicketEncryptionType: 'encryption_type',
  TicketOptions: 'ticket_option',
  PreAuthType: 'pre_authentication_type',
  CertThumbprint: 'certificate_hash',
  AdditionalInfo: 'additional_information',
  TargetName: 'target',
  MemberName: 'member',
  MemberSid: 'member_id',
  NewTargetUserName: 'new_user',
  OldTargetUserName: 'target_user',
  SourceAddress: 'source_address',
  DestAddress: 'destination_address',
  DestPort: 'destination_port',
  FilterName: 'filter',
  LayerRTID: 'layer_id',
  ClassName: 'class',
  ClientProcessId: 'process_id',
  FileName: 'file',
  ElevatedToken: 'elevated_token',
};

/** The account that logs on (or fails to) is the user; who asked for it is the caller. */
const LOGON: Names = {
  TargetUserName: 'user',
  TargetDomainName: 'domain',
  TargetUserSid: 'user_id',
  TargetSid: 'user_id',
  TargetLogonId: 'logon_id',
  SubjectUserName: 'caller_user',
  SubjectDomainName: 'caller_domain',
  SubjectUserSid: 'caller_id',
  SubjectLogonId: 'caller_logon_id',
};
/** 4688: the started program is the process, the one that started it its parent. */
const PROCESS_CREATED: Names = {
  ProcessId: 'parent_process_id',
  ProcessName: 'parent_process',
  SubjectLogonId: 'logon_id',
};
/** Changes of groups: the object of the change is the group. */
const GROUP_CHANGED: Names = { TargetUserName: 'group', TargetDomainName: 'group_domain', TargetSid: 'group_id' };
const PRIVILEGED_OBJECT: Names = { ObjectName: 'object' };

const LOGON_EVENTS = [4624, 4625, 4634, 4647, 4740, 4767, 4768, 4769, 4770, 4771, 4772, 4773, 4774, 4775, 4776, 4777];
const GROUP_EVENTS = [4727, 4728, 4729, 4730, 4731, 4732, 4733, 4734, 4735, 4737, 4754, 4755, 4756, 4757, 4758, 4799];

const SECURITY_BY_EVENT: Readonly<Record<string, Names>> = {
  ...Object.fromEntries(LOGON_EVENTS.map((id) => [String(id), LOGON])),
  ...Object.fromEntries(GROUP_EVENTS.map((id) => [String(id), GROUP_CHANGED])),
  '4661': PRIVILEGED_OBJECT,
  '4673': { Service: 'service' },
  '4674': PRIVILEGED_OBJECT,
  '4688': PROCESS_CREATED,
  '4741': { TargetUserName: 'computer' },
  '4742': { TargetUserName: 'computer' },
  '4743': { TargetUserName: 'computer' },
};

/** Channels other than Security and Sysmon, by lower-case channel name. */
const BY_CHANNEL: Readonly<Record<string, Names>> = {
  system: {
    ImagePath: 'path',
    AccountName: 'user',
    Binary: 'event_data',
    ServiceType: 'object_type',
    StartType: 'start_type',
  },
  application: { AppName: 'application', Binary: 'event_data' },
  'windows powershell': { Data: 'data' },
  'microsoft-windows-smbserver/connectivity': { ClientAddress: 'source_address' },
  'microsoft-windows-ntlm/operational': { UserName: 'user', DomainName: 'domain' },
};

/** Azure and Office 365 records, by the names their exports use. */
const CLOUD: Names = {
  CategoryValue: 'event_category',
  Category: 'event_category',
  ResourceProviderValue: 'resource',
  ResourceId: 'resource_id',
  OperationNameValue: 'operation',
  OperationName: 'operation',
  operationName: 'operation',
  Operation: 'operation',
  userAgent: 'user_agent',
  ResultType: 'result_type',
  ResultStatus: 'status',
  Workload: 'application',
  LoggedByService: 'service',
  ActivityDisplayName: 'activity',
  UserId: 'user',
  ClientIP: 'source_address',
  IPAddress: 'source_address',
};

/** Linux auditd records. */
const AUDITD: Names = {
  type: 'event_type',
  exe: 'path',
  cwd: 'path',
  name: 'path',
  comm: 'command',
  proctitle: 'command',
  auid: 'audit_user_id',
  a0: 'argument0',
  a1: 'argument1',
  a2: 'argument2',
  a3: 'argument3',
  a4: 'argument4',
  a5: 'argument5',
  acct: 'user',
  res: 'status',
  addr: 'source_address',
  SYSCALL: 'syscall',
};

/** Older public queries use these names for what is stored under the names of section 5.3. */
const OLD_NAMES: Names = { parent_image: 'parent_process', command_line: 'command', computer_name: 'host' };

export type WindowsNormId = 'WindowsSysmon' | 'WinServer';

const tables = new Map<string, ReadonlyMap<string, string>>();
/** Event ids are a small set; a stream of made-up ones must not fill the memory. */
const TABLES_MAX = 4096;

/** Original name → stored name for one kind of Windows event; what it does not name is stored as `snakeCase(name)`. */
export function windowsFieldNames(
  normId: WindowsNormId,
  channel: string,
  eventId: string,
): ReadonlyMap<string, string> {
  const key = `${normId}\n${channel}\n${eventId}`;
  const known = tables.get(key);
  if (known !== undefined) return known;
  const lowerChannel = channel.toLowerCase();
  const parts: Names[] = [WINDOWS];
  if (normId === 'WindowsSysmon') parts.push(SYSMON, SYSMON_BY_EVENT[eventId] ?? {});
  else if (lowerChannel === 'security') parts.push(SECURITY, SECURITY_BY_EVENT[eventId] ?? {});
  else parts.push(BY_CHANNEL[lowerChannel] ?? {});
  const table = new Map(Object.entries(Object.assign({}, ...parts) as Names));
  if (tables.size < TABLES_MAX) tables.set(key, table);
  return table;
}

/**
 * One kind of Windows event as far as names of fields depend on it. `channel` (lower case) null is every channel without
 * a table of its own, `eventIds` null every event of the channel that no other shape names.
 */
export type WindowsShape = {
  readonly normId: WindowsNormId;
  readonly channel: string | null;
  readonly eventIds: readonly string[] | null;
};

/** All shapes of Windows events: each event has exactly one. */
export const windowsShapes: readonly WindowsShape[] = [
  ...shapesOf('WindowsSysmon', null, SYSMON_BY_EVENT),
  ...shapesOf('WinServer', 'security', SECURITY_BY_EVENT),
  ...Object.keys(BY_CHANNEL).map((channel) => ({ normId: 'WinServer', channel, eventIds: null }) as const),
  { normId: 'WinServer', channel: null, eventIds: null },
];

function shapesOf(
  normId: WindowsNormId,
  channel: string | null,
  byEvent: Readonly<Record<string, Names>>,
): readonly WindowsShape[] {
  const idsOf = new Map<Names, string[]>();
  for (const [eventId, names] of Object.entries(byEvent)) {
    const ids = idsOf.get(names);
    if (ids === undefined) idsOf.set(names, [eventId]);
    else ids.push(eventId);
  }
  return [...idsOf.values(), null].map((eventIds) => ({ normId, channel, eventIds }));
}

/** Members of Windows events that mean something else than the field of that name. */
const WINDOWS_RENAMED = new Map([
  ['TimeCreated', 'event_ts'],
  ['@timestamp', 'collector_ts'],
  ['type', 'collector_type'],
  ['tags', 'collector_tags'],
  // `source_name` says where the event came in.
  ['SourceName', 'event_source_name'],
]);

/** The name under which a Windows event stores a field that its table does not name. */
export const plainWindowsName = (key: string): string =>
  WINDOWS_RENAMED.get(key) ??
  (snakeCase(key)
    .replaceAll(/[\s:]+/g, '_')
    .replace(/_$/, '') ||
    key);

export const cloudFieldNames: ReadonlyMap<string, string> = new Map(Object.entries(CLOUD));
export const auditdFieldNames: ReadonlyMap<string, string> = new Map(Object.entries(AUDITD));

/** `ParentCommandLine` → `parent_command_line`, `DestinationIsIpv6` → `destination_is_ipv6`; dots and other marks stay. */
export function snakeCase(name: string): string {
  if (!/[A-Z]/.test(name)) return name;
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .replace(/([._\s-])_/g, '$1')
    .toLowerCase();
}

const aliases = buildAliases();

/**
 * The names under which a field may be stored that is not stored under `name` itself, most usual first; empty when
 * `name` is a stored name. An original name (`TargetUserName`) may have several, as its meaning depends on the event.
 */
export function fieldAliases(name: string): readonly string[] {
  const known = aliases.get(name);
  if (known !== undefined) return known;
  const snake = snakeCase(name);
  return snake === name ? [] : [snake];
}

function buildAliases(): ReadonlyMap<string, readonly string[]> {
  const all = new Map<string, string[]>();
  const tablesInOrder: readonly Names[] = [
    WINDOWS,
    SYSMON,
    ...Object.values(SYSMON_BY_EVENT),
    SECURITY,
    LOGON,
    GROUP_CHANGED,
    ...Object.values(SECURITY_BY_EVENT),
    ...Object.values(BY_CHANNEL),
    CLOUD,
    AUDITD,
    OLD_NAMES,
  ];
  for (const table of tablesInOrder) {
    for (const [original, stored] of Object.entries(table)) {
      // `name`, `type`, `path`, … are stored names of their own: only names that nothing is stored under are aliases.
      if (table === AUDITD && original !== 'SYSCALL') continue;
      const list = all.get(original);
      if (list === undefined) all.set(original, [stored]);
      else if (!list.includes(stored)) list.push(stored);
    }
  }
  // An event outside the scope of a table stores the same field under its plain snake-case name.
  for (const [original, list] of all) {
    const snake = snakeCase(original);
    if (snake !== original && !list.includes(snake)) list.push(snake);
  }
  return all;
}
