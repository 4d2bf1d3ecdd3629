import { createSmtpSender } from './adapters/smtp/smtp-sender.ts';
import type { ControlStore } from './control/control-store.ts';
import type { EgressPolicy } from './notify/egress-policy.ts';
import type { EmailSender } from './notify/email-message.ts';
import { createSecretBox } from './notify/secret-box.ts';
import { openMailLogin } from './notify/smtp-settings.ts';
import type { LogpointId } from './shared/ids.ts';
import { settingsGet } from './tenancy/registry.ts';

export type LogpointMailParts = {
  readonly control: ControlStore;
  readonly secretKey: Uint8Array;
  /** A tenant names the server, so it is held to where notifications may go. */
  readonly egress: EgressPolicy;
};

/**
 * Who sends the mail of a logpoint: the server of its SystemSettingsSMTP, as it is set at that moment; null without one.
 *
 * @throws AppError `SECRET_UNREADABLE`, `CONTROL_STORE_*`
 */
export function logpointMail(parts: LogpointMailParts): (logpointId: LogpointId) => Promise<EmailSender | null> {
  const box = createSecretBox(parts.secretKey);
  return async (logpointId) => {
    const stored = await parts.control.read(settingsGet, { logpointId, kind: 'smtp' });
    if (stored === null) return null;
    return createSmtpSender({ ...openMailLogin(stored, logpointId, box), egress: parts.egress });
  };
}
