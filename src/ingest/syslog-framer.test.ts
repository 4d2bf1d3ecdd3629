import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LINE_BYTES_MAX } from './limits.ts';
import type { Records } from './record.ts';
import { SyslogFramer } from './syslog-framer.ts';

const textsOf = (records: Records | null): string[] =>
  records === null
    ? []
    : Array.from({ length: records.spans.length / 2 }, (_, i) =>
        records.bytes.toString('utf8', records.spans[i * 2], records.spans[i * 2 + 1]),
      );

function frame(chunks: readonly Buffer[]): string[] {
  const framer = new SyslogFramer();
  return [...chunks.flatMap((chunk) => textsOf(framer.push(chunk))), ...textsOf(framer.end())];
}

const counted = (text: string): string => `${Buffer.byteLength(text)} ${text}`;

test('a stream gives the same messages wherever it is cut', () => {
  const messages = ['<34>1 - h a - - - über\nzwei Zeilen', '<13>x', '<1>1 2 3'];
  const stream = Buffer.from(
    `${counted(messages[0] ?? '')}<34>plain line\n12 is no count\n${counted('<13>x')}<1>1 2 3\r\n`,
  );
  const expected = [messages[0], '<34>plain line', '12 is no count', '<13>x', '<1>1 2 3'];
  for (let first = 0; first <= stream.length; first += 1) {
    for (let second = first; second <= stream.length; second += 7) {
      const chunks = [stream.subarray(0, first), stream.subarray(first, second), stream.subarray(second)];
      expect(frame(chunks)).toEqual(expected);
    }
  }
});

test('what was framed by count or by line comes out as it went in', () => {
  const body = fc.string({ maxLength: 40, unit: fc.constantFrom('a', '<', '1', ' ', 'é', '>') });
  const message = fc.record({ text: body.map((text) => `<34>${text}.`), isCounted: fc.boolean() });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 12 }), fc.array(fc.nat({ max: 400 })), (all, cuts) => {
      const stream = Buffer.from(all.map(({ text, isCounted }) => (isCounted ? counted(text) : `${text}\n`)).join(''));
      const at = [0, ...cuts.map((cut) => Math.min(cut, stream.length)), stream.length].sort((a, b) => a - b);
      const chunks = at.slice(1).map((to, i) => stream.subarray(at[i], to));
      expect(frame(chunks)).toEqual(all.map(({ text }) => text));
    }),
  );
});

test('a message over the limit keeps one byte more than it and the next one is whole', () => {
  const long = 'x'.repeat(3 * LINE_BYTES_MAX);
  for (const stream of [`<34>${long}\n<34>next\n`, `${counted(`<34>${long}`)}${counted('<34>next')}`]) {
    const bytes = Buffer.from(stream);
    const chunks = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, i) =>
      bytes.subarray(i * 65_536, (i + 1) * 65_536),
    );
    const lengths = frame(chunks).map((text) => text.length);
    expect(lengths).toEqual([LINE_BYTES_MAX + 1, 8]);
  }
});
