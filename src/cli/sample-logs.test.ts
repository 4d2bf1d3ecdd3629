import { expect, test } from 'vitest';
import { moveTimes, readSampleLogs } from './sample-logs.ts';

const END = Date.UTC(2027, 0, 1, 0, 0, 30);

test.each([
  [
    ['<38>Nov 23 06:54:48 web-1 sshd[1]: a', '<38>Nov 23 06:54:49 web-1 sshd[1]: b'],
    ['<38>Jan  1 00:00:29 web-1 sshd[1]: a', '<38>Jan  1 00:00:30 web-1 sshd[1]: b'],
  ],
  [
    ['1.2.3.4 - - [23/Nov/2026:06:54:31 +0000] "GET /" 1', '1.2.3.4 - - [23/Nov/2026:06:55:31 +0000] "GET /" 2'],
    ['1.2.3.4 - - [31/Dec/2026:23:59:30 +0000] "GET /" 1', '1.2.3.4 - - [01/Jan/2027:00:00:30 +0000] "GET /" 2'],
  ],
  [
    ['<38>1 2026-11-23T06:54:49.250000+00:00 web-1 sshd 1 - -  a'],
    ['<38>1 2027-01-01T00:00:30.000000+00:00 web-1 sshd 1 - -  a'],
  ],
])('a log keeps its distances and ends at the given time', (lines, moved) => {
  expect(moveTimes(lines, END)).toEqual(moved);
});

test('a line without a time stamp is a fault of the recording', () => {
  expect(() => moveTimes(['no time'], END)).toThrow('no time stamp in the sample line "no time"');
});

test('the recordings are read whole', () => {
  const logs = readSampleLogs('samples/logs', END);
  expect(logs.map((log) => [log.file, log.lines.length > 40])).toEqual([
    ['web-1-auth-rfc5424.log', true],
    ['web-1-auth.log', true],
    ['web-1-nginx-access.log', true],
  ]);
});
