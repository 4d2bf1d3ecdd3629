import { type Logger, pino } from 'pino';
import type { Settings } from './config/options.ts';

/** Paths that never appear in a log line, whoever logs the object around them. */
const REDACTED = [
  'authorization',
  'password',
  'token',
  'secretKey',
  'secret_key',
  '*.authorization',
  '*.password',
  '*.token',
  '*.secretKey',
  '*.secret_key',
  '*.headers',
];

/** One JSON line a record on standard output, buffered so that a slow reader never stops the server. */
export function createLogger(level: Settings['log.level'], fd: 1 | 2 = 1): Logger {
  return pino(
    {
      level,
      redact: { paths: REDACTED, censor: '[redacted]' },
      formatters: { level: (label) => ({ level: label }) },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
    },
    pino.destination({ dest: fd, sync: false }),
  );
}
