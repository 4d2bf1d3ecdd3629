import { Type } from 'typebox';
import { anyText, flag, type Operation, operationRow, optional, text, whole } from './operation.ts';

const General = Type.Object({
  logpoint_name: optional(text('Name of the logpoint, unique in the pool.')),
  timezone: optional(text('IANA name; of new users that name none.')),
  timestamp_on: optional(text('log_ts: rules and searches go by the time of the event, and by nothing else.')),
  enable_soar: optional(flag('false: there is no such part.')),
});

const LOGIN = {
  smtp_port: optional(whole('25 when not given.')),
  smtp_security: optional(text('starttls, tls or none; by port and login when not given.')),
  smtp_sender_name: optional(anyText('Shown beside the address.')),
  login_required: optional(flag('The server asks for user and password.')),
  smtp_username: optional(anyText('With login_required.')),
  smtp_password: optional(anyText('Secret; never shown again.')),
};
const Smtp = Type.Object({
  smtp_server: text('Host name or address; must be one that notifications may reach.'),
  smtp_sender_email: text('Address of the sender.'),
  ...LOGIN,
});
const SmtpTest = Type.Object({
  email: text('Address of the receiver.'),
  subject: text('Subject of the mail.'),
  message: text('Text of the mail.'),
  smtp_server: optional(text('Without it the saved settings are tested.')),
  smtp_sender_email: optional(text('Address of the sender.')),
  ...LOGIN,
});

/** Source: contract/director-api.md, section 5: SystemSettingsGeneral, SystemSettingsSMTP. */
export const settingsOperations: readonly Operation[] = [
  operationRow(
    'SaveSystemSettingsGeneral',
    'Changes what is given, keeps the rest.',
    'POST SystemSettingsGeneral',
    '/SystemSettingsGeneral/create',
    'write',
    General,
  ),
  operationRow(
    'EditSystemSettingsGeneral',
    'Changes what is given, keeps the rest.',
    'PUT SystemSettingsGeneral/:id',
    '/SystemSettingsGeneral/edit',
    'write',
    General,
  ),
  operationRow(
    'SaveSystemSettingsSMTP',
    'Sets the mail server of the logpoint.',
    'POST SystemSettingsSMTP',
    '/SystemSettingsSMTP/create',
    'write',
    Smtp,
  ),
  operationRow(
    'EditSystemSettingsSMTP',
    'Sets the mail server of the logpoint.',
    'PUT SystemSettingsSMTP/:id',
    '/SystemSettingsSMTP/edit',
    'write',
    Smtp,
  ),
  operationRow(
    'TrashSystemSettingsSMTP',
    "Clears them: mail goes through the server's own mail server again.",
    'DELETE SystemSettingsSMTP/:id',
    '/SystemSettingsSMTP/trash',
    'write',
  ),
  operationRow(
    'TestSystemSettingsSMTP',
    'Sends a test mail.',
    'POST SystemSettingsSMTP/smtptest',
    '/SystemSettingsSMTP/smtptest',
    'write',
    SmtpTest,
  ),
];
