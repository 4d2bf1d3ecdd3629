import type { HttpPreset } from './http-presets.ts';

/** Ways out that exist. */
export const CHANNELS = ['email', 'http', 'syslog', 'snmp', 'ssh', 'sms'] as const;
export type ChannelName = (typeof CHANNELS)[number];

export const HTTP_METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD'] as const;
export type HttpMethod = (typeof HTTP_METHODS)[number];
export const AUTH_TYPES = ['basic_auth', 'api_token', 'bearer_token'] as const;
export type AuthType = (typeof AUTH_TYPES)[number];

export type EmailSettings = {
  readonly channel: 'email';
  readonly emails: readonly string[];
  /** Templates; empty = the built-in text. */
  readonly subject: string;
  readonly template: string;
  /** True leaves the search link out. */
  readonly linkDisable: boolean;
  readonly logoEnable: boolean;
  /** Image in base64, without a data URL prefix; '' = none. */
  readonly logo: string;
  /** Collects what happens in this time into one mail; absent = a mail for each. */
  readonly digestMinutes?: number;
};

export type HttpSettings = {
  readonly channel: 'http';
  /** Absolute, http or https, without credentials. May hold `{{ … }}` nowhere: the target is what the rule says. */
  readonly url: string;
  readonly method: HttpMethod;
  /** Templates; an empty body is the built-in JSON for methods that have a body. */
  readonly queryString: string;
  readonly body: string;
  readonly authType: AuthType | null;
  /** User (basic_auth) or header name (api_token). */
  readonly authKey: string;
  /** Makes the body for a known service. Absent: `body`, or the built-in document. */
  readonly preset?: HttpPreset;
  readonly presetFields?: Readonly<Record<string, string>>;
};

export const SYSLOG_TRANSPORTS = ['udp', 'tcp', 'tls'] as const;
export const SYSLOG_FORMATS = ['rfc5424', 'cef', 'leef'] as const;

export type SyslogSettings = {
  readonly channel: 'syslog';
  readonly host: string;
  readonly port: number;
  readonly transport: (typeof SYSLOG_TRANSPORTS)[number];
  /** What the message part holds; the header is RFC 5424's in every format. */
  readonly format: (typeof SYSLOG_FORMATS)[number];
  /** 0–23 and 0–7. */
  readonly facility: number;
  readonly severity: number;
  /** Template; empty = the built-in text. */
  readonly message: string;
  /** A message for each row, or for each line of the template, instead of one in all. */
  readonly splitRows: boolean;
  /** Certificate authority to trust beside the usual ones, PEM; '' = none. */
  readonly ca: string;
};

export const SNMP_AUTH_PROTOCOLS = ['md5', 'sha', 'sha224', 'sha256', 'sha384', 'sha512'] as const;
export const SNMP_PRIV_PROTOCOLS = ['des', 'aes', 'aes256b', 'aes256r'] as const;

export type SnmpSettings = {
  readonly channel: 'snmp';
  readonly host: string;
  readonly port: number;
  readonly version: 'v2c' | 'v3';
  /** Of the notification; without a leading dot. */
  readonly oid: string;
  /** Template; empty = the built-in text. */
  readonly message: string;
  /** IPv4 address that the trap names as its origin; '' = none. */
  readonly agent: string;
  /** v3 only. */
  readonly user: string;
  readonly authProtocol: (typeof SNMP_AUTH_PROTOCOLS)[number];
  readonly privProtocol: (typeof SNMP_PRIV_PROTOCOLS)[number];
};

/** `key` = the rule's own private key, `server-key` = the one of the option `notify.sshKey`. */
export const SSH_AUTHS = ['password', 'key', 'server-key'] as const;

export type SshSettings = {
  readonly channel: 'ssh';
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly auth: (typeof SSH_AUTHS)[number];
  /** Template; values become words of a POSIX shell. */
  readonly command: string;
  /** Pinned fingerprint, `SHA256:…`; '' = not pinned yet. */
  readonly hostKey: string;
  /** The key of the first connection is pinned. Without it and without a pin nothing is sent. */
  readonly trustFirstKey: boolean;
};

export type SmsSettings = {
  readonly channel: 'sms';
  readonly host: string;
  readonly port: number;
  readonly security: 'none' | 'tls';
  /** Digits or up to 11 letters and digits. */
  readonly sender: string;
  /** 3–15 digits each. */
  readonly receivers: readonly string[];
  /** Template; empty = the built-in text. */
  readonly body: string;
  /** `system_id` of the bind. */
  readonly user: string;
};

export type ChannelSettings = EmailSettings | HttpSettings | SyslogSettings | SnmpSettings | SshSettings | SmsSettings;

/** What is sealed. Names are those of the API. */
export type ChannelSecrets = {
  readonly auth_value?: string | undefined;
  readonly auth_pass?: string | undefined;
  /** Standard Webhooks secrets, `whsec_…`, blank-separated: several while a key is rotated. */
  readonly webhook_secret?: string | undefined;
  /** Key of a preset that stands in the body. */
  readonly preset_secret?: string | undefined;
  readonly snmp_community_string?: string | undefined;
  readonly snmp_authorization_key?: string | undefined;
  readonly snmp_private_key?: string | undefined;
  readonly ssh_auth_password?: string | undefined;
  /** OpenSSH or PEM. */
  readonly ssh_private_key?: string | undefined;
  readonly ssh_private_key_passphrase?: string | undefined;
  readonly sms_password?: string | undefined;
};
