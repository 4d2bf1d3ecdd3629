import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { titleOf } from '../api/api-error.ts';
import { getJson } from '../api/call.ts';
import { order } from '../api/order.ts';
import { numberOf, objectOf, rowsOf, textOf, textsOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { toast } from '../app/toasts.tsx';
import { HostileText } from '../parts/hostile-text.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { TypedConfirmation } from '../parts/typed-confirmation.tsx';
import { DeliveryLog } from './delivery-log.tsx';
import { CHANNELS, type Channel } from './notification-fields.ts';
import { NotificationForm } from './notification-form.tsx';

/** Whom the rule tells: its channels, a test of each, and what became of what was sent. */
export function RuleNotifications({ ruleId }: { readonly ruleId: string }) {
  const { base } = useTenant();
  const queries = useQueryClient();
  const [editing, setEditing] = useState<Channel | null>(null);
  const [ending, setEnding] = useState<Channel | null>(null);
  const key = [base, 'rules', ruleId, 'notifications'];
  const found = useQuery({
    queryKey: key,
    queryFn: async ({ signal }) => rowsOf(await getJson(`${base}/AlertRules/${ruleId}/notifications`, signal)),
    retry: false,
  });
  const renew = (): void => void queries.invalidateQueries({ queryKey: [base, 'rules', ruleId] });
  const attempt = async (work: Promise<unknown>, done: string): Promise<void> => {
    try {
      await work;
      toast.done(done);
    } catch (error) {
      toast.trouble(titleOf(error));
    }
    renew();
  };
  const test = (channel: Channel): Promise<void> =>
    attempt(
      order(`${base}/AlertRules/${ruleId}/testNotification`, { channel: channel.id }),
      `${channel.word}: test sent; the log below says whether it arrived`,
    );
  const clear = (channel: Channel): Promise<void> =>
    attempt(
      order(`${base}/AlertRules/${ruleId}/${channel.operation}`, { [channel.flag]: false }),
      `${channel.word}: no longer told`,
    );
  const rows = found.data ?? [];
  const setOf = (channel: Channel): JsonObject | null => rows.find((row) => row['channel'] === channel.id) ?? null;
  return (
    <section className="rule-notifications" aria-label="Notifications">
      <h2>Notifications</h2>
      {found.error !== null && <Trouble error={found.error} onRetry={() => void found.refetch()} />}
      {found.data !== undefined && rows.length === 0 && (
        <p className="quiet">Nobody is told of the incidents of this rule. Set a channel, then send a test.</p>
      )}
      <ul className="channels">
        {CHANNELS.map((channel) => {
          const set = setOf(channel);
          if (set === null) return null;
          return (
            <li key={channel.id}>
              <strong>{channel.word}</strong>
              <span>
                <HostileText text={receiverOf(set)} />
                <small> {whenOf(set)}</small>
              </span>
              <button type="button" onClick={() => void test(channel)}>
                Send test
              </button>
              <button type="button" onClick={() => setEditing(channel)}>
                Edit
              </button>
              <button type="button" onClick={() => setEnding(channel)}>
                Remove…
              </button>
            </li>
          );
        })}
      </ul>
      <div className="line">
        {CHANNELS.filter((channel) => setOf(channel) === null).map((channel) => (
          <button
            key={channel.id}
            type="button"
            aria-expanded={editing === channel}
            onClick={() => setEditing(editing === channel ? null : channel)}
          >
            + {channel.word}
          </button>
        ))}
      </div>
      {editing !== null && found.data !== undefined && (
        <NotificationForm
          key={editing.id}
          ruleId={ruleId}
          channel={editing}
          set={setOf(editing)}
          onClose={() => setEditing(null)}
          onDone={() => {
            setEditing(null);
            renew();
          }}
        />
      )}
      {ending !== null && (
        <TypedConfirmation
          title={`Remove the ${ending.word} notification with its secrets?`}
          name={ending.word}
          verb="Remove"
          onClose={() => setEnding(null)}
          onConfirm={() => void clear(ending)}
        />
      )}
      <DeliveryLog ruleId={ruleId} />
    </section>
  );
}

/** Where the channels of the network go to. */
const ENDS: Readonly<Record<string, readonly [host: string, port: string]>> = {
  syslog: ['server', 'port'],
  snmp: ['snmp_ip', 'snmp_port'],
  ssh: ['ssh_server', 'ssh_port'],
  sms: ['sms_server', 'sms_port'],
};

/** Whom a channel reaches. */
function receiverOf(set: JsonObject): string {
  const fields = objectOf(set['fields']);
  const end = ENDS[textOf(set['channel'])];
  if (end !== undefined) return end.map((name) => textOf(fields[name])).join(':');
  return textOf(fields['http_url']) || textsOf(fields['email_emails']).join(', ');
}

function whenOf(set: JsonObject): string {
  const also = textsOf(set['notify_on']);
  const minutes = numberOf(set['threshold_s']) / 60;
  return [
    set['dispatch_option'] === 'manual' ? 'only when sent for investigation' : 'when an incident is raised',
    also.length === 0 ? '' : `also ${also.join(', ').replace('_', ' ')}`,
    minutes === 0 ? '' : `at most one in ${minutes} min`,
  ]
    .filter((word) => word !== '')
    .join(' · ');
}
