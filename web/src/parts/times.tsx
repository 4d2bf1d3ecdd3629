import { useNow } from './now.ts';

const UNITS: readonly (readonly [number, string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1_000, 's'],
];

/** `2m`, `3h`, `11d`: the largest unit that is not zero. */
export function shortDuration(ms: number): string {
  const size = Math.abs(ms);
  for (const [unit, letter] of UNITS) if (size >= unit) return `${Math.floor(size / unit)}${letter}`;
  return '0s';
}

const NOW_STEP_MS = 10_000;

/** The zone that times are told in: where the reader is. */
export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** `2026-11-23 10:11:12` where the reader is. */
export function localTime(ms: number): string {
  const date = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** How long ago, in step with the time that passes. */
export function RelativeTime({ ms }: { readonly ms: number }) {
  const nowMs = useNow(NOW_STEP_MS);
  return (
    <time dateTime={new Date(ms).toISOString()} title={`${localTime(ms)} ${zone} · ${new Date(ms).toISOString()}`}>
      {shortDuration(nowMs - ms)}
    </time>
  );
}

/** An absolute time with the zone that it is told in. */
export function Clock({ ms }: { readonly ms: number }) {
  return (
    <time dateTime={new Date(ms).toISOString()} title={new Date(ms).toISOString()}>
      {localTime(ms)} <small>{zone}</small>
    </time>
  );
}
