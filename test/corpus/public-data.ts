import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RecordContext } from '../../src/ingest/record.ts';

/** Real attack telemetry and detection rules of the public lie beside the project and are not part of it. */
export const DATA = join(dirname(fileURLToPath(import.meta.url)), '../../../shared/data');
export const isAbsent = !existsSync(DATA);

/** What a test is called that needs them: one that is left out says why. */
export const named = (sentence: string): string =>
  isAbsent ? `${sentence} (left out: ../shared/data is not there)` : sentence;

/** How lines of these files are read. */
export const recordContext: RecordContext = {
  poolId: 'a'.repeat(32),
  logpointId: 'b'.repeat(32),
  logpointName: 'LP1',
  repo: 'default',
  format: 'auto',
  colType: 'filesystem',
  remoteIp: '127.0.0.1',
  sourceName: 'telemetry',
  timeZone: 'UTC',
  receivedAtMs: Date.UTC(2026, 0, 1),
};
