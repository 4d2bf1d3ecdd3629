/**
 * Times as logs write them → Unix ms. Null for what is no time. A time without a zone is read in the given zone.
 */

const DIGITS_MAX = 19;

/** ISO 8601 in its usual spellings, epoch seconds or milliseconds (also µs, ns) as text. */
export function parseTime(text: string, timeZone: string): number | null {
  const first = text.charCodeAt(0);
  if (!((isDigit(first) || first === 45) /* - */)) return null;
  if (text.charCodeAt(4) === 45 /* - */ && isDigit(first)) return parseIso(text, timeZone);
  return parseEpochText(text);
}

/** Epoch numbers by their size: seconds, milliseconds, microseconds, nanoseconds. */
export function parseEpoch(value: number): number | null {
  if (!Number.isFinite(value)) return null;
  const size = Math.abs(value);
  if (size < 1e11) return Math.round(value * 1000);
  if (size < 1e14) return Math.round(value);
  if (size < 1e17) return Math.round(value / 1e3);
  if (size < 1e20) return Math.round(value / 1e6);
  return null;
}

function parseEpochText(text: string): number | null {
  if (text.length > DIGITS_MAX + 7 || !/^-?\d{1,19}(\.\d{1,6})?$/.test(text)) return null;
  return parseEpoch(Number(text));
}

/** `YYYY-MM-DD`, then `T` or a blank, `HH:MM[:SS[.f]]`, then nothing, `Z`, ` UTC` or `±hh[:]mm`. */
function parseIso(text: string, timeZone: string): number | null {
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  if (year < 0 || month < 1 || month > 12 || day < 1 || day > 31 || text.charCodeAt(7) !== 45) return null;
  if (text.length === 10) return toUtc(Date.UTC(year, month - 1, day), timeZone);
  const separator = text.charCodeAt(10);
  if (separator !== 84 && separator !== 116 && separator !== 32) return null;
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  if (hour < 0 || hour > 24 || minute < 0 || minute > 59 || text.charCodeAt(13) !== 58) return null;
  let at = 16;
  let second = 0;
  let millis = 0;
  if (text.charCodeAt(at) === 58) {
    second = digits(text, 17, 2);
    if (second < 0 || second > 60) return null;
    at = 19;
    const mark = text.charCodeAt(at);
    if (mark === 46 || mark === 44) {
      let scale = 100;
      for (at += 1; isDigit(text.charCodeAt(at)); at += 1) {
        millis += (text.charCodeAt(at) - 48) * scale;
        scale = scale > 1 ? scale / 10 : 0;
      }
    }
  }
  const local = Date.UTC(year, month - 1, day, hour, minute, second) + Math.floor(millis);
  // `Date.UTC` counts years below 100 from 1900 and rolls the 31st of a short month over: neither was meant.
  if (year < 100 || new Date(Date.UTC(year, month - 1, day)).getUTCDate() !== day) return null;
  return withZone(local, text.slice(at).trim(), timeZone);
}

function withZone(localMs: number, zone: string, timeZone: string): number | null {
  if (zone === '') return toUtc(localMs, timeZone);
  if (zone === 'Z' || zone === 'z' || zone === 'UTC') return localMs;
  const offset = parseOffset(zone);
  return offset === null ? null : localMs - offset;
}

/** `+02:00`, `-0530`, `+02` in ms east of UTC. */
export function parseOffset(text: string): number | null {
  const match = /^([+-])(\d{2}):?(\d{2})?$/.exec(text);
  if (match === null) return null;
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0);
  return minutes > 14 * 60 ? null : minutes * 60_000 * (match[1] === '-' ? -1 : 1);
}

/** Local time in a zone → Unix ms. In the hour that a clock change repeats, the first of both. */
export function toUtc(localMs: number, timeZone: string): number {
  if (timeZone === 'UTC') return localMs;
  const fixed = parseOffset(timeZone);
  if (fixed !== null) return localMs - fixed;
  const guess = localMs - zoneOffset(localMs, timeZone);
  return localMs - zoneOffset(guess, timeZone);
}

