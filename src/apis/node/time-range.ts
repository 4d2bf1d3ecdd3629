import { isJsonObject, type Json } from '../../shared/json.ts';
import { invalid, shown } from './request-fields.ts';

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  second: 1,
  minute: 60,
  hour: 3_600,
  day: 86_400,
  week: 604_800,
  month: 2_592_000,
  year: 31_536_000,
};
const LAST = /^last\s+(?:(\d{1,6})\s+)?(second|minute|hour|day|week|month|year)s?$/i;
const DATES = /^(.+?)\s+to\s+(.+)$/i;
const DATE = /^(\d{4})[/-](\d{1,2})[/-](\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?$/;

const EXPECTED = 'expected "Last 24 hours", "YYYY/MM/DD HH:MM:SS To YYYY/MM/DD HH:MM:SS" or two epoch seconds';

/**
 * The range of a search in epoch seconds. Dates are of the user's time zone, as the user sees them.
 *
 * Source: contract/incident-api.md, A.3. @throws AppError `REQUEST_INVALID`
 */
export function timeRangeOf(value: Json | undefined, nowMs: number, timezone: string): readonly [number, number] {
  const range = parse(value, nowMs, timezone);
  if (range === null) throw invalid(`time_range is ${shown(value ?? null)}, ${EXPECTED}`);
  if (range[1] < range[0]) throw invalid(`time_range ends at ${range[1]}, before it begins at ${range[0]}`);
  return range;
}

function parse(value: Json | undefined, nowMs: number, timezone: string): readonly [number, number] | null {
  if (Array.isArray(value)) {
    const [from, to] = value.map(Number);
    const isRange = value.length === 2 && from !== undefined && to !== undefined && from >= 0 && to <= 253_402_300_799;
    return isRange ? [from, to] : null;
  }
  if (typeof value !== 'string' || isJsonObject(value)) return null;
  const text = value.trim();
  const last = LAST.exec(text);
  if (last !== null) {
    const to = Math.ceil(nowMs / 1000);
    const unit = UNIT_SECONDS[(last[2] ?? '').toLowerCase()];
    return unit === undefined ? null : [Math.max(0, to - Number(last[1] ?? 1) * unit), to];
  }
  const dates = DATES.exec(text);
  if (dates === null) return null;
  const from = parseDate(dates[1] ?? '', timezone);
  const to = parseDate(dates[2] ?? '', timezone);
  return from === null || to === null ? null : [from, to];
}

function parseDate(text: string, timezone: string): number | null {
  const parts = DATE.exec(text.trim());
  if (parts === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1)
    .map((part) => Number(part ?? 0));
  const wallMs = Date.UTC(year, month - 1, day, hour, minute, second);
  const shownDate = new Date(wallMs);
  // `Date.UTC` rolls the 31st of a short month over: what does not come back as it went in is no date.
  if (
    shownDate.getUTCMonth() !== month - 1 ||
    shownDate.getUTCDate() !== day ||
    hour > 23 ||
    minute > 59 ||
    second > 59
  ) {
    return null;
  }
  // The zone's offset at that wall time: asked twice, because the first answer may be of the other side of a change.
  const guess = wallMs - offsetMs(wallMs, timezone);
  return (wallMs - offsetMs(guess, timezone)) / 1000;
}

/** How far the zone's clock is ahead of UTC at a moment. */
function offsetMs(atMs: number, timezone: string): number {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(atMs);
  const get = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.find((part) => part.type === type)?.value);
  const wall = Date.UTC(get('year'), get('month') - 1, get('day'), get('hour'), get('minute'), get('second'));
  return wall - Math.floor(atMs / 1000) * 1000;
}
