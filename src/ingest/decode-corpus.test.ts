import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { decodeEntry } from './decode-entry.ts';
import type { RecordContext } from './record.ts';

// test/corpus/decode: `# sentence`, `> raw line`, then the event: `at` and `repo`, and its fields one a line. What the
// frame gives every event (`device_ip`, `col_type`, `source_name`) is left out, and `msg` where it is the raw line.

const folder = join(dirname(fileURLToPath(import.meta.url)), '../../test/corpus/decode');

const context: RecordContext = {
  poolId: 'a'.repeat(32),
  logpointId: 'b'.repeat(32),
  logpointName: 'LP1',
  repo: 'default',
  format: 'auto',
  colType: 'corpus',
  remoteIp: '127.0.0.1',
  sourceName: 'corpus',
  timeZone: 'UTC',
  receivedAtMs: Date.UTC(2026, 2, 1, 12),
};
const GIVEN: Readonly<Record<string, string>> = {
  device_ip: '127.0.0.1',
  device_name: '127.0.0.1',
  col_type: 'corpus',
  source_name: 'corpus',
};

function describeEvent(raw: string): string {
  const bytes = Buffer.from(raw);
  const { events } = decodeEntry(context, { bytes, spans: Uint32Array.of(0, bytes.length) }, 1);
  const event = events[0];
  if (event === undefined) throw new Error('no event');
  const lines = [
    `at ${event.eventAtMs === context.receivedAtMs ? 'receipt' : new Date(event.eventAtMs).toISOString()}`,
  ];
  if (event.repo !== 'default') lines.push(`repo ${event.repo}`);
  for (const [name, value] of Object.entries(event.fields)) {
    if (GIVEN[name] !== value && !(name === 'msg' && value === raw)) lines.push(`${name} = ${value}`);
  }
  return lines.join('\n');
}

for (const file of readdirSync(folder)) {
  describe(file, () => {
    for (const block of readFileSync(join(folder, file), 'utf8').trim().split(/\n\n+/)) {
      const [sentence = '', raw = '', ...expected] = block.split('\n');
      test(sentence.slice(2), () => {
        expect(describeEvent(raw.slice(2))).toBe(expected.join('\n'));
      });
    }
  });
}
