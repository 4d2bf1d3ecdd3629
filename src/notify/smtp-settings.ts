import { refuse } from '../shared/errors.ts';
import type { LogpointId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import { type StoredSettings, settingsSecretContext } from '../tenancy/settings.ts';
import { isEmailAddress } from './email-message.ts';
import type { SecretBox } from './secret-box.ts';

/** How a mail server is spoken to; `starttls` insists on it. */
export const MAIL_SECURITIES = ['starttls', 'tls', 'none'] as const;
export type MailSecurity = (typeof MAIL_SECURITIES)[number];

/** The mail server of one logpoint, without its password. */
export type MailServer = {
  readonly host: string;
  readonly port: number;
  readonly security: MailSecurity;
  /** Null where no login is required. */
  readonly user: string | null;
  readonly from: string;
  readonly fromName: string;
};

export type MailLogin = MailServer & { readonly password: string | null };

const PORT_DEFAULT = 25;
const PORT_TLS = 465;
const TEXT_CHARS_MAX = 256;
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?)$/;

/**
 * Reads the fields of `SystemSettingsSMTP`. Without `smtp_security` port 465 speaks TLS, a login asks for STARTTLS, and
 * the rest is plain as with the vendor.
 *
 * @throws AppError kind `refused`, `SMTP_INVALID` with a message per field
 */
export function readMailServer(data: JsonObject): MailServer {
  const fields: Record<string, string[]> = {};
  const textOf = (field: string): string => {
    const value = data[field];
    return typeof value === 'string' ? value.trim() : '';
  };
  const isLogin = [true, 'on', 'true'].some((yes) => data['login_required'] === yes);
  const given = data['smtp_port'];
  const port = typeof given === 'number' ? given : PORT_DEFAULT;
  const word = textOf('smtp_security');
  const security = word === '' ? standardOf(port, isLogin) : MAIL_SECURITIES.find((known) => known === word);
  const host = textOf('smtp_server');
  const from = textOf('smtp_sender_email');
  const fromName = textOf('smtp_sender_name');
  const user = textOf('smtp_username');
  if (!HOST.test(host)) fields['smtp_server'] = ['a host name or address was expected'];
  if (!Number.isInteger(port) || port < 1 || port > 65_535) fields['smtp_port'] = ['1 to 65535 was expected'];
  if (security === undefined) fields['smtp_security'] = [`one of ${MAIL_SECURITIES.join(', ')} was expected`];
  if (!isEmailAddress(from)) fields['smtp_sender_email'] = ['an e-mail address was expected'];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must not reach a header
  if (fromName.length > TEXT_CHARS_MAX || /[\u0000-\u001f\u007f]/.test(fromName)) {
    fields['smtp_sender_name'] = [`at most ${TEXT_CHARS_MAX} printable characters were expected`];
  }
  if (isLogin && (user === '' || user.length > TEXT_CHARS_MAX)) {
    fields['smtp_username'] = [`1 to ${TEXT_CHARS_MAX} characters were expected when login_required is on`];
  }
  const [first] = Object.entries(fields);
  if (first !== undefined) throw refuse('SMTP_INVALID', `${first[0]}: ${first[1][0]}`, fields);
  return { host, port, security: security ?? 'starttls', user: isLogin ? user : null, from, fromName };
}

function standardOf(port: number, isLogin: boolean): MailSecurity {
  if (port === PORT_TLS) return 'tls';
  return isLogin ? 'starttls' : 'none';
}

/** As the API shows it: never the password, only whether there is one. */
export const mailServerRow = (id: string, server: MailServer, hasPassword: boolean): JsonObject => ({
  id,
  login_required: server.user !== null,
  smtp_port: server.port,
  smtp_security: server.security,
  smtp_sender_email: server.from,
  smtp_sender_name: server.fromName,
  smtp_server: server.host,
  smtp_username: server.user ?? '',
  username_in_email_field: '',
  password_set: hasPassword,
});

/** What was saved, which is a mail server. */
export const storedServer = ({ settings }: StoredSettings): MailServer => ({
  host: String(settings['host']),
  port: Number(settings['port']),
  security: MAIL_SECURITIES.find((known) => known === settings['security']) ?? 'starttls',
  user: typeof settings['user'] === 'string' ? settings['user'] : null,
  from: String(settings['from']),
  fromName: String(settings['fromName']),
});

/** @throws AppError `SECRET_UNREADABLE` */
export function openMailLogin(stored: StoredSettings, logpointId: LogpointId, box: SecretBox): MailLogin {
  const { sealedSecret } = stored;
  const password = sealedSecret === null ? null : box.open(sealedSecret, settingsSecretContext(logpointId, 'smtp'));
  return { ...storedServer(stored), password };
}