/** @throws RangeError when the zone is unknown */
export function checkTimeZone(timeZone: string): void {
  if (parseOffset(timeZone) === null) new Intl.DateTimeFormat('en-US', { timeZone });
}

const offsets = new Map<string, number>();
const OFFSETS_MAX = 10_000;
const QUARTER_MS = 15 * 60_000;

/** Offset of a zone at an instant. Clocks change on whole quarters of an hour, so one value serves each. */
function zoneOffset(atMs: number, timeZone: string): number {
  const quarterMs = Math.floor(atMs / QUARTER_MS) * QUARTER_MS;
  const key = `${timeZone} ${quarterMs}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  }).formatToParts(quarterMs);
  const part = (type: string): number => Number(parts.find((candidate) => candidate.type === type)?.value ?? 0);
  const shown = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'));
  if (offsets.size >= OFFSETS_MAX) offsets.clear();
  offsets.set(key, shown - quarterMs);
  return shown - quarterMs;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAY_MS = 24 * 3600_000;

export const monthIndex = (name: string): number => MONTHS.indexOf(name.toLowerCase());

/**
 * A time without a year, as RFC 3164 writes it: the latest year in which it is not more than a day ahead of the receipt
 * (clocks differ; a line of 31 December may arrive on 1 January). 29 February falls in a leap year.
 */
export function guessYear(
  month: number,
  day: number,
  timeOfDayMs: number,
  timeZone: string,
  nowMs: number,
): number | null {
  const thisYear = new Date(nowMs).getUTCFullYear();
  for (let year = thisYear + 1; year >= thisYear - 8; year -= 1) {
    const dayMs = Date.UTC(year, month, day);
    if (new Date(dayMs).getUTCMonth() !== month) continue;
    const atMs = toUtc(dayMs + timeOfDayMs, timeZone);
    if (atMs <= nowMs + DAY_MS) return atMs;
  }
  return null;
}

/** `10/Oct/2000:13:55:36 -0700`, the time of the combined log format. */
export function parseAccessTime(text: string): number | null {
  const match = /^(\d{2})\/([A-Za-z]{3})\/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-]\d{4})$/.exec(text);
  if (match === null) return null;
  const [, day, month, year, hour, minute, second, zone] = match.map(String);
  const offset = parseOffset(zone ?? '');
  const index = monthIndex(month ?? '');
  if (offset === null || index < 0) return null;
  return Date.UTC(Number(year), index, Number(day), Number(hour), Number(minute), Number(second)) - offset;
}

function digits(text: string, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i += 1) {
    const code = text.charCodeAt(i);
    if (!isDigit(code)) return -1;
    value = value * 10 + code - 48;
  }
  return value;
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/**
 * True for a quoted `YYYY-MM-DD`, `T` or a blank, `HH:MM:SS[.f]`, then nothing or `Z`, of a year between 2000 and `yearMax`, both not
 * included, and a day up to the 28th. False says nothing.
 */
export function isPlainTime(bytes: Uint8Array, start: number, end: number, yearMax: number): boolean {
  if (end - start < 21 || bytes[start] !== 0x22) return false;
  const year = number2(bytes, start + 1) * 100 + number2(bytes, start + 3);
  const month = number2(bytes, start + 6);
  const day = number2(bytes, start + 9);
  const separator = bytes[start + 11];
  const hour = number2(bytes, start + 12);
  const minute = number2(bytes, start + 15);
  const second = number2(bytes, start + 18);
  if (!(year > 2000 && year < yearMax && month >= 1 && month <= 12 && day >= 1 && day <= 28)) return false;
  if (bytes[start + 5] !== 45 || bytes[start + 8] !== 45 || (separator !== 84 && separator !== 32)) return false;
  if (bytes[start + 14] !== 58 || bytes[start + 17] !== 58) return false;
  if (!(hour < 24 && minute < 60 && second < 60)) return false;
  let at = start + 20;
  if (bytes[at] === 46) for (at += 1; isDigit(bytes[at] ?? 0); at += 1);
  if (bytes[at] === 90) at += 1;
  return at === end - 1;
}

/** NaN for what is no two digits. */
function number2(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] ?? 0) - 48;
  const ones = (bytes[at + 1] ?? 0) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}
