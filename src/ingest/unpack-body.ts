import { promisify } from 'node:util';
import { brotliDecompress, gunzip } from 'node:zlib';
import { AppError } from '../shared/errors.ts';
import { BODY_BYTES_MAX, BODY_UNPACKED_BYTES_MAX } from './limits.ts';

const gunzipBytes = promisify(gunzip);
const unbrotliBytes = promisify(brotliDecompress);

/**
 * The bytes of a request's body without its content encoding.
 *
 * @throws AppError `INGEST_BODY_TOO_LARGE` (also for what unfolds to too much), `INGEST_BODY_INVALID`
 */
export async function unpackBody(body: Buffer, encoding: 'identity' | 'gzip' | 'br'): Promise<Buffer> {
  if (body.length > BODY_BYTES_MAX) {
    const text = `the body has ${body.length} bytes, expected at most ${BODY_BYTES_MAX}`;
    throw new AppError('too-large', 'INGEST_BODY_TOO_LARGE', text);
  }
  if (encoding === 'identity') return body;
  const options = { maxOutputLength: BODY_UNPACKED_BYTES_MAX };
  try {
    return encoding === 'gzip' ? await gunzipBytes(body, options) : await unbrotliBytes(body, options);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE') {
      const text = `the body unfolds to more than ${BODY_UNPACKED_BYTES_MAX} bytes`;
      throw new AppError('too-large', 'INGEST_BODY_TOO_LARGE', text, { cause });
    }
    throw new AppError('invalid', 'INGEST_BODY_INVALID', `the body is not ${encoding}`, { cause });
  }
}
