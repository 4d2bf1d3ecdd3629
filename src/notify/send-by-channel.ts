import type { ControlStore } from '../control/control-store.ts';
import type { ChannelSecrets, ChannelSettings } from './channel-settings.ts';
import { pinHostKeyCommand } from './registry.ts';
import { renderEmailMessage } from './render-email.ts';
import { type DeliveryParts, type Rendered, renderHttpMessage } from './render-http.ts';
import { renderSmsMessage, renderSnmpTrap, renderSshCommand, renderSyslogMessages } from './render-network.ts';
import type { StoredNotification } from './rule-notification.ts';
import type { SendOutcome } from './send-outcome.ts';
import type { Sender, Senders } from './sender.ts';

export type ChannelServices = {
  readonly store: ControlStore;
  readonly senders: Senders;
  readonly sshKey: string | null;
};

/** What the configuration lacks for this notification; null when nothing. */
export function missingFor({ senders, sshKey }: ChannelServices, settings: ChannelSettings): string | null {
  if (settings.channel === 'email' && senders.email === null) return 'no mail server is configured: set smtp.host';
  if (settings.channel === 'ssh' && settings.auth === 'server-key' && sshKey === null) {
    return 'no key for system_cert is configured: set notify.sshKey';
  }
  return null;
}

/** Makes the message of the channel and sends it once. */
export async function sendByChannel(
  services: ChannelServices,
  notification: StoredNotification,
  secrets: ChannelSecrets,
  parts: DeliveryParts,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const { settings } = notification;
  const { senders } = services;
  const pass = async <M>(sender: Sender<M>, { message, warning }: Rendered<M>): Promise<SendOutcome> =>
    withWarning(await sender.send(message, signal), warning ?? parts.extras.rowsError);
  switch (settings.channel) {
    case 'http':
      return pass(senders.http, renderHttpMessage(settings, secrets, parts));
    case 'email':
      if (senders.email === null) throw new Error('email without a mail server');
      return pass(senders.email, renderEmailMessage(settings, parts));
    case 'syslog':
      return pass(senders.syslog, renderSyslogMessages(settings, parts));
    case 'snmp':
      return pass(senders.snmp, renderSnmpTrap(settings, secrets, parts));
    case 'sms':
      return pass(senders.sms, renderSmsMessage(settings, secrets, parts));
    case 'ssh': {
      const key = settings.auth === 'server-key' ? (services.sshKey ?? '') : (secrets.ssh_private_key ?? '');
      const isTrustedHostKey = async (fingerprint: string): Promise<boolean> =>
        (settings.hostKey === '' ? await pinned(services.store, notification, fingerprint) : settings.hostKey) ===
        fingerprint;
      const sealed = { ...secrets, ssh_private_key: key };
      const { message, warning } = renderSshCommand(settings, sealed, parts, isTrustedHostKey);
      return message === null ? unsent(warning ?? 'no command') : pass(senders.ssh, { message, warning });
    }
  }
}

const unsent = (error: string): SendOutcome => ({
  kind: 'dead',
  status: null,
  request: '',
  answer: '',
  error,
  retryAfterMs: null,
});

const pinned = (
  store: ControlStore,
  { logpointId, ruleId }: StoredNotification,
  fingerprint: string,
): Promise<string | null> => store.write(pinHostKeyCommand, { logpointId, ruleId, fingerprint });

const withWarning = (outcome: SendOutcome, warning: string): SendOutcome =>
  warning === '' ? outcome : { ...outcome, error: [outcome.error, warning].filter((part) => part !== null).join('; ') };
