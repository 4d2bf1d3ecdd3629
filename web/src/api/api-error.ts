/** Why a call did not do what was asked, in words that say what to do. */
export type ApiTrouble =
  /** Refused: the request, or the order that it placed. */
  | 'refused'
  | 'forbidden'
  | 'missing'
  /** Nobody is signed in, or no longer. */
  | 'signed-out'
  | 'overloaded'
  /** No answer: the server or the way to it is down. */
  | 'unreachable'
  | 'bug';

export type FieldTrouble = { readonly field: string; readonly messages: readonly string[] };

export class ApiError extends Error {
  readonly trouble: ApiTrouble;
  readonly status: number;
  /** After this many seconds the same call may work; null when waiting does not help. */
  readonly retryAfterSeconds: number | null;
  /** What is wrong with which field, where the server says it. */
  readonly fields: readonly FieldTrouble[];

  constructor(
    trouble: ApiTrouble,
    message: string,
    status: number,
    retryAfterSeconds: number | null = null,
    fields: readonly FieldTrouble[] = [],
  ) {
    super(message);
    this.trouble = trouble;
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
    this.fields = fields;
  }
}

/** One sentence for the reader: what the server said, and what helps. */
export function adviceFor(error: unknown): string {
  if (!(error instanceof ApiError)) return 'The console met a bug. Load the page again; if it stays, report it.';
  switch (error.trouble) {
    case 'refused':
      return 'Nothing was changed.';
    case 'forbidden':
      return 'Your account has no right to this. An administrator can give it to you.';
    case 'missing':
      return 'It may have been removed, or it belongs to another logpoint.';
    case 'signed-out':
      return 'Sign in again; what you typed is still here.';
    case 'overloaded':
      return error.retryAfterSeconds === null
        ? 'The server has too much to do. Try again in a moment.'
        : `The server has too much to do. Try again in ${error.retryAfterSeconds} s.`;
    case 'unreachable':
      return 'What you see may be old. The console tries again by itself.';
    case 'bug':
      return 'The server met a bug. Its log has more under the request id.';
  }
}

export function titleOf(error: unknown): string {
  return error instanceof Error ? capitalised(error.message) : 'Something went wrong';
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export function troubleOf(status: number): ApiTrouble {
  if (status === 401) return 'signed-out';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'missing';
  if (status === 429 || status === 503) return 'overloaded';
  return status >= 500 ? 'bug' : 'refused';
}
