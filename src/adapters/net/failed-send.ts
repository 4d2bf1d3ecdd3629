import { EgressRefused } from '../../notify/egress-policy.ts';
import { redact, type SendOutcome } from '../../notify/send-outcome.ts';

/** The refusal behind an error, through aggregates (several addresses) and causes; null when it is another error. */
export function refusalIn(error: unknown): EgressRefused | null {
  if (error instanceof EgressRefused) return error;
  if (error instanceof AggregateError) {
    for (const part of error.errors) {
      const found = refusalIn(part);
      if (found !== null) return found;
    }
  }
  return error instanceof Error && error.cause !== undefined ? refusalIn(error.cause) : null;
}

export function describeError(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(describeError).join('; ');
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : '';
  return error.message.startsWith(code) ? error.message : code + error.message;
}

/** What went wrong on the way: it may pass, save for an address that egress refuses. */
export const failedSend = (
  request: string,
  error: unknown,
  secrets: readonly string[],
  more: Partial<SendOutcome> = {},
): SendOutcome => ({
  kind: refusalIn(error) === null ? 'retry' : 'dead',
  status: null,
  request,
  answer: '',
  error: redact(refusalIn(error)?.message ?? describeError(error), secrets),
  retryAfterMs: null,
  ...more,
});
