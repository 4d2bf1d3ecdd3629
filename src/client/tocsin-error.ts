/** Codes that the client itself gives; all others are the server's: docs/errors.md. */
export type ClientCode =
  /** The order ended without success; `message` and `fields` say why. */
  | 'ORDER_REFUSED'
  /** The order had not ended when the time was over; `orderPath` can be followed later. */
  | 'ORDER_NOT_ENDED'
  /** No connection, or it broke. */
  | 'SERVER_UNREACHABLE'
  /** No answer within `callTimeoutMs`. */
  | 'CALL_TIMEOUT'
  /** An answer that is not what the API says. */
  | 'SERVER_ANSWER';

export type TocsinErrorDetails = {
  /** HTTP status of the refusal; absent when there was no answer, or when an order failed. */
  readonly status?: number | undefined;
  /** Names the request in the server's log; of an order that failed, the order's id. */
  readonly requestId?: string | undefined;
  /** Seconds after which the server wants to be asked again; with 429 and 503. */
  readonly retryAfterSeconds?: number | undefined;
  /** What is wrong with single fields of an order's data. */
  readonly fields?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Path of the order that it is about. */
  readonly orderPath?: string | undefined;
  readonly cause?: unknown;
};

/** What the server refused, or that it could not be asked. */
export class TocsinError extends Error {
  override readonly name = 'TocsinError';
  readonly code: ClientCode | (string & {});
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly fields: Readonly<Record<string, readonly string[]>> | undefined;
  readonly orderPath: string | undefined;

  constructor(code: TocsinError['code'], message: string, details: TocsinErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.status = details.status;
    this.requestId = details.requestId;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.fields = details.fields;
    this.orderPath = details.orderPath;
  }
}
