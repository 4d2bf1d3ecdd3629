import { crc32 } from 'node:zlib';
import type { RecordContext, Records } from './record.ts';

/**
 * One frame of the journal: the records of one acceptance, a checksum, and the number of the first record.
 *
 * Layout, little endian: magic u32 | body bytes u32 | CRC-32 of all after it u32 | records u32 | first seq u64 |
 * context bytes u32 | context JSON | spans u32 × 2 × records | bytes.
 */
export type Frame = { readonly firstSeq: number; readonly context: RecordContext; readonly records: Records };

export const FRAME_HEADER_BYTES = 28;
const MAGIC = 0x31534a54; // "TJS1"
const CRC_FROM = 12;
/** A body length beyond this is damage, not a frame: the largest line, its spans and its context fit many times. */
const BODY_BYTES_MAX = 64 * 1024 * 1024;

/** The frame as buffers to be written one after the other; the record bytes are not copied. */
export function encodeFrame(firstSeq: number, context: RecordContext, records: Records): readonly Buffer[] {
  const contextBytes = Buffer.from(JSON.stringify(context), 'utf8');
  const spans = Buffer.from(records.spans.buffer, records.spans.byteOffset, records.spans.byteLength);
  const head = Buffer.allocUnsafe(FRAME_HEADER_BYTES + contextBytes.length);
  head.writeUInt32LE(MAGIC, 0);
  head.writeUInt32LE(contextBytes.length + spans.length + records.bytes.length, 4);
  head.writeUInt32LE(records.spans.length >> 1, 12);
  head.writeBigUInt64LE(BigInt(firstSeq), 16);
  head.writeUInt32LE(contextBytes.length, 24);
  contextBytes.copy(head, FRAME_HEADER_BYTES);
  const crc = crc32(records.bytes, crc32(spans, crc32(head.subarray(CRC_FROM))));
  head.writeUInt32LE(crc, 8);
  return [head, spans, records.bytes];
}

export type FrameRead =
  | { readonly kind: 'frame'; readonly frame: Frame; readonly end: number }
  /** The buffer ends inside the frame: `bytes` are needed from `offset` on. */
  | { readonly kind: 'short'; readonly bytes: number }
  | { readonly kind: 'bad' };

/** The frame at `offset`. Its bytes are a view of the buffer. */
export function decodeFrame(buffer: Buffer, offset: number): FrameRead {
  const left = buffer.length - offset;
  if (left < FRAME_HEADER_BYTES) return { kind: 'short', bytes: FRAME_HEADER_BYTES };
  if (buffer.readUInt32LE(offset) !== MAGIC) return { kind: 'bad' };
  const bodyBytes = buffer.readUInt32LE(offset + 4);
  const count = buffer.readUInt32LE(offset + 12);
  const contextLength = buffer.readUInt32LE(offset + 24);
  if (bodyBytes > BODY_BYTES_MAX || contextLength + count * 8 > bodyBytes) return { kind: 'bad' };
  const end = offset + FRAME_HEADER_BYTES + bodyBytes;
  if (end > buffer.length) return { kind: 'short', bytes: FRAME_HEADER_BYTES + bodyBytes };
  if (crc32(buffer.subarray(offset + CRC_FROM, end)) !== buffer.readUInt32LE(offset + 8)) return { kind: 'bad' };
  const contextAt = offset + FRAME_HEADER_BYTES;
  const spansAt = contextAt + contextLength;
  const bytesAt = spansAt + count * 8;
  const spans = new Uint32Array(count * 2);
  for (let i = 0; i < spans.length; i += 1) spans[i] = buffer.readUInt32LE(spansAt + i * 4);
  const frame = {
    firstSeq: Number(buffer.readBigUInt64LE(offset + 16)),
    // The checksum vouches for it: this is what `encodeFrame` wrote.
    context: JSON.parse(buffer.toString('utf8', contextAt, spansAt)) as RecordContext,
    records: { bytes: buffer.subarray(bytesAt, end), spans },
  };
  return { kind: 'frame', frame, end };
}

/** Offset of the next whole frame after damage at `offset`; -1 when there is none. */
export function findFrame(buffer: Buffer, offset: number): number {
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(MAGIC);
  for (let at = buffer.indexOf(magic, offset); at !== -1; at = buffer.indexOf(magic, at + 1)) {
    if (decodeFrame(buffer, at).kind === 'frame') return at;
  }
  return -1;
}
