import { gunzipSync } from 'node:zlib';
import { AppError } from '../shared/errors.ts';
import { ARCHIVE_BYTES_MAX, ARCHIVE_UNPACKED_BYTES_MAX, RULE_FILES_MAX } from './limits.ts';

/** A regular file of an archive. Its name is a label: nothing is ever written or opened by it. */
export type TarFile = { readonly name: string; readonly bytes: Buffer };

const BLOCK = 512;

/**
 * The regular files of a tar archive, gzip or plain, in their order; links, devices and folders are left out. Reads
 * ustar, PAX and GNU names. Memory stays within the limits of an archive.
 *
 * @throws AppError `SIGMA_ARCHIVE` when it is no archive, damaged, or over a limit
 */
export function readTar(packed: Buffer): readonly TarFile[] {
  const bytes = unpack(packed);
  if (bytes.length < BLOCK) throw broken(`it has ${bytes.length} bytes, which is less than a tar header`);
  const files: TarFile[] = [];
  let longName: string | null = null;
  for (let at = 0; at + BLOCK <= bytes.length; ) {
    const header = bytes.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) break;
    checkHeader(header, at);
    const size = readSize(header, at);
    const data = bytes.subarray(at + BLOCK, at + BLOCK + size);
    if (data.length < size) throw broken(`the file at byte ${at} is cut off`);
    const type = String.fromCharCode(header[156] ?? 0);
    if (type === 'x') longName = paxPath(data) ?? longName;
    else if (type === 'L') longName = text(data);
    else {
      if (type === '0' || type === '\0') files.push({ name: longName ?? headerName(header), bytes: data });
      if (type !== 'g') longName = null;
    }
    if (files.length > RULE_FILES_MAX) throw broken(`more than ${RULE_FILES_MAX} files`);
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

const broken = (message: string): AppError =>
  new AppError('invalid', 'SIGMA_ARCHIVE', `cannot read the archive: ${message}`);

function unpack(packed: Buffer): Buffer {
  if (packed.length > ARCHIVE_BYTES_MAX) {
    throw broken(`it has ${packed.length} bytes, expected at most ${ARCHIVE_BYTES_MAX}`);
  }
  if (packed[0] !== 0x1f || packed[1] !== 0x8b) return packed;
  try {
    return gunzipSync(packed, { maxOutputLength: ARCHIVE_UNPACKED_BYTES_MAX });
  } catch (cause) {
    throw broken(cause instanceof Error ? cause.message : String(cause));
  }
}

/** Text up to the first NUL. */
function text(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? field.length : end);
}

function headerName(header: Buffer): string {
  const name = text(header.subarray(0, 100));
  const prefix = header.toString('latin1', 257, 262) === 'ustar' ? text(header.subarray(345, 500)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function checkHeader(header: Buffer, at: number): void {
  let sum = 0;
  for (let i = 0; i < BLOCK; i += 1) sum += i >= 148 && i < 156 ? 0x20 : (header[i] ?? 0);
  if (octal(header.subarray(148, 156)) !== sum) throw broken(`no tar header at byte ${at}`);
}

const octal = (field: Buffer): number => {
  const digits = text(field).trim();
  return /^[0-7]{1,12}$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
};

/** Octal, as every tool writes it for files below 8 GiB; larger ones are over the limit anyway. */
function readSize(header: Buffer, at: number): number {
  const size = octal(header.subarray(124, 136));
  if (!Number.isFinite(size)) throw broken(`the header at byte ${at} has no size`);
  return size;
}

/** Records `length key=value\n`. */
function paxPath(data: Buffer): string | null {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(data.toString('utf8'))?.[1] ?? null;
}
