import { FieldReader } from '../rules/field-reader.ts';
import type { JsonObject } from '../shared/json.ts';
import {
  isOn,
  type NotificationInput,
  readHost,
  readPort,
  readSecret,
  readTemplate,
  setChannel,
} from './channel-input.ts';
import type { ChannelSecrets, SshSettings } from './channel-settings.ts';
import { optionalChoice } from './network-input.ts';

const SSH_PORT = 22;
const KEY_CHARS_MAX = 20_000;
const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}$/;
/** No blanks and nothing that a server could read as more than a name. */
const USER = /^[A-Za-z0-9_][A-Za-z0-9_.@\\-]{0,63}\$?$/;

/**
 * Reads the `data` of SSHNotification. Beyond the vendor's fields: `ssh_private_key` with its passphrase (the key of
 * `user_cert`), `ssh_host_key` (the pin) and `ssh_trust_first_key` (pin what the first connection shows).
 */
export function readSshNotification(data: JsonObject): NotificationInput {
  const fields = new FieldReader(data);
  if (!isOn(fields, 'notify_ssh')) return { kind: 'off' };
  const auth = readAuth(fields);
  const user = fields.text('ssh_username', { charsMax: 64, required: true });
  if (user !== '' && !USER.test(user)) fields.fail('ssh_username', 'ssh_username must be the name of an account');
  const hostKey = fields.text('ssh_host_key', { charsMax: 100 }).trim().replace(/=+$/, '');
  if (hostKey !== '' && !FINGERPRINT.test(hostKey)) {
    fields.fail(
      'ssh_host_key',
      'ssh_host_key must be a fingerprint as ssh-keygen -l shows it: SHA256: and 43 characters',
    );
  }
  const settings: SshSettings = {
    channel: 'ssh',
    host: readHost(fields, 'ssh_server'),
    port: readPort(fields, 'ssh_port', SSH_PORT),
    user,
    auth,
    command: readTemplate(fields, 'ssh_command', { required: true, forShell: true }),
    hostKey,
    trustFirstKey: fields.flag('ssh_trust_first_key'),
  };
  return setChannel(fields, 'ssh', settings, readSecrets(fields, auth));
}

function readAuth(fields: FieldReader): SshSettings['auth'] {
  const type = fields.choice('ssh_auth_type', ['password', 'certificate'] as const, { key: 'certificate' });
  if (type !== 'certificate') return 'password';
  const cert = optionalChoice(fields, 'ssh_cert_type', ['system_cert', 'user_cert'] as const, 'system_cert');
  return cert === 'system_cert' && !fields.has('ssh_private_key') ? 'server-key' : 'key';
}

function readSecrets(fields: FieldReader, auth: SshSettings['auth']): ChannelSecrets {
  if (auth === 'server-key') return {};
  if (auth === 'password') return { ssh_auth_password: readSecret(fields, 'ssh_auth_password', { required: true }) };
  const key = readSecret(fields, 'ssh_private_key', { required: true, charsMax: KEY_CHARS_MAX });
  if (key !== '' && !/^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key.trim())) {
    fields.fail('ssh_private_key', 'ssh_private_key must be a private key in OpenSSH or PEM form');
  }
  const passphrase = readSecret(fields, 'ssh_private_key_passphrase');
  return { ssh_private_key: key, ...(passphrase === '' ? {} : { ssh_private_key_passphrase: passphrase }) };
}
