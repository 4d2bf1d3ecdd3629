/** A mail as the mailbox gives it. Nothing in it is believed: anybody may have written it. */
export type InboundMail = {
  /** Of `Message-ID`, or a digest of the mail when it has none. */
  readonly messageId: string;
  /** Bare addresses of `From`. */
  readonly from: readonly string[];
  /** Bare addresses that it went to, as the headers say: To, Cc and what servers add. */
  readonly recipients: readonly string[];
  /** Names in lower case, the first value of each. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
  readonly bytes: number;
  /** Why it could not be read whole; null when it could. */
  readonly problem: string | null;
};

/** The port of an inbound mailbox. */
export interface Mailbox {
  /** `imap://host:port` */
  readonly name: string;
  /**
   * Gives each mail that is new to `handle`, oldest first, and marks it as seen when that has resolved: a mail is given
   * again when the process ends in between. @throws Error when the mailbox cannot be read
   */
  poll(handle: (mail: InboundMail) => Promise<void>, signal: AbortSignal): Promise<void>;
}
