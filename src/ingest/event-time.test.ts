import fc from 'fast-check';
import { expect, test } from 'vitest';
import { guessYear, parseAccessTime, parseEpoch, parseTime, toUtc } from './event-time.ts';

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

test('a time written as ISO is read back to the millisecond', () => {
  const instants = fc.date({ min: new Date('0100-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
  fc.assert(
    fc.property(instants, (date) => {
      expect(parseTime(date.toISOString(), 'UTC')).toBe(date.getTime());
    }),
  );
});

test('the usual spellings of one time are one time', () => {
  const spellings = [
    '2026-03-01T10:00:00.123Z',
    '2026-03-01 10:00:00.123',
    '2026-03-01T10:00:00,123456789Z',
    '2026-03-01T12:00:00.123+02:00',
    '2026-03-01T05:30:00.123-0430',
    '2026-03-01 10:00:00.123 UTC',
    '1772359200.123',
    '1772359200123',
    '1772359200123456',
    '1772359200123456789',
  ];
  for (const text of spellings) expect(iso(parseTime(text, 'UTC')), text).toBe('2026-03-01T10:00:00.123Z');
  expect(iso(parseEpoch(1772359200.123))).toBe('2026-03-01T10:00:00.123Z');
});

test('what is no time is none', () => {
  const texts = [
    '',
    'now',
    '2026-02-30T10:00:00Z',
    '2026-13-01',
    '2026-01-01T25:00:00Z',
    '2026-01-01T10:00:00 MEZ',
    '-',
    '1e9',
    '12:00',
  ];
  for (const text of texts) expect(parseTime(text, 'UTC'), text).toBeNull();
});

test('a time without a zone is read in the given one, clock changes included', () => {
  expect(iso(parseTime('2026-01-01 12:00:00', 'Europe/Brussels'))).toBe('2026-01-01T11:00:00.000Z');
  expect(iso(parseTime('2026-07-01 12:00:00', 'Europe/Brussels'))).toBe('2026-07-01T10:00:00.000Z');
  expect(iso(parseTime('2026-03-29 03:00:00', 'Europe/Brussels'))).toBe('2026-03-29T01:00:00.000Z');
  expect(iso(parseTime('2026-01-01 12:00:00', '+05:45'))).toBe('2026-01-01T06:15:00.000Z');
  expect(iso(toUtc(Date.UTC(2026, 0, 1, 12), 'UTC'))).toBe('2026-01-01T12:00:00.000Z');
});

test('a date without a year is the latest one that is not ahead of the receipt by more than a day', () => {
  const at = (month: number, day: number, now: string) =>
    iso(guessYear(month, day, 0, 'UTC', Date.parse(now)))?.slice(0, 10);
  expect(at(11, 31, '2026-01-01T00:00:05Z')).toBe('2025-12-31');
  expect(at(0, 1, '2025-12-31T23:59:00Z')).toBe('2026-01-01');
  expect(at(5, 1, '2026-06-01T12:00:00Z')).toBe('2026-06-01');
  expect(at(5, 3, '2026-06-01T12:00:00Z')).toBe('2025-06-03');
  expect(at(1, 29, '2026-06-01T12:00:00Z')).toBe('2024-02-29');
});

test('the time of an access log has its zone', () => {
  expect(iso(parseAccessTime('10/Oct/2025:13:55:36 -0700'))).toBe('2025-10-10T20:55:36.000Z');
  expect(parseAccessTime('10/Foo/2025:13:55:36 -0700')).toBeNull();
});
