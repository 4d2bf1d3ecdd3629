import type { EmailSender } from './email-message.ts';
import type { HttpSender } from './http-message.ts';
import type { SendOutcome } from './send-outcome.ts';
import type { SmsMessage } from './sms-message.ts';
import type { SnmpTrap } from './snmp-trap.ts';
import type { SshCommand } from './ssh-command.ts';
import type { SyslogMessages } from './syslog-message.ts';

/** The port of a channel. Never throws for what the network or the receiver does: that is an outcome. */
export interface Sender<M> {
  send(message: M, signal: AbortSignal): Promise<SendOutcome>;
}

/** Every way out. */
export type Senders = {
  readonly http: HttpSender;
  /** Null when no mail server is configured. */
  readonly email: EmailSender | null;
  readonly syslog: Sender<SyslogMessages>;
  readonly snmp: Sender<SnmpTrap>;
  readonly ssh: Sender<SshCommand>;
  readonly sms: Sender<SmsMessage>;
};
