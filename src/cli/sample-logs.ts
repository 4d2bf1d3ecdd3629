import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A recorded log whose times were moved, so that it ended just now and rules with a time range see it as fresh. */
export type SampleLog = { readonly file: string; readonly lines: readonly string[] };

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** The recordings are of this year; a time stamp of RFC 3164 does not say. */
const RECORDED_YEAR = 2026;

type Stamp = {
  readonly pattern: RegExp;
  readonly read: (found: RegExpExecArray) => number;
  readonly write: (atMs: number) => string;
};

const two = (value: number): string => String(value).padStart(2, '0');
const clock = (at: Date): string => `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;

/** The three time stamps that occur in the recordings: RFC 5424, the access log of a web server, RFC 3164. */
const STAMPS: readonly Stamp[] = [
  {
    pattern: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00/,
    read: ([text]) => Date.parse(text.replace(/\d{3}\+00:00$/, 'Z')),
    write: (atMs) => new Date(atMs).toISOString().replace('Z', '000+00:00'),
  },
  {
    pattern: /(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d:\d\d:\d\d) \+0000/,
    read: ([, day, month, year, time]) => Date.parse(`${day} ${month} ${year} ${time} UTC`),
    write: (atMs) => {
      const at = new Date(atMs);
      return `${two(at.getUTCDate())}/${MONTHS[at.getUTCMonth()]}/${at.getUTCFullYear()}:${clock(at)} +0000`;
    },
  },
  {
    pattern: /([A-Z][a-z]{2}) ([ \d]\d) (\d\d:\d\d:\d\d)/,
    read: ([, month, day, time]) => Date.parse(`${day} ${month} ${RECORDED_YEAR} ${time} UTC`),
    write: (atMs) => {
      const at = new Date(atMs);
      return `${MONTHS[at.getUTCMonth()]} ${String(at.getUTCDate()).padStart(2)} ${clock(at)}`;
    },
  },
];

/**
 * The lines with every time stamp moved by the same amount, such that the newest is `endMs`.
 *
 * @throws Error when a line has no time stamp: the recordings all have one
 */
export function moveTimes(lines: readonly string[], endMs: number): string[] {
  const found = lines.map((line) => {
    for (const stamp of STAMPS) {
      const match = stamp.pattern.exec(line);
      if (match !== null) return { line, stamp, match, atMs: stamp.read(match) };
    }
    throw new Error(`no time stamp in the sample line ${JSON.stringify(line.slice(0, 80))}`);
  });
  const newest = found.reduce((latest, { atMs }) => Math.max(latest, atMs), 0);
  return found.map(({ line, stamp, match, atMs }) => {
    const moved = stamp.write(atMs + endMs - newest);
    return line.slice(0, match.index) + moved + line.slice(match.index + match[0].length);
  });
}

/** Every recording in `directory`, oldest file name first, ending at `endMs`. */
export function readSampleLogs(directory: string, endMs: number): SampleLog[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith('.log'))
    .sort()
    .map((file) => {
      const lines = readFileSync(join(directory, file), 'utf8')
        .split('\n')
        .filter((line) => line !== '');
      return { file, lines: moveTimes(lines, endMs) };
    });
}
