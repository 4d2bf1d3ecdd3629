import { isIP } from 'node:net';
import {
  type Codec,
  integer,
  listOf,
  oneOf,
  onOff,
  optionalInteger,
  optionalText,
  optionalUrl,
  text,
} from './codec.ts';

export type Option<T> = {
  readonly codec: Codec<T>;
  readonly default: T;
  /** Unit of the value, empty for what has none. */
  readonly unit: string;
  /** One line of documentation. */
  readonly doc: string;
  /** The value never appears in a message, a log line or the documentation. */
  readonly secret?: true;
};

const option = <T>(codec: Codec<T>, fallback: T, unit: string, doc: string): Option<T> => ({
  codec,
  default: fallback,
  unit,
  doc,
});

const MIB = 1024 * 1024;

/** An address or a network: `10.0.0.0/8`, `::1`, `192.0.2.7`. */
function isCidr(part: string): boolean {
  const [address = '', bits, ...rest] = part.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  if (bits === undefined) return true;
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128);
}

/** `name=<logpoint identifier>`. */
function isDoor(part: string, isName: (name: string) => boolean): boolean {
  const [name = '', id = '', ...rest] = part.split('=');
  return rest.length === 0 && /^[0-9a-f]{32}$/i.test(id) && isName(name);
}
const isHostDoor = (part: string): boolean => isDoor(part, (name) => /^[a-z0-9.-]{1,253}$/i.test(name));
const isPortDoor = (part: string): boolean =>
  isDoor(part, (name) => /^\d{1,5}$/.test(name) && Number(name) >= 1 && Number(name) <= 65_535);

/** As `readRoleMapping` of the accounts reads it. */
const isRoleMapping = (part: string): boolean => /^[^=]+=(?:(?:root|admin)|(?:engineer|readonly):[^:]+)$/.test(part);

/**
 * Every option of the server, read by row: flag, environment variable and key of the settings file follow from the
 * name (`rules.settleSeconds` is `--rules-settle-seconds`, `TOCSIN_RULES_SETTLE_SECONDS`, `rules: {settleSeconds: …}`).
 */
