import { appendAudit } from '../audit/audit-chain.ts';
import type { Tx } from '../control/control-store.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import { getRuleNotification, setRuleNotification } from './rule-notification.ts';

/**
 * The fingerprint that the rule's SSH notification trusts. The first one seen is pinned when the notification asks for
 * that; of two connections that are the first at the same time one pins, and the other is held to it. Null = none is
 * trusted.
 */
export async function pinHostKey(
  tx: Tx,
  input: { readonly logpointId: LogpointId; readonly ruleId: ObjectId; readonly fingerprint: string },
): Promise<string | null> {
  const { logpointId, ruleId, fingerprint } = input;
  const notification = await getRuleNotification(tx, logpointId, ruleId, 'ssh');
  if (notification === null || notification.settings.channel !== 'ssh') return null;
  const { settings } = notification;
  if (settings.hostKey !== '') return settings.hostKey;
  if (!settings.trustFirstKey) return null;
  await setRuleNotification(tx, { ...notification, settings: { ...settings, hostKey: fingerprint } });
  await appendAudit(tx, {
    logpointId,
    actor: 'notify',
    action: 'host key pinned',
    objectType: 'alert rule',
    objectId: ruleId,
    after: { channel: 'ssh', host: settings.host, port: settings.port, host_key: fingerprint },
  });
  return fingerprint;
}
