import { allOf, anyOf } from '../query/join-conditions.ts';
import type { Condition } from '../query/plan.ts';
import { endsWith, hasField, isOneOf, startsWith } from './conditions.ts';

/**
 * Log sources other than Windows. A source is known by its norm id, which a normaliser or the sender gives, or by
 * members that only its records have.
 */
export type Product = {
  readonly condition: Condition;
  /** What tells the events of a service apart among those of the product. */
  readonly services?: ReadonlyMap<string, Condition>;
  /** Categories beside `application` that say no more than the product does. */
  readonly categories?: readonly string[];
  /** Members of its records may be stored under taxonomy names. */
  readonly isCloud?: true;
};

const norm = (...normIds: readonly string[]): Condition => isOneOf('norm_id', normIds);
const ALL: Condition = { kind: 'always' };
const services = (...entries: readonly (readonly [string, Condition])[]): ReadonlyMap<string, Condition> =>
  new Map(entries);

const zeekLog = (log: string): Condition => anyOf([isOneOf('_path', [log]), isOneOf('event_type', [log])]);
const azureRecords = (...types: readonly string[]): Condition =>
  anyOf([isOneOf('event_type', types), isOneOf('event_category', types)]);

export const PRODUCTS: ReadonlyMap<string, Product> = new Map<string, Product>([
  [
    'aws',
    {
      condition: anyOf([
        norm('AWSCloudTrail'),
        allOf([hasField('eventName'), endsWith('eventSource', '.amazonaws.com')]),
      ]),
      services: services(['cloudtrail', ALL]),
    },
  ],
  [
    'azure',
    {
      condition: norm('AzureLogAnalytics', 'MicrosoftAzure'),
      services: services(
        ['activitylogs', norm('MicrosoftAzure')],
        ['auditlogs', azureRecords('AuditLogs')],
        ['signinlogs', azureRecords('SigninLogs')],
        ['riskdetection', azureRecords('RiskDetection', 'UserRiskEvents', 'RiskyUsers')],
        ['pim', azureRecords('PIM', 'PrivilegedIdentityManagement', 'AuditLogs')],
      ),
      isCloud: true,
    },
  ],
  ['bitbucket', { condition: norm('Bitbucket'), services: services(['audit', ALL]) }],
  [
    'cisco',
    {
      condition: startsWith('norm_id', 'Cisco'),
      services: services(['aaa', ALL], ['syslog', ALL], ['bgp', ALL], ['ldp', ALL], ['duo', norm('CiscoDuo')]),
    },
  ],
  ['django', { condition: norm('Django') }],
  ['fortigate', { condition: norm('FortiOS'), services: services(['event', isOneOf('type', ['event'])]) }],
  ['fortios', { condition: norm('FortiOS'), services: services(['sslvpnd', ALL]) }],
  [
    'gcp',
    {
      condition: anyOf([
        norm('GoogleCloud', 'GoogleWorkspace'),
        hasField('protoPayload.serviceName'),
        hasField('gcp.audit.method_name'),
      ]),
      services: services(
        [
          'gcp.audit',
          anyOf([norm('GoogleCloud'), hasField('protoPayload.serviceName'), hasField('gcp.audit.method_name')]),
        ],
        ['google_workspace.admin', norm('GoogleWorkspace')],
        ['google_workspace.login', norm('GoogleWorkspace')],
      ),
    },
  ],
  ['github', { condition: norm('GitHub'), services: services(['audit', ALL]) }],
  ['huawei', { condition: norm('Huawei'), services: services(['bgp', ALL]) }],
  ['juniper', { condition: startsWith('norm_id', 'Juniper'), services: services(['bgp', ALL]) }],
  ['jvm', { condition: norm('JVM', 'Java') }],
  [
    'kubernetes',
    {
      condition: anyOf([norm('Kubernetes'), startsWith('apiVersion', 'audit.k8s.io/')]),
      services: services(['audit', ALL]),
    },
  ],
  [
    'm365',
    {
      condition: norm('Office365'),
      services: services(['audit', ALL], ['exchange', ALL], ['threat_detection', ALL], ['threat_management', ALL]),
      isCloud: true,
    },
  ],
  ['nodejs', { condition: norm('NodeJS') }],
  ['okta', { condition: norm('Okta'), services: services(['okta', ALL]) }],
  ['onelogin', { condition: norm('OneLogin'), services: services(['onelogin.events', ALL]) }],
  ['opencanary', { condition: anyOf([norm('OpenCanary'), allOf([hasField('logtype'), hasField('node_id')])]) }],
  [
    'paloalto',
    {
      condition: startsWith('norm_id', 'PaloAlto'),
      services: services(['globalprotect', ALL]),
      categories: ['appliance', 'file_event'],
    },
  ],
  ['python', { condition: norm('Python') }],
  ['qualys', { condition: norm('Qualys') }],
  ['rpc_firewall', { condition: anyOf([norm('RPCFirewall'), isOneOf('channel', ['RPCFW'])]) }],
  ['ruby_on_rails', { condition: norm('RubyOnRails') }],
  ['spring', { condition: norm('Spring', 'Java') }],
  ['sql', { condition: norm('Database', 'SQL') }],
  ['velocity', { condition: norm('Velocity', 'Java') }],
  [
    'zeek',
    {
      condition: anyOf([norm('Zeek', 'BroIDS'), hasField('_path')]),
      services: new Map(
        ['smb_files', 'http', 'dns', 'dce_rpc', 'x509', 'rdp', 'kerberos', 'conn', 'ssl', 'files', 'notice'].map(
          (log) => [log, zeekLog(log)],
        ),
      ),
    },
  ],
]);

