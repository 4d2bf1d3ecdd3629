import type { EgressPolicy } from '../notify/egress-policy.ts';
import type { EmailSender } from '../notify/email-message.ts';
import type { Senders } from '../notify/sender.ts';
import type { Clock } from '../shared/clock.ts';
import { createHttpSender } from './http/http-sender.ts';
import { createSmppSender } from './smpp/smpp-sender.ts';
import { createSnmpSender } from './snmp/snmp-sender.ts';
import { createSshSender } from './ssh/ssh-sender.ts';
import { createSyslogSender } from './syslog/syslog-sender.ts';

/** Every way out, each held to the networks that egress allows; mail has a server and rules of its own. */
export function createSenders(options: {
  readonly egress: EgressPolicy;
  readonly clock: Clock;
  readonly email: EmailSender | null;
  /** One HTTP attempt; the sender's own limit when not given. */
  readonly httpTimeoutMs?: number;
}): Senders {
  const { egress, clock, email, httpTimeoutMs } = options;
  return {
    http: createHttpSender({ egress, clock, ...(httpTimeoutMs === undefined ? {} : { timeoutMs: httpTimeoutMs }) }),
    email,
    syslog: createSyslogSender({ egress }),
    snmp: createSnmpSender({ egress }),
    ssh: createSshSender({ egress }),
    sms: createSmppSender({ egress }),
  };
}
