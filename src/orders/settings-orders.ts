import { isTimezone } from '../accounts/check-user.ts';
import type { Tx } from '../control/control-store.ts';
import { type EmailSender, isEmailAddress } from '../notify/email-message.ts';
import { createSecretBox, type SecretBox } from '../notify/secret-box.ts';
import type { SendOutcome } from '../notify/send-outcome.ts';
import {
  type MailLogin,
  type MailServer,
  openMailLogin,
  readMailServer,
  storedServer,
} from '../notify/smtp-settings.ts';
import { AppError, refuse } from '../shared/errors.ts';
import type { JsonObject } from '../shared/json.ts';
import { renameLogpoint } from '../tenancy/logpoints.ts';
import { settingsGet } from '../tenancy/registry.ts';
import {
  clearSettings,
  getSettings,
  type SettingsKind,
  saveSettings,
  settingsId,
  settingsSecretContext,
} from '../tenancy/settings.ts';
import { optionalFlag, optionalText, requiredText } from './order-input.ts';
import { authorOf, type OrderContext, type OrderKind, type TransactionKind, type WorkKind } from './order-kind.ts';

export type SettingsOrderOptions = {
  /** 32 bytes of `loadSecretKey`; seals the password of the mail server. */
  readonly secretKey: Uint8Array;
  /** Held to the networks that notifications may reach; absent where orders are not prepared. */
  readonly mailer?: ((server: MailLogin) => EmailSender) | undefined;
};

const SUBJECT_CHARS_MAX = 200;
const MESSAGE_CHARS_MAX = 10_000;
const TEST_CONTEXT = 'smtptest';

/** An id in the path must be that of the logpoint's own settings. */
function checkId(ctx: OrderContext, input: JsonObject, kind: SettingsKind): void {
  const id = optionalText(input, 'id');
  if (id !== undefined && id !== settingsId(ctx.logpointId, kind)) {
    throw refuse('SETTINGS_UNKNOWN', 'Settings not found');
  }
}

const unchangeable = (field: string, value: string): AppError => {
  const message = `${value} was expected: it is always so here`;
  return refuse('SETTINGS_INVALID', `${field}: ${message}`, { [field]: [message] });
};

const editGeneral: TransactionKind<JsonObject>['run'] = async (tx, ctx, input) => {
  checkId(ctx, input, 'general');
  const by = authorOf(ctx);
  const name = optionalText(input, 'logpoint_name');
  const timezone = optionalText(input, 'timezone');
  if (timezone !== undefined && !isTimezone(timezone)) {
    const message = `an IANA time zone was expected, got ${JSON.stringify(timezone.slice(0, 60))}`;
    throw refuse('SETTINGS_INVALID', `timezone: ${message}`, { timezone: [message] });
  }
  // What always holds may be sent back as it was read, and is not taken and forgotten when it differs.
  if ((optionalText(input, 'timestamp_on') ?? 'log_ts') !== 'log_ts') throw unchangeable('timestamp_on', 'log_ts');
  if (optionalFlag(input, 'enable_soar') === true) throw unchangeable('enable_soar', 'false');
  if (name !== undefined) await renameLogpoint(tx, ctx.poolId, ctx.logpointId, name, by);
  if (timezone !== undefined) {
    await saveSettings(tx, ctx.logpointId, 'general', { settings: { timezone }, sealedSecret: null }, by);
  }
  return { message: 'System settings saved', id: settingsId(ctx.logpointId, 'general') };
};

const saveSmtp =
  (box: SecretBox) =>
  async (tx: Tx, ctx: OrderContext, input: JsonObject): Promise<JsonObject> => {
    checkId(ctx, input, 'smtp');
    const server = readMailServer(input);
    const sealedSecret = server.user === null ? null : await sealedFor(tx, ctx, server, input, box);
    await saveSettings(tx, ctx.logpointId, 'smtp', { settings: server, sealedSecret }, authorOf(ctx));
    return { message: 'SMTP settings saved', id: settingsId(ctx.logpointId, 'smtp') };
  };

