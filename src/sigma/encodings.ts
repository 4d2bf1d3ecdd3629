export type Encoding = 'utf16' | 'utf16le' | 'utf16be';

/** UTF-8 bytes in another encoding; `utf16` is little-endian with a byte order mark. */
export function encode(bytes: Buffer, encoding: Encoding): Buffer {
  const little = Buffer.from(bytes.toString('utf8'), 'utf16le');
  if (encoding === 'utf16le') return little;
  if (encoding === 'utf16be') return Buffer.from(little).swap16();
  return Buffer.concat([Buffer.from([0xff, 0xfe]), little]);
}

export const base64Of = (bytes: Buffer): string => bytes.toString('base64');

/**
 * What of the Base64 of any text that contains the bytes depends on them alone, for each of the three places at which
 * they may start in a group of three: characters that mix with bytes before or behind are cut off.
 */
export const base64OffsetsOf = (bytes: Buffer): readonly string[] =>
  [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset, 0x20), bytes]).toString('base64');
    const start = [0, 2, 3][offset] ?? 0;
    const behind = [0, 3, 2][(bytes.length + offset) % 3] ?? 0;
    return encoded.slice(start, behind === 0 ? undefined : -behind);
  });
