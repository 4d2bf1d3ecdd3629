import type { ClockPart } from './plan.ts';

/** Seconds since 1970 that have a date in every store; others have no parts. */
const SECONDS_END = 2 ** 32;
const DAY_SECONDS = 86_400;

/** A part of a time in seconds since 1970, in UTC; undefined outside [1970, 2106). Days of a week count from Monday, 1. */
export function clockPart(part: ClockPart, seconds: number): number | undefined {
  if (!(seconds >= 0) || seconds >= SECONDS_END) return undefined;
  const whole = Math.floor(seconds);
  const date = new Date(whole * 1000);
  switch (part) {
    case 'second':
      return date.getUTCSeconds();
    case 'minute':
      return date.getUTCMinutes();
    case 'hour':
      return date.getUTCHours();
    case 'day':
      return date.getUTCDate();
    case 'day_of_week':
      return date.getUTCDay() === 0 ? 7 : date.getUTCDay();
    case 'week':
      return isoWeek(whole);
    case 'month':
      return date.getUTCMonth() + 1;
    case 'year':
      return date.getUTCFullYear();
  }
}

/** The week that holds the Thursday next to the day; week 1 holds the year's first Thursday. ISO 8601. */
function isoWeek(seconds: number): number {
  const days = Math.floor(seconds / DAY_SECONDS);
  // 1970-01-01 was a Thursday: day 0 of the count is day 3 of its week.
  const thursday = days - ((days + 3) % 7) + 3;
  const year = new Date(thursday * DAY_SECONDS * 1000).getUTCFullYear();
  const firstDay = Date.UTC(year, 0, 1) / 1000 / DAY_SECONDS;
  return Math.floor((thursday - firstDay) / 7) + 1;
}

const FUNCTIONS: Readonly<Record<ClockPart, string>> = {
  second: 'toSecond',
  minute: 'toMinute',
  hour: 'toHour',
  day: 'toDayOfMonth',
  day_of_week: 'toDayOfWeek',
  week: 'toISOWeek',
  month: 'toMonth',
  year: 'toYear',
};

/** The store's twin: `String` and whether there is one, over a `Nullable(Float64)`. */
export function clockPartSql(part: ClockPart, number: string): { text: string; isPresent: string } {
  const isDate = `(ifNull(${number} >= 0 AND ${number} < ${SECONDS_END}, false))`;
  const seconds = `toUInt32(if(${isDate}, floor(assumeNotNull(${number})), 0))`;
  return { text: `if(${isDate}, toString(${FUNCTIONS[part]}(toDateTime(${seconds}, 'UTC'))), '')`, isPresent: isDate };
}