/** The password that was sent, else the one there is for the same user of the same server. */
async function sealedFor(
  tx: Tx,
  ctx: OrderContext,
  server: MailServer,
  input: JsonObject,
  box: SecretBox,
): Promise<string> {
  const password = optionalText(input, 'smtp_password') ?? '';
  if (password !== '') return box.seal(password, settingsSecretContext(ctx.logpointId, 'smtp'));
  const before = await getSettings(tx, ctx.logpointId, 'smtp');
  const known = before === null ? null : storedServer(before);
  if (known?.host === server.host && known.user === server.user && typeof before?.sealedSecret === 'string') {
    return before.sealedSecret;
  }
  const message = 'a password was expected when login_required is on';
  throw refuse('SMTP_INVALID', `smtp_password: ${message}`, { smtp_password: [message] });
}

/** Before the order is stored the password is sealed, because what waits for the network lies on the disk. */
function sealPassword(box: SecretBox, input: JsonObject, context: string): JsonObject {
  const password = optionalText(input, 'smtp_password') ?? '';
  return password === '' ? input : { ...input, smtp_password: box.seal(password, context) };
}

async function loginOf(
  services: Parameters<WorkKind<JsonObject, SendOutcome>['prepare']>[0],
  ctx: OrderContext,
  input: JsonObject,
  box: SecretBox,
): Promise<MailLogin> {
  if (optionalText(input, 'smtp_server') === undefined) {
    const stored = await services.store.read(settingsGet, { logpointId: ctx.logpointId, kind: 'smtp' });
    if (stored === null) throw refuse('SMTP_UNSET', 'No SMTP settings are saved: name smtp_server');
    return openMailLogin(stored, ctx.logpointId, box);
  }
  const sealed = optionalText(input, 'smtp_password') ?? '';
  return { ...readMailServer(input), password: sealed === '' ? null : box.open(sealed, TEST_CONTEXT) };
}

const testSmtp = ({ mailer }: SettingsOrderOptions, box: SecretBox): WorkKind<JsonObject, SendOutcome> => ({
  mode: 'work',
  action: '/SystemSettingsSMTP/smtptest',
  seal: async (input) => sealPassword(box, input, TEST_CONTEXT),
  // One after the other: a tenant's tests are no way to flood a server.
  lane: () => TEST_CONTEXT,
  async prepare(services, ctx, input, signal) {
    const to = requiredText(input, 'email');
    const subject = requiredText(input, 'subject');
    const text = requiredText(input, 'message');
    if (!isEmailAddress(to) || subject.length > SUBJECT_CHARS_MAX || text.length > MESSAGE_CHARS_MAX) {
      throw refuse(
        'SMTP_INVALID',
        `an e-mail address, a subject of at most ${SUBJECT_CHARS_MAX} and a message of at most ${MESSAGE_CHARS_MAX} characters were expected`,
      );
    }
    const login = await loginOf(services, ctx, input, box);
    if (mailer === undefined) throw new Error('a mail test is prepared where there is no mailer');
    const mail = { to: [to], subject, text, html: `<pre>${escapeHtml(text)}</pre>`, logo: null };
    return mailer(login).send({ ...mail, deliveryId: ctx.orderId }, signal);
  },
  async finish(_tx, _ctx, _input, outcome) {
    if (outcome.kind !== 'delivered') {
      throw new AppError(
        'refused',
        'SMTP_TEST_FAILED',
        `The test mail was not sent: ${outcome.error ?? outcome.answer}`,
      );
    }
    return { message: 'Test mail sent', answer: outcome.answer };
  },
});

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** SystemSettingsGeneral and SystemSettingsSMTP. `create` and `edit` do the same: there is one of each a logpoint. */
export function settingsOrders(options: SettingsOrderOptions): readonly OrderKind[] {
  const box = createSecretBox(options.secretKey);
  const general = (verb: string): TransactionKind<JsonObject> => ({
    mode: 'transaction',
    action: `/SystemSettingsGeneral/${verb}`,
    run: editGeneral,
  });
  const smtp = (verb: string): TransactionKind<JsonObject> => ({
    mode: 'transaction',
    action: `/SystemSettingsSMTP/${verb}`,
    run: saveSmtp(box),
  });
  const clear: TransactionKind<JsonObject> = {
    mode: 'transaction',
    action: '/SystemSettingsSMTP/trash',
    async run(tx, ctx, input) {
      checkId(ctx, input, 'smtp');
      const cleared = await clearSettings(tx, ctx.logpointId, 'smtp', authorOf(ctx));
      if (!cleared) throw refuse('SETTINGS_UNKNOWN', 'Settings not found');
      return { message: 'SMTP settings cleared' };
    },
  };
  return [general('create'), general('edit'), smtp('create'), smtp('edit'), clear, testSmtp(options, box)];
}
