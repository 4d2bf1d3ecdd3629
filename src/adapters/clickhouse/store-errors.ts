import { ClickHouseError } from '@clickhouse/client';
import { AppError, type ErrorKind } from '../../shared/errors.ts';

/** Seconds after which a caller should try again while the event store restarts. */
const RETRY_AFTER_SECONDS = 1;

export function storeUnavailable(cause?: unknown): AppError {
  return new AppError(
    'unavailable',
    'EVENT_STORE_UNAVAILABLE',
    'the event store is not answering; send it again later',
    {
      cause,
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    },
  );
}

/** ClickHouse's codes for what a search may run into. Source: ErrorCodes.cpp of the engine. */
const SEARCH_FAULTS: Readonly<Record<string, readonly [ErrorKind, string, string]>> = {
  '159': ['overloaded', 'SEARCH_TIMEOUT', 'the search took longer than its time limit; narrow its range or its query'],
  '241': ['too-large', 'SEARCH_MEMORY', 'the search needed more memory than a search may use; narrow it'],
  '158': ['too-large', 'SEARCH_RESULT_TOO_LARGE', 'the result of the search is larger than a result may be; narrow it'],
  '396': ['too-large', 'SEARCH_RESULT_TOO_LARGE', 'the result of the search is larger than a result may be; narrow it'],
  '202': ['overloaded', 'SEARCH_QUEUE_FULL', 'too many searches wait for the event store; try again later'],
  '394': ['refused', 'SEARCH_CANCELLED', 'the search was cancelled'],
};

/** Codes on which an append may succeed when it is sent again: memory, parts, disk, shutting down. */
const RETRYABLE_CODES = new Set([
  '241',
  '252',
  '243',
  '74',
  '75',
  '76',
  '1001',
  '236',
  '159',
  '202',
  '210',
  '394',
  '999',
]);

/** The table or its database is gone (a folder restored under a running server): opening the logpoint makes it again. */
export const isTableGone = (error: unknown): boolean =>
  error instanceof ClickHouseError && (error.code === '60' || error.code === '81');

export function cancelledSearch(): AppError {
  return new AppError('refused', 'SEARCH_CANCELLED', 'the search was cancelled');
}

/** The error of a search as callers see it; what the table above does not know is a bug and stays an `Error`. */
export function searchError(error: unknown): Error {
  if (!(error instanceof ClickHouseError)) return connectionError(error);
  const fault = SEARCH_FAULTS[error.code];
  if (fault !== undefined) return new AppError(fault[0], fault[1], fault[2], { cause: error });
  return new Error(`the event store refused a search: ${error.code} ${error.type ?? ''}`, { cause: error });
}

export function writeError(error: unknown): Error {
  if (!(error instanceof ClickHouseError)) return connectionError(error);
  if (RETRYABLE_CODES.has(error.code)) return storeUnavailable(error);
  return new Error(`the event store refused a write: ${error.code} ${error.message}`, { cause: error });
}

/** Whatever breaks a connection (refused, reset, time-out) means that nothing is known about the request. */
function connectionError(error: unknown): Error {
  return error instanceof AppError ? error : storeUnavailable(error);
}
