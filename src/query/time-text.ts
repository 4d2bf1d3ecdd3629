import { numericValue } from '../events/event.ts';

const ZONE = /^(?:GMT|UTC|Z)?(?:([+-])(\d{1,2})(?::?(\d{2}))?)?$/i;

/** Minutes that a zone such as `GMT+2:00`, `-0530` or `UTC` is ahead of UTC; null for what is no such zone. */
export function zoneMinutes(zone: string): number | null {
  const match = ZONE.exec(zone.trim());
  if (match === null) return null;
  const [, sign, hours = '0', minutes = '0'] = match;
  if (Number(hours) > 14 || Number(minutes) > 59) return null;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

const PARTS = /Y{2,4}|y{2,4}|MM|dd|HH|hh|mm|ss|SSS|a/g;
const two = (value: number): string => String(value).padStart(2, '0');

/** A time in seconds since 1970 in the form given; nothing for what is no time. Letters that mean nothing stay. */
export function timeText(text: string, format: string, minutes: number): string | undefined {
  const seconds = numericValue(text);
  if (seconds === undefined) return undefined;
  const at = new Date(seconds * 1000 + minutes * 60_000);
  if (Number.isNaN(at.getTime())) return undefined;
  const isHalfDay = /(?<![A-Za-z])a/.test(format);
  return format.replaceAll(PARTS, (part) => {
    switch (part) {
      case 'MM':
        return two(at.getUTCMonth() + 1);
      case 'dd':
        return two(at.getUTCDate());
      case 'HH':
        return two(at.getUTCHours());
      case 'hh':
        return two(isHalfDay ? at.getUTCHours() % 12 || 12 : at.getUTCHours());
      case 'mm':
        return two(at.getUTCMinutes());
      case 'ss':
        return two(at.getUTCSeconds());
      case 'SSS':
        return String(at.getUTCMilliseconds()).padStart(3, '0');
      case 'a':
        return isHalfDay ? (at.getUTCHours() < 12 ? 'AM' : 'PM') : 'a';
      default:
        return part.length === 2 ? two(at.getUTCFullYear() % 100) : String(at.getUTCFullYear()).padStart(4, '0');
    }
  });
}