export const OPTIONS = {
  host: option(text('an address or a host name'), '127.0.0.1', '', 'Address that the HTTP server listens on.'),
  port: option(integer(0, 65_535), 8514, '', 'Port of the HTTP server; 0 picks a free one.'),
  'tls.cert': option(
    optionalText('a path to a PEM file'),
    null,
    '',
    'Certificate chain; with `tls.key` it turns on HTTPS. Read again when the file changes.',
  ),
  'tls.key': option(optionalText('a path to a PEM file'), null, '', 'Private key of `tls.cert`.'),
  'public.host': option(
    optionalText('a host name, optionally with a port'),
    null,
    '',
    'Host in `search_link`; the address and port of the server when not set.',
  ),
  'log.level': option(
    oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    'info',
    '',
    'Least severe log line that is written; reads that succeed are logged at `debug`.',
  ),
  'http.bodyBytesMax': option(
    integer(1024, 64 * MIB),
    2 * MIB,
    'bytes',
    'Largest body of an API request; larger ones are answered with 413.',
  ),
  'http.trustedProxies': option(
    listOf('networks such as 10.0.0.0/8', isCidr),
    [],
    '',
    'Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.',
  ),
  'limits.tokenRequestsPerSecond': option(
    optionalInteger(1, 1_000_000),
    10_000,
    'requests/s',
    'Requests of one token or account; five seconds of it at once. More are answered with 429.',
  ),
  'limits.tenantRequestsPerSecond': option(
    optionalInteger(1, 1_000_000),
    20_000,
    'requests/s',
    'Requests to one logpoint; five seconds of it at once. More are answered with 429.',
  ),
  'limits.tokenOrdersPerHour': option(
    optionalInteger(1, 100_000_000),
    10_000_000,
    'orders/h',
    'Orders that one token or account places. More are answered with 429.',
  ),
  'limits.tenantOrdersPerHour': option(
    optionalInteger(1, 100_000_000),
    20_000_000,
    'orders/h',
    'Orders that one logpoint is given. More are answered with 429.',
  ),
  'limits.failuresPerMinute': option(
    optionalInteger(1, 1_000_000),
    600,
    'requests/min',
    'Requests with wrong credentials from one address (IPv6: a /64); then logins wait and 429 takes the place of 401.',
  ),
  'http.jsonDepthMax': option(
    integer(4, 512),
    64,
    'levels',
    'Deepest nesting of a JSON body; deeper ones are answered with 400.',
  ),
  'http.drainSeconds': option(
    integer(0, 600),
    10,
    's',
    'Time that requests in flight get to end when the server stops.',
  ),
  'node.hosts': option(
    listOf('host=logpoint_identifier', isHostDoor),
    [],
    '',
    "Host names under which the plain paths of the node's own APIs mean one logpoint.",
  ),
  'node.ports': option(
    listOf('port=logpoint_identifier', isPortDoor),
    [],
    '',
    "Further ports, each with the plain paths of the node's own APIs for one logpoint and nothing else.",
  ),
  'metrics.public': option(
    onOff(),
    false,
    '',
    'Answer `/metrics` to every address without a token; else loopback or a token.',
  ),
  'auth.sessionHours': option(integer(1, 720), 12, 'h', 'Life of a session of the console from its sign-in.'),
  'auth.sessionIdleMinutes': option(
    integer(5, 43_200),
    120,
    'min',
    'Time without a request after which a session of the console ends.',
  ),
  'auth.failuresMax': option(
    integer(3, 1000),
    10,
    'logins',
    'Failed logins of one name in a row, after which the name is locked.',
  ),
  'auth.lockSeconds': option(integer(1, 86_400), 900, 's', 'Time for which a name is locked; answered with 429.'),
  'auth.checksMax': option(
    integer(1, 64),
    1,
    'passwords',
    'Passwords that are checked at one time: each takes a core and 19 MiB for a moment.',
  ),
  'auth.waitingMax': option(
    integer(1, 10_000),
    256,
    'logins',
    'Logins that wait for their check; more are answered with 429.',
  ),
  'audit.checkpointEvents': option(
    integer(1, 1_000_000),
    1000,
    'events',
    'New audit events after which a signed checkpoint is written, at most once a minute.',
  ),
  'audit.checkpointMinutes': option(
    integer(1, 10_080),
    60,
    'min',
    'Time after which a checkpoint is written when there is any new audit event.',
  ),
  'oidc.issuer': option(
    optionalUrl(),
    null,
    '',
    'Issuer of the OpenID Connect provider through which people may sign in; its addresses are subject to `egress.allow`.',
  ),
  'oidc.clientId': option(optionalText('a client id'), null, '', 'Client id at the provider.'),
  'oidc.clientSecret': {
    ...option(
      optionalText('a secret'),
      null,
      '',
      'Client secret; a public client when not set. Better in the environment.',
    ),
    secret: true,
  },
  'oidc.redirectUri': option(
    optionalUrl(),
    null,
    '',
    'Address of this server as browsers see it, with the path `/auth/oidc/oidc/callback`.',
  ),
  'oidc.name': option(text('a name'), 'Single sign-on', '', 'What the button of the console says.'),
  'oidc.scope': option(text('scopes with blanks'), 'openid profile email', '', 'Scopes that are asked for.'),
  'oidc.usernameClaim': option(text('a claim'), 'preferred_username', '', 'Claim that names the account.'),
  'oidc.roleClaim': option(text('a claim'), 'groups', '', 'Claim that `oidc.roles` looks at: a text or a list.'),
  'oidc.roles': option(
    listOf('mappings such as group=admin or group=engineer:pool|pool', isRoleMapping),
    [],
    '',
    'Role and pools for values of the claim; the first that fits counts, and who has none is denied.',
  ),
  'orders.retentionHours': option(integer(8, 8760), 168, 'h', 'Time that a finished order stays readable.'),
  'orders.bytesMax': option(
    integer(16 * MIB, 1024 * 1024 * MIB),
    1024 * MIB,
    'bytes',
    'Bytes of finished orders that are kept; the oldest beyond eight hours go first.',
  ),
  'fetch.rowsMax': option(integer(1, 1_000_000), 10_000, 'rows', 'Most rows that one fetch order answers.'),
  'feed.connectionsMax': option(
    integer(1, 100_000),
    500,
    'connections',
    'Open change feeds (`GET /events/…`) of the whole server; more are answered with 429.',
  ),
  'feed.connectionsPerCallerMax': option(
    integer(1, 10_000),
    20,
    'connections',
    'Open change feeds of one token or account; more are answered with 429.',
  ),
  'query.providers': option(
    listOf('dns, geoip, ti, lookup, ldap or whois', (part) =>
      ['dns', 'geoip', 'ti', 'lookup', 'ldap', 'whois'].includes(part),
    ),
    [],
    '',
    'Providers that searches may ask; rules never do. See docs/lpql.md.',
  ),
  'query.tables': option(
    optionalText('a path to a folder'),
    null,
    '',
    'Folder of `geoip.mmdb` or `geoip.csv`, `threat_intelligence.csv`, and `NAME.csv` for `process lookup(NAME, field)`.',
  ),
  'query.dns.servers': option(
    listOf('addresses such as 192.0.2.53 or 192.0.2.53:5353', (part) => /^[0-9a-fA-F.:[\]]{2,60}$/.test(part)),
    [],
    '',
    'DNS servers that the provider `dns` asks; those of the system when not set.',
  ),
  'query.dns.timeoutMs': option(
    integer(50, 60_000),
    2_000,
    'ms',
    'Time that one question of the provider `dns` may take.',
  ),
  'query.dns.totalMs': option(
    integer(50, 600_000),
    10_000,
    'ms',
    'Time that all questions of one `process dns` may take; what is left then stays unknown, and the answer says so.',
  ),
  'query.whois.server': option(
    text('a host or host:port'),
    'whois.iana.org',
    '',
    'Server that the provider `whois` asks first; it names those that know more. All are subject to `egress.allow`.',
  ),
  'query.whois.timeoutMs': option(
    integer(50, 60_000),
    5_000,
    'ms',
    'Time that one server of the provider `whois` may take.',
  ),
  'query.whois.totalMs': option(
    integer(50, 600_000),
    20_000,
    'ms',
    'Time that all questions of one `process whoislookup` may take; what is left then stays unknown.',
  ),
  'query.ldap.url': option(
    optionalText('a URL such as ldaps://directory.example'),
    null,
    '',
    'Directory of `process lookup(LDAP, field)`; subject to `egress.allow`. `ldap://` sends the password in the clear.',
  ),
  'query.ldap.base': option(
    text('a distinguished name'),
    'dc=example,dc=org',
    '',
    'Where the directory is searched from.',
  ),
  'query.ldap.bindDn': option(
    optionalText('a distinguished name'),
    null,
    '',
    'Who binds to the directory; nobody when not set.',
  ),
  'query.ldap.passwordFile': option(
    optionalText('a path'),
    null,
    '',
    'File with the password of `query.ldap.bindDn`, read at the start.',
  ),
  'query.ldap.caFile': option(
    optionalText('a path'),
    null,
    '',
    "PEM file of the authority of the directory's certificate; the usual authorities when not set.",
  ),
  'query.ldap.filter': option(
    text('a filter with {key}'),
    '(|(uid={key})(sAMAccountName={key})(mail={key})(objectSid={key}))',
    '',
    'Filter (RFC 4515) that finds the entry of a value; `{key}` stands for the value, escaped.',
  ),
  'query.ldap.attributes': option(
    listOf('names of attributes', (part) => /^[A-Za-z][\w;-]{0,99}$/.test(part)),
    ['displayName', 'mail', 'department', 'title'],
    '',
    'Attributes that become columns, in this order.',
  ),
  'query.ldap.timeoutMs': option(
    integer(50, 60_000),
    5_000,
    'ms',
    'Time that connecting to the directory, or one question, may take.',
  ),
  'query.ldap.totalMs': option(
    integer(50, 600_000),
    20_000,
    'ms',
    'Time that all questions of one `process lookup(LDAP, field)` may take; what is left then stays unknown.',
  ),
  'search.timeoutMs': option(
    integer(100, 3_600_000),
    60_000,
    'ms',
    'Time that one search in the event store may take.',
  ),
  'incidents.dataBytesMax': option(
    integer(64 * 1024, 512 * MIB),
    32 * MIB,
    'bytes',
    'Largest copy that fetchIncidentData keeps.',
  ),
  close_unresolved: option(onOff(), false, '', 'Allow an unresolved incident to be closed.'),
  resolve_policy: option(
    oneOf(['manageable', 'assignee-only']),
    'manageable',
    '',
    'Who may resolve and close: assignee, `manageable_by` members and administrators, or the assignee alone.',
  ),
  'rules.settleSeconds': option(
    integer(0, 3600),
    120,
    's',
    'Time after its end when a scheduled rule evaluates a window.',
  ),
  'rules.latenessSeconds': option(
    integer(0, 3600),
    30,
    's',
    'How long rules over several events wait for events that come out of order; later ones are judged, and counted as late.',
  ),
  'ingest.bodyBytesMax': option(
    integer(1024, 32 * MIB),
    16 * MIB,
    'bytes',
    'Largest body of an ingest request as it arrives.',
  ),
  'journal.bytesMax': option(
    integer(1 * MIB, 1024 * 1024 * MIB),
    4096 * MIB,
    'bytes',
    'Most bytes of journal that wait for the event store; a full journal answers 429.',
  ),
  'syslog.port': option(
    optionalInteger(0, 65_535),
    null,
    '',
    'UDP and TCP port for syslog; 0 picks a free one, off when not set.',
  ),
  'syslog.host': option(text('an address or a host name'), '127.0.0.1', '', 'Address that the syslog listeners use.'),
  'syslog.logpoint': option(
    optionalText('the identifier of a logpoint'),
    null,
    '',
    'Logpoint that gets the syslog events; the oldest when not set.',
  ),
  'syslog.repo': option(text('the name of a repo'), 'default', '', 'Repo that gets the syslog events.'),
  'egress.allow': option(
    listOf('networks such as 10.0.0.0/8', isCidr),
    [],
    '',
    'Loopback, private and link-local networks that notifications may reach.',
  ),
  'notify.backoffMs': option(
    integer(1, 3_600_000),
    1000,
    'ms',
    'Wait before the first repetition of a failed delivery; doubles each time.',
  ),
  'notify.ratePerMinute': option(
    optionalInteger(1, 60_000),
    null,
    '1/min',
    'Most attempts in a minute to one receiver of notifications; off when not set.',
  ),
  'notify.downSeconds': option(
    integer(1, 86_400),
    900,
    's',
    'Time for which a receiver of notifications may take nothing before an incident is raised about it.',
  ),
  'notify.inbound.address': option(
    optionalText('an address'),
    null,
    '',
    'Address of the mailbox whose mail becomes comments; mail asks to be answered to it with a signed part after a +.',
  ),
  'notify.inbound.host': option(optionalText('a host name'), null, '', 'IMAP server of that mailbox.'),
  'notify.inbound.port': option(integer(1, 65_535), 993, '', 'Port of the IMAP server.'),
  'notify.inbound.security': option(
    oneOf(['tls', 'starttls', 'none']),
    'tls',
    '',
    'Encryption towards the IMAP server.',
  ),
  'notify.inbound.ca': option(
    optionalText('a path to a PEM file'),
    null,
    '',
    'Certificate authority of the IMAP server, when it is none of the usual ones.',
  ),
  'notify.inbound.user': option(optionalText('a user name'), null, '', 'User at the IMAP server.'),
  'notify.inbound.password': {
    ...option(
      optionalText('a password'),
      null,
      '',
      'Password at the IMAP server; better in the environment than on the command line.',
    ),
    secret: true,
  },
  'notify.inbound.folder': option(text('a folder'), 'INBOX', '', 'Folder that is looked into.'),
  'notify.inbound.pollSeconds': option(integer(1, 3600), 30, 's', 'Time between two looks.'),
  'notify.sshKey': option(
    optionalText('a path to a private key'),
    null,
    '',
    'Private key of SSH notifications whose `ssh_cert_type` is `system_cert`; without a passphrase.',
  ),
  'smtp.host': option(
    optionalText('a host name'),
    null,
    '',
    'Mail server; email notifications fail with a reason when not set.',
  ),
  'smtp.port': option(integer(1, 65_535), 587, '', 'Port of the mail server.'),
  'smtp.security': option(oneOf(['starttls', 'tls', 'none']), 'starttls', '', 'Encryption towards the mail server.'),
  'smtp.user': option(optionalText('a user name'), null, '', 'User at the mail server.'),
  'smtp.password': {
    ...option(
      optionalText('a password'),
      null,
      '',
      'Password at the mail server; better in the environment than on the command line.',
    ),
    secret: true,
  },
  'smtp.from': option(text('an address'), 'tocsin@localhost', '', 'Sender of mail.'),
} as const satisfies Record<string, Option<unknown>>;

export type OptionName = keyof typeof OPTIONS;

type ValueOf<O> = O extends { readonly codec: Codec<infer T> } ? T : never;

/** The settings of a running server: every option has a value. */
export type Settings = { readonly [K in OptionName]: ValueOf<(typeof OPTIONS)[K]> };

export const OPTION_NAMES = Object.keys(OPTIONS).filter((name): name is OptionName => Object.hasOwn(OPTIONS, name));

/** `rules.settleSeconds` → `rules-settle-seconds`. */
export const flagOf = (name: string): string =>
  name.replace(/[._]/g, '-').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** `rules.settleSeconds` → `TOCSIN_RULES_SETTLE_SECONDS`. */
export const environmentNameOf = (name: string): string => `TOCSIN_${flagOf(name).replaceAll('-', '_').toUpperCase()}`;