/** In lower case, as everything that is compared in any case. */
const AUDIT_TYPES = [
  'add_user',
  'anom_abend',
  'anom_promiscuous',
  'avc',
  'config_change',
  'cred_acq',
  'cred_disp',
  'cwd',
  'del_user',
  'execve',
  'kern_module',
  'path',
  'proctitle',
  'service_start',
  'service_stop',
  'sockaddr',
  'syscall',
  'tty',
  'user_acct',
  'user_auth',
  'user_chauthtok',
  'user_cmd',
  'user_end',
  'user_login',
  'user_logout',
  'user_start',
  'user_tty',
];

export const linuxAudit: Condition = anyOf([
  norm('LinuxAudit', 'Auditd'),
  isOneOf('program', ['audispd', 'audisp-syslog', 'audit', 'auditd']),
  allOf([
    isOneOf('type', AUDIT_TYPES),
    anyOf([hasField('pid'), hasField('ses'), hasField('auid'), hasField('a0'), hasField('name')]),
  ]),
]);

/** Every event of a Linux machine: what came by syslog or is an audit record. */
export const linuxEvents: Condition = anyOf([norm('Unix'), hasField('program'), linuxAudit]);

const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  auth: ['login', 'sshd', 'sshd-session', 'su', 'sudo', 'systemd-logind'],
  clamav: ['clamav', 'clamd', 'clamdscan', 'clamscan', 'freshclam'],
  cron: ['anacron', 'cron', 'crond', 'crontab'],
  guacamole: ['guacamole', 'guacd'],
  sshd: ['sshd', 'sshd-session'],
  sudo: ['sudo'],
  vsftpd: ['vsftpd'],
};

/** Services of Linux by the programs that write their messages; `syslog` is every program. */
export const LINUX_PROGRAMS: ReadonlyMap<string, Condition> = new Map([
  ...Object.entries(PROGRAMS).map(([service, programs]) => [service, isOneOf('program', programs)] as const),
  ['syslog', hasField('program')],
]);

type FieldTable = ReadonlyMap<string, readonly string[]>;

/** Names of audit records beside their own. */
export const LINUX_FIELDS: FieldTable = new Map<string, readonly string[]>([
  ['type', ['event_type']],
  ['exe', ['path']],
  ['cwd', ['path']],
  ['name', ['path']],
  ['comm', ['command']],
  ['proctitle', ['command']],
  ['auid', ['audit_user_id']],
  ['acct', ['user']],
  ['res', ['status']],
  ['addr', ['source_address']],
  ['SYSCALL', ['syscall']],
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => [`a${i}`, [`argument${i}`]] as const),
]);

/** W3C names of web servers' logs. */
export const WEB_FIELDS: FieldTable = new Map([
  ['cs-method', ['request_method']],
  ['cs-uri', ['url']],
  ['cs-uri-stem', ['url']],
  ['cs-uri-query', ['url']],
  ['cs-user-agent', ['user_agent']],
  ['cs-username', ['user']],
  ['cs-referer', ['referer']],
  ['cs-referrer', ['referer']],
  ['cs-host', ['domain']],
  ['c-ip', ['source_address']],
  ['sc-status', ['status_code']],
  ['sc-bytes', ['sent_datasize']],
]);

export const PROXY_FIELDS: FieldTable = new Map([
  ...WEB_FIELDS,
  ['c-uri', ['url']],
  ['c-uri-extension', ['file_extension']],
  ['c-uri-query', ['url']],
  ['c-useragent', ['user_agent']],
  ['cs-cookie', ['cookie']],
  ['cs-bytes', ['received_datasize']],
  ['cs-host', ['domain', 'destination_host']],
  ['r-dns', ['destination_host', 'domain']],
  ['dst_ip', ['destination_address']],
  ['src_ip', ['source_address']],
]);
