import type { Json, JsonObject, Operations } from './schema.ts';

/** An operation of the API by its `operationId`. */
export type OperationId = keyof Operations;

type OfKind<Kind extends string> = {
  [Id in OperationId]: Operations[Id]['kind'] extends Kind ? Id : never;
}[OperationId];

/** Operations that place an order. */
export type OrderId = OfKind<'order'>;
/** Operations that answer at once. */
export type CallId = OfKind<'read' | 'change'>;

/** How one call is made, beside what it says. */
export type CallOptions = {
  /** Ends the call, whatever it waits for. */
  readonly signal?: AbortSignal | undefined;
  /** Retries after 429 and 503. 5 for orders and calls that may be repeated, else 0. */
  readonly retriesMax?: number | undefined;
};
export type OrderOptions = CallOptions & {
  /** Makes the order the same one when it is placed again; made up when not given. */
  readonly idempotencyKey?: string | undefined;
  /** Longest wait for the end of the order, ms. */
  readonly orderTimeoutMs?: number | undefined;
};

/** What an operation takes: `path`, `query`, and `data` (orders) or `body`. */
export type RequestOf<Id extends OperationId> = Omit<Operations[Id], 'kind' | 'answer' | 'result'>;

type Args<Request, Options> =
  Record<never, never> extends Request ? [request?: Request & Options] : [request: Request & Options];
export type CallArgs<Id extends CallId> = Args<RequestOf<Id>, CallOptions>;
export type OrderArgs<Id extends OrderId> = Args<RequestOf<Id>, OrderOptions>;

/** What an operation answers. */
export type AnswerOf<Id extends CallId> = Operations[Id] extends { answer: infer Answer } ? Answer : never;
/** The `response` of an order that ended with success. */
export type ResultOf<Id extends OrderId> = Operations[Id] extends { result: infer Result } ? Result : never;

type Lists = { cursor?: string | undefined };
/** Operations that answer page by page. */
export type PagedId = {
  [Id in OperationId]: RequestOf<Id> extends { query?: infer Query }
    ? NonNullable<Query> extends Lists
      ? HasCursor<NonNullable<Query>, Id>
      : never
    : RequestOf<Id> extends { data?: infer Data }
      ? HasCursor<NonNullable<Data>, Id>
      : never;
}[OperationId];
type HasCursor<Asked, Id> = 'cursor' extends keyof Asked ? (string extends keyof Asked ? never : Id) : never;

type RowsIn<Answer> = Answer extends readonly (infer Row)[]
  ? Row
  : Answer extends { readonly rows: readonly (infer Row)[] }
    ? Row
    : Answer extends { readonly orders: readonly (infer Row)[] }
      ? Row
      : JsonObject;
/** One row of a page. */
export type RowOf<Id extends PagedId> = Id extends OrderId
  ? RowsIn<ResultOf<Id>>
  : Id extends CallId
    ? RowsIn<AnswerOf<Id>>
    : never;
export type PageArgs<Id extends PagedId> = Args<RequestOf<Id>, CallOptions>;

/** The parts of any request, as the code that sends it sees them. */
export type AnyRequest = OrderOptions & {
  readonly path?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly data?: unknown;
  readonly body?: unknown;
};

/** One change of the feed; `event` is `reset` when the feed no longer reaches back: read the lists anew. */
export type ChangeEvent = {
  /** For `lastEventId`. */
  readonly id: string;
  readonly event: 'incident' | 'rule' | 'order' | 'delivery' | 'source' | 'config' | 'reset' | (string & {});
  readonly data: {
    readonly type: string;
    readonly id: string;
    readonly action: string;
    /** Epoch seconds. */
    readonly at: number;
    readonly by: string;
  };
};

/** One line of a streamed search. */
export type SearchLine =
  | {
      readonly start: {
        readonly query_type: string;
        readonly grouping: readonly string[];
        readonly [key: string]: Json;
      };
    }
  | { readonly row: JsonObject }
  | { readonly searched_from: number }
  | { readonly end: JsonObject & { readonly rows: number; readonly is_cut: boolean; readonly elapsed_ms: number } };
