import { AppError, type ErrorKind, httpStatusOf } from '../../shared/errors.ts';
import { type ErrorBody, errorBody } from './envelope.ts';

export type ErrorAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ErrorBody;
  /** A bug: the log gets the stack, the client only the request id. */
  readonly isBug: boolean;
};

/** The code of a refusal, which `docs/errors.md` explains: the envelope is the vendor's and has no place for it. */
export const ERROR_CODE_HEADER = 'x-error-code';

/** Seconds that a client waits when a full or closed part does not say how long. */
const RETRY_AFTER_SECONDS_DEFAULT = 1;

/** Failures that the HTTP framework finds before a handler runs, in this project's words. */
const FRAMEWORK: Readonly<Record<string, { kind: ErrorKind; code: string; message: string }>> = {
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    kind: 'invalid',
    code: 'BODY_INVALID',
    message: 'request body does not have the announced length',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    kind: 'unsupported-media',
    code: 'MEDIA_TYPE',
    message: 'content type is not supported: expected application/json',
  },
  FST_ERR_CTP_EMPTY_TYPE: {
    kind: 'unsupported-media',
    code: 'MEDIA_TYPE',
    message: 'content type is missing: expected application/json',
  },
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: {
    kind: 'unsupported-media',
    code: 'MEDIA_TYPE',
    message: 'content type is missing: expected application/json',
  },
  FST_ERR_BAD_URL: { kind: 'invalid', code: 'REQUEST_INVALID', message: 'path is not a valid URL path' },
  FST_ERR_MAX_PARAM_LENGTH: {
    kind: 'not-found',
    code: 'ROUTE_UNKNOWN',
    message: 'path has a segment that is too long',
  },
  FST_ERR_ASYNC_CONSTRAINT: { kind: 'invalid', code: 'REQUEST_INVALID', message: 'request cannot be routed' },
};

/** `bodyBytesMax`: what the route takes, for the answer to a body that is larger. */
export function answerTo(error: unknown, requestId: string, bodyBytesMax?: number): ErrorAnswer {
  if (error instanceof AppError) return expected(error.kind, error.code, error.message, error.retryAfterSeconds);
  const code = codeOf(error);
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const limit = bodyBytesMax === undefined ? 'the server takes' : `${bodyBytesMax} bytes`;
    return expected('too-large', 'BODY_TOO_LARGE', `request body is larger than ${limit}`);
  }
  const known = FRAMEWORK[code];
  if (known !== undefined) return expected(known.kind, known.code, known.message);
  // Closing connections answer 503 through the framework's own error.
  if (code === 'FST_ERR_REOPENED_CLOSE_SERVER') return expected('unavailable', 'STOPPING', 'server is stopping');
  const headers = { [ERROR_CODE_HEADER]: 'INTERNAL' };
  return { status: 500, headers, body: errorBody(`internal error; request id ${requestId}`), isBug: true };
}

function expected(kind: ErrorKind, code: string, message: string, retryAfterSeconds?: number): ErrorAnswer {
  const headers: Record<string, string> = { [ERROR_CODE_HEADER]: code };
  if (kind === 'overloaded' || kind === 'unavailable') {
    headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfterSeconds ?? RETRY_AFTER_SECONDS_DEFAULT)));
  }
  if (kind === 'unauthenticated') headers['www-authenticate'] = 'Bearer';
  return { status: httpStatusOf(kind), headers, body: errorBody(message), isBug: false };
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}
