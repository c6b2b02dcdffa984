import { startsWith } from '../ascii.js';

/** Bytes of an ID3v2 tag's header. */
export const ID3_HEADER_BYTES = 10;

/** Size of the ID3v2 tag at `offset`, header and footer included; undefined where there is none. Needs 10 bytes. */
export function id3Size(bytes: Uint8Array, offset: number): number | undefined {
  if (!startsWith(bytes, 'ID3', offset) || bytes.length < offset + ID3_HEADER_BYTES) return undefined;
  if (bytes[offset + 3] === 0xff || bytes[offset + 4] === 0xff) return undefined;
  let size = 0;
  for (const byte of bytes.subarray(offset + 6, offset + 10)) {
    if (byte > 0x7f) return undefined;
    size = size * 128 + byte;
  }
  const hasFooter = (bytes[offset + 5]! & 0x10) !== 0;
  return ID3_HEADER_BYTES + size + (hasFooter ? ID3_HEADER_BYTES : 0);
}
