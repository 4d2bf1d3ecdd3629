/**
 * How one attempt ended. `retry`: it may work later (connect, time-out, 429, 5xx, and their like in SMTP). `dead`: it
 * will not work by itself (other answers, a refused address). Texts hold no secret and are cut to `ANSWER_CHARS_MAX`.
 */
export type SendOutcome = {
  readonly kind: 'delivered' | 'retry' | 'dead';
  /** HTTP or SMTP status; null when no answer came. */
  readonly status: number | null;
  /** What was asked, e.g. `POST https://hooks.example/…`. */
  readonly request: string;
  /** Begin of what came back. */
  readonly answer: string;
  readonly error: string | null;
  /** The receiver's own wish, ms from now. */
  readonly retryAfterMs: number | null;
};

export const ANSWER_CHARS_MAX = 1000;

/** The text without the given secrets and control characters, cut to what the log keeps. */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) if (secret.length >= 4) clean = clean.replaceAll(secret, '[redacted]');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must not reach a log
  return clean.replace(/[\u0000-\u0008\u000b-\u001f\u007f]+/g, ' ').slice(0, ANSWER_CHARS_MAX);
}
