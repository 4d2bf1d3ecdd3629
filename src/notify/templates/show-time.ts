import { asNumber, isText, textOf, type Value } from './value.ts';

/** Epoch seconds beyond this are milliseconds: the year 5138 in seconds, 1973 in milliseconds. */
const SECONDS_MAX = 1e11;
const DATE_MS_MAX = 8.64e15;

/** Unix ms of epoch seconds (or ms), or of ISO text; undefined for what is no time. */
export function timeOf(value: Value): number | undefined {
  const number = asNumber(value);
  if (number !== undefined) {
    const ms = Math.abs(number) > SECONDS_MAX ? number : number * 1000;
    return Math.abs(ms) <= DATE_MS_MAX ? ms : undefined;
  }
  if (!isText(value) || !/^\d{4}-\d\d-\d\d/.test(textOf(value))) return undefined;
  const ms = Date.parse(textOf(value).slice(0, 40));
  return Number.isNaN(ms) ? undefined : ms;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const options = {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    weekday: 'short',
    timeZoneName: 'short',
    hourCycle: 'h23',
  } as const;
  let made: Intl.DateTimeFormat;
  try {
    made = new Intl.DateTimeFormat('en-US', { ...options, timeZone });
  } catch {
    made = new Intl.DateTimeFormat('en-US', { ...options, timeZone: 'UTC' });
  }
  // Zones come from user accounts and there are some hundred names; a bound all the same.
  if (formats.size < 1000) formats.set(timeZone, made);
  return made;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * The time as `strftime` writes it, in an IANA zone (an unknown one is UTC). Knows %Y %y %m %d %H %I %M %S %f %p %a %b
 * %Z %s and %%; another letter stays as it is.
 */
export function showTime(ms: number, format: string, timeZone: string): string {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(ms)
      .map(({ type, value }) => [type as string, value]),
  );
  const part = (name: string): string => parts.get(name) ?? '';
  const hour = Number(part('hour'));
  const shown: Readonly<Record<string, string>> = {
    Y: part('year').padStart(4, '0'),
    y: part('year').slice(-2),
    m: part('month'),
    d: part('day'),
    H: part('hour'),
    I: String(hour % 12 === 0 ? 12 : hour % 12).padStart(2, '0'),
    M: part('minute'),
    S: part('second'),
    f: String(Math.floor((((ms % 1000) + 1000) % 1000) * 1000)).padStart(6, '0'),
    p: hour < 12 ? 'AM' : 'PM',
    a: part('weekday'),
    b: MONTHS[Number(part('month')) - 1] ?? '',
    Z: part('timeZoneName'),
    s: String(Math.floor(ms / 1000)),
    '%': '%',
  };
  return format.replace(/%(.)/g, (whole, letter: string) =>
    Object.hasOwn(shown, letter) ? (shown[letter] ?? whole) : whole,
  );
}
