/** A span of time as it stands in the address: `24h` back from now, or epoch seconds from and to. */
export type TimeRange = { readonly fromMs: number; readonly toMs: number; readonly text: string };

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const RANGE_DEFAULT = '24h';

export const TIME_CHOICES: readonly (readonly [string, string])[] = [
  ['15m', 'last 15 minutes'],
  ['1h', 'last hour'],
  ['4h', 'last 4 hours'],
  ['24h', 'last 24 hours'],
  ['7d', 'last 7 days'],
  ['30d', 'last 30 days'],
  ['90d', 'last 90 days'],
];

/** `24h`, `7d`, or `1795432400-1795436000`; anything else is the last 24 hours. */
export function timeRangeOf(text: string | undefined, nowMs: number): TimeRange {
  const given = text ?? RANGE_DEFAULT;
  const fixed = /^(\d{1,11})-(\d{1,11})$/.exec(given);
  if (fixed !== null && Number(fixed[1]) < Number(fixed[2])) {
    return { fromMs: Number(fixed[1]) * 1000, toMs: Number(fixed[2]) * 1000, text: given };
  }
  const back = /^(\d{1,4})([mhd])$/.exec(given);
  const unit = UNIT_MS[back?.[2] ?? ''];
  if (back === null || unit === undefined) return timeRangeOf(RANGE_DEFAULT, nowMs);
  return { fromMs: nowMs - Number(back[1]) * unit, toMs: nowMs, text: given };
}

export const fixedRange = (fromMs: number, toMs: number): string =>
  `${Math.floor(fromMs / 1000)}-${Math.max(Math.floor(fromMs / 1000) + 1, Math.ceil(toMs / 1000))}`;
