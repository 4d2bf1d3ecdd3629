import { TocsinError } from '../client/client.ts';
import { AppError } from '../shared/errors.ts';
import type { Json, JsonObject } from '../shared/json.ts';

/** Where a command writes: data to `out`, everything else to `err`. */
export type Streams = {
  readonly out: NodeJS.WritableStream;
  readonly err: NodeJS.WritableStream & { readonly isTTY?: boolean | undefined };
};

/** Exit codes. Source: contract/cli.md. */
export const EXIT_DONE = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

/** The caller asked in a way that cannot be done, whatever the state of the server. */
export const usageError = (message: string): AppError => new AppError('invalid', 'USAGE', message);

const USAGE_CODES = new Set(['USAGE', 'CONFIG_INVALID']);

/** Writes the failure as one line and answers the exit code. */
export function reportFailure(error: unknown, streams: Streams): number {
  const isExpected = error instanceof AppError || error instanceof TocsinError;
  const code = isExpected ? error.code : 'INTERNAL';
  const message =
    error instanceof TocsinError ? refusalText(error) : error instanceof Error ? error.message : String(error);
  streams.err.write(`tocsin: ${code}: ${oneLine(message)}\n`);
  if (!isExpected && process.env['TOCSIN_DEBUG'] !== undefined && error instanceof Error) {
    streams.err.write(`${error.stack ?? ''}\n`);
  }
  return USAGE_CODES.has(code) ? EXIT_USAGE : EXIT_FAILED;
}

/** What was refused, with what is wrong with single fields, each in a line: of diagnostics the line that says it. */
export function refusalText({ message, fields = {} }: TocsinError): string {
  const faults = Object.entries(fields).flatMap(([name, said]) =>
    said.map((text) => `${name}: ${text.split('\n', 1)[0]}`),
  );
  return [message, ...faults].join('; ');
}

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ').trim();

export function printJson(streams: Streams, value: Json, isCompact: boolean): void {
  streams.out.write(`${isCompact ? JSON.stringify(value) : JSON.stringify(value, null, 2)}\n`);
}

/** Rows as columns of equal width, with the keys of `columns` as the head. Control characters are shown, not obeyed. */
export function printTable(streams: Streams, columns: readonly string[], rows: readonly JsonObject[]): void {
  const cells = rows.map((row) => columns.map((column) => cellText(row[column])));
  const widths = columns.map((column, i) => Math.max(column.length, ...cells.map((row) => row[i]?.length ?? 0)));
  for (const row of [columns, ...cells]) {
    const line = row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ');
    streams.out.write(`${line.trimEnd()}\n`);
  }
}

const CELL_LENGTH_MAX = 60;

function cellText(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return printable(text.length > CELL_LENGTH_MAX ? `${text.slice(0, CELL_LENGTH_MAX - 1)}…` : text);
}

/** Text of a log or a user without the characters that a terminal would obey. */
export const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
