const MINUTE_MS = 60_000;
/** Attempts that may go out at once after a quiet time; also the most of a rate that is smaller. */
const BURST_MAX = 10;

/**
 * A token bucket as one number that a row can hold: the moment at which it is full again. It holds `burst` attempts and
 * gets one back every `60 s / perMinute`.
 */
export type Bucket = { readonly perMinute: number; readonly fullAtMs: number };

/** Whole ms, so that sums are exact; never shorter than the rate says. */
const intervalOf = ({ perMinute }: Bucket): number => Math.ceil(MINUTE_MS / perMinute);
const burstOf = ({ perMinute }: Bucket): number => Math.max(1, Math.min(BURST_MAX, Math.floor(perMinute)));
/** How far the bucket is from full, ms; a clock that was set back cannot make it emptier than empty. */
const lackMs = (bucket: Bucket, nowMs: number): number =>
  Math.min(Math.max(0, bucket.fullAtMs - nowMs), burstOf(bucket) * intervalOf(bucket));

/** Attempts that may go out now. */
export const freeIn = (bucket: Bucket, nowMs: number): number =>
  burstOf(bucket) - Math.ceil(lackMs(bucket, nowMs) / intervalOf(bucket));

/** When the next attempt may go out, Unix ms; now at the earliest. */
export function freeAtMs(bucket: Bucket, nowMs: number): number {
  const emptyBy = lackMs(bucket, nowMs) - (burstOf(bucket) - 1) * intervalOf(bucket);
  return nowMs + Math.max(0, emptyBy);
}

/** The bucket after so many attempts. */
export const fullAfter = (bucket: Bucket, nowMs: number, attempts: number): number =>
  nowMs + lackMs(bucket, nowMs) + attempts * intervalOf(bucket);
