/** What went wrong, in the words a caller can act on. Kinds map to HTTP statuses in one place: `httpStatusOf`. */
export const ERROR_KINDS = [
  'invalid',
  'unauthenticated',
  'forbidden',
  'not-found',
  'method-not-allowed',
  'conflict',
  'too-large',
  'unsupported-media',
  'overloaded',
  'unavailable',
  'refused',
] as const;
export type ErrorKind = (typeof ERROR_KINDS)[number];

/**
 * An expected failure: bad input, a missing right, a full queue. Its message goes to the client as it stands, so it
 * names what was seen and what was expected and holds no secret. Bugs are plain `Error`s and never reach a client.
 */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: string;
  readonly kind: ErrorKind;
  /** Seconds after which a retry may succeed; only on `overloaded` and `unavailable`. */
  readonly retryAfterSeconds: number | undefined;
  /** Per-field messages of a refused order, as the Director API shows them in `validationErrors`. */
  readonly fields: Readonly<Record<string, readonly string[]>> | undefined;

  constructor(
    kind: ErrorKind,
    code: string,
    message: string,
    options: {
      cause?: unknown;
      retryAfterSeconds?: number | undefined;
      fields?: Readonly<Record<string, readonly string[]>> | undefined;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.fields = options.fields;
  }
}

/** An `AppError` of kind `refused`: the node understood the order and will not carry it out (wrong state, no right, name taken). */
export function refuse(code: string, message: string, fields?: Readonly<Record<string, readonly string[]>>): AppError {
  return new AppError('refused', code, message, { fields });
}

/** The form in which an error crosses a thread boundary. Bugs keep their stack for the log of the receiving side. */
export type ErrorData =
  | {
      readonly app: true;
      readonly kind: ErrorKind;
      readonly code: string;
      readonly message: string;
      readonly retryAfterSeconds?: number | undefined;
      readonly fields?: Readonly<Record<string, readonly string[]>> | undefined;
    }
  | { readonly app: false; readonly message: string; readonly stack: string };

export function errorToData(error: unknown): ErrorData {
  if (error instanceof AppError) {
    const { kind, code, message, retryAfterSeconds, fields } = error;
    return { app: true, kind, code, message, retryAfterSeconds, fields };
  }
  if (error instanceof Error) return { app: false, message: error.message, stack: error.stack ?? error.message };
  return { app: false, message: String(error), stack: String(error) };
}

export function errorFromData(data: ErrorData): Error {
  if (data.app) return new AppError(data.kind, data.code, data.message, data);
  const error = new Error(data.message);
  error.stack = data.stack;
  return error;
}

const HTTP_STATUS: Record<ErrorKind, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  conflict: 409,
  'too-large': 413,
  'unsupported-media': 415,
  overloaded: 429,
  unavailable: 503,
  // A refusal is the outcome of an order, which is read with 200; at the door it is a bad request.
  refused: 400,
};

export function httpStatusOf(kind: ErrorKind): number {
  return HTTP_STATUS[kind];
}
