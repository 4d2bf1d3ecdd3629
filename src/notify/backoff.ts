/** Longest wait between two attempts, whatever the schedule or the receiver's `Retry-After` says. */
export const BACKOFF_MS_MAX = 4 * 3_600_000;

/**
 * Wait before the attempt after the `attempts`-th failed one: `baseMs` doubled each time up to four hours, then spread
 * by ±20 % so that deliveries that failed together do not return together. With a base of 1 s a delivery is
 * tried about 20 times in its 24 hours.
 *
 * `random` is in [0, 1).
 */
export function backoffMs(attempts: number, baseMs: number, random: number): number {
  const plain = Math.min(baseMs * 2 ** Math.min(attempts - 1, 40), BACKOFF_MS_MAX);
  return Math.max(1, Math.round(plain * (0.8 + 0.4 * random)));
}

/**
 * When to try again after a failure at `nowMs`; null = never. The last attempt falls on the end of the delivery's life,
 * not before it. A `Retry-After` of the receiver lengthens the wait and never shortens it.
 */
export function nextAttemptAtMs(failure: {
  readonly nowMs: number;
  readonly expiresAtMs: number;
  readonly attempts: number;
  readonly baseMs: number;
  readonly random: number;
  readonly retryAfterMs: number | null;
}): number | null {
  if (failure.nowMs >= failure.expiresAtMs) return null;
  const wait = Math.max(
    backoffMs(failure.attempts, failure.baseMs, failure.random),
    Math.min(failure.retryAfterMs ?? 0, BACKOFF_MS_MAX),
  );
  return Math.min(failure.nowMs + wait, failure.expiresAtMs);
}
