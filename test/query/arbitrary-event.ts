import fc from 'fast-check';
import { type LogEvent, newFields } from '../../src/events/event.ts';

/** Fields of generated events; hot columns, fields of the map, a set, the message, and the record's own. */
export const FIELDS = [
  'user',
  'command',
  'event_id',
  'odd-name',
  'size',
  'label',
  'msg',
  'log_ts',
  'repo_name',
  '__proto__',
];

/** Texts where two evaluators may part: case beyond ASCII, numbers in other spellings, signs of either language. */
export const TEXTS = [
  'bob',
  'Bob',
  'BOB',
  '',
  ' ',
  'a',
  '5',
  '5.0',
  '05',
  '+5',
  '5.',
  '.5',
  '-0',
  '0',
  '1e3',
  '1000',
  '1e400',
  ' 5',
  '5 ',
  '4625',
  '4625.0',
  'c:\\windows\\system32\\',
  'C:\\Windows\\Temp\\x.exe',
  'cmd.exe /c "whoami"',
  "it's",
  'a*b',
  'a?b',
  'a.b',
  '100%_x',
  'Straße',
  'STRASSE',
  'ΟΔΟΣ',
  'οδος',
  'οδοσ',
  'İstanbul',
  'istanbul',
  '\u212aelvin',
  'kelvin',
  '😀 grin',
  'line\nbreak',
  'tab\tbed',
  'account locked',
  'Account-Locked!',
  'user_login failed',
  'login',
  'logins ok',
  '10.1.2.3',
  '-',
  '{p0:String}',
  "'; drop table x; --",
  'x'.repeat(41).replaceAll('x', '9'),
];

const texts = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 8 }) },
);
const labels = fc.subarray(['Login', 'login', 'Fail', 'User', 'Straße', '5']).map((words) => words.join(' '));

/** Base of the times of generated events. */
export const FROM_MS = Date.UTC(2026, 0, 5);

export const arbitraryEvent: fc.Arbitrary<Omit<LogEvent, 'seq'>> = fc
  .record({
    own: fc.dictionary(fc.constantFrom('user', 'command', 'event_id', 'odd-name', 'size', 'msg', '__proto__'), texts, {
      noNullPrototype: false,
    }),
    label: fc.option(labels),
    second: fc.nat(50),
  })
  .map(({ own, label, second }) => {
    const fields = newFields();
    for (const [name, value] of Object.entries(own)) fields[name] = value;
    if (label !== null) fields['label'] = label;
    return { repo: 'default', eventAtMs: FROM_MS + second * 1000, receivedAtMs: FROM_MS + 60_000, fields };
  });
