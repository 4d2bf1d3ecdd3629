import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { createImapMailbox } from './adapters/imap/imap-mailbox.ts';
import type { Settings } from './config/options.ts';
import type { Command, ControlStore } from './control/control-store.ts';
import { incidentDeps, type RegistrySettings } from './control-registry.ts';
import { isEmailAddress } from './notify/email-message.ts';
import type { InboundMail, Mailbox } from './notify/inbound-mail.ts';
import type { MailboxState } from './notify/mailbox-health.ts';
import { replyText, robotReason } from './notify/read-reply.ts';
import { noteMailboxCommand, takeReplyCommand } from './notify/registry.ts';
import { REPLY_LOCAL_CHARS_MAX, readReplyToken } from './notify/reply-address.ts';
import type { TakenReply, TakeReply } from './notify/take-reply.ts';
import { AppError } from './shared/errors.ts';

export type MailboxWatchParts = {
  readonly control: Pick<ControlStore, 'write'>;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly mailbox: Mailbox;
  readonly everyMs: number;
  /** Time for which the mailbox may fail before an incident is raised. */
  readonly downMs: number;
  readonly takeReply: Command<TakeReply, TakenReply>;
  readonly noteMailbox: Command<MailboxState, number>;
};

export type MailboxCounts = {
  readonly looks: number;
  readonly failures: number;
  readonly comments: number;
  readonly duplicates: number;
  readonly ignored: number;
  /** 1 while the mailbox cannot be read. */
  readonly failing: number;
};

/** Looks into the mailbox from time to time and makes comments of the replies that it finds. */
export class MailboxWatch {
  readonly #parts: MailboxWatchParts;
  readonly #stopping = new AbortController();
  readonly #counts = { looks: 0, failures: 0, comments: 0, duplicates: 0, ignored: 0, failing: 0 };
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(parts: MailboxWatchParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#running = this.look().finally(() => {
      if (this.#stopping.signal.aborted) return;
      this.#timer = setTimeout(() => this.start(), this.#parts.everyMs);
      this.#timer.unref();
    });
  }

  counts(): MailboxCounts {
    return { ...this.#counts };
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** One look; never rejects. */
  async look(): Promise<void> {
    const { mailbox, logger, control, noteMailbox, downMs } = this.#parts;
    let problem: string | null = null;
    try {
      await mailbox.poll((mail) => this.#take(mail), this.#stopping.signal);
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      problem = error instanceof Error ? error.message : String(error);
      logger.warn({ mailbox: mailbox.name, problem }, 'the mailbox of replies cannot be read');
    }
    const failing = problem === null ? 0 : 1;
    this.#counts.looks += 1;
    this.#counts.failures += failing;
    this.#counts.failing = failing;
    try {
      const raised = await control.write(noteMailbox, { mailbox: mailbox.name, problem, downMs });
      if (raised > 0)
        logger.error({ mailbox: mailbox.name, raised }, 'replies by mail do not arrive: incidents are raised');
    } catch (error) {
      logger.error({ err: error }, 'the state of the mailbox is not written');
    }
  }

  async #take(mail: InboundMail): Promise<void> {
    const taken = await this.#outcomeOf(mail);
    const { messageId, from } = mail;
    if (taken.kind === 'ignored') {
      this.#counts.ignored += 1;
      this.#parts.logger.info({ messageId, from, reason: taken.reason }, 'a mail became no comment');
      return;
    }
    if (taken.kind === 'commented') this.#counts.comments += 1;
    else this.#counts.duplicates += 1;
    this.#parts.logger.info({ messageId, from, incidentId: taken.incidentId }, `a reply by mail: ${taken.kind}`);
  }

  async #outcomeOf(mail: InboundMail): Promise<TakenReply> {
    const reason = mail.problem ?? robotReason(mail);
    if (reason !== null) return { kind: 'ignored', reason };
    const token = mail.recipients.map(readReplyToken).find((found) => found !== null);
    if (token === undefined || token === null) return { kind: 'ignored', reason: 'it answers to no incident' };
    const [from, ...others] = mail.from;
    if (from === undefined || others.length > 0) return { kind: 'ignored', reason: 'it has not one sender' };
    const text = replyText(mail.text);
    if (text === '') return { kind: 'ignored', reason: 'it says nothing of its own' };
    try {
      return await this.#parts.control.write(this.#parts.takeReply, {
        messageId: mail.messageId,
        incidentId: token.incidentId,
        mac: token.mac.toString('hex'),
        from,
        text,
      });
    } catch (error) {
      // What is refused once is refused for ever; anything else is tried again with the next look.
      if (error instanceof AppError && error.kind === 'refused') return { kind: 'ignored', reason: error.message };
      throw error;
    }
  }
}

/** The mailbox of the settings; null when none is configured. @throws AppError `CONFIG_INVALID` */
export function openMailboxWatch(parts: {
  readonly control: ControlStore;
  readonly logger: Logger;
  readonly settings: Settings;
  readonly registrySettings: RegistrySettings;
}): MailboxWatch | null {
  const { settings, control, logger, registrySettings } = parts;
  const { 'notify.inbound.host': host, 'notify.inbound.user': user, 'notify.inbound.address': address } = settings;
  if (host === null || user === null || address === null) return null;
  const local = address.slice(0, address.lastIndexOf('@'));
  if (!isEmailAddress(address) || local.length > REPLY_LOCAL_CHARS_MAX || local.includes('+')) {
    const expected = `name@domain with at most ${REPLY_LOCAL_CHARS_MAX} characters before the @ and no +`;
    throw configInvalid(`option notify.inbound.address is ${JSON.stringify(address)}: expected ${expected}`);
  }
  const deps = incidentDeps(registrySettings);
  return new MailboxWatch({
    control,
    logger,
    everyMs: settings['notify.inbound.pollSeconds'] * 1000,
    downMs: settings['notify.downSeconds'] * 1000,
    takeReply: takeReplyCommand(deps, registrySettings.notifications.secretKey),
    noteMailbox: noteMailboxCommand(deps),
    mailbox: createImapMailbox({
      host,
      port: settings['notify.inbound.port'],
      security: settings['notify.inbound.security'],
      user,
      password: settings['notify.inbound.password'] ?? '',
      folder: settings['notify.inbound.folder'],
      ...caOf(settings['notify.inbound.ca']),
    }),
  });
}

function caOf(path: string | null): { readonly ca?: string } {
  if (path === null) return {};
  try {
    return { ca: readFileSync(path, 'utf8') };
  } catch {
    throw configInvalid(`option notify.inbound.ca is ${JSON.stringify(path)}: expected a readable PEM file`);
  }
}

const configInvalid = (message: string): AppError => new AppError('invalid', 'CONFIG_INVALID', message);
