import { fourCharacters } from '../ascii.js';

/** The header of a box of an ISO media file (ISO/IEC 14496-12). */
export interface BoxHeader {
  type: string;
  /** Bytes of the whole box; undefined when it goes on to the end of the file. */
  size: number | undefined;
}

/** Reads the box header at `offset`; undefined when its (at most 16) bytes are not there yet. */
export function readBoxHeader(bytes: Uint8Array, offset: number): BoxHeader | undefined {
  if (offset + 8 > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = fourCharacters(bytes, offset + 4);
  const size = view.getUint32(offset);
  if (size === 0) return { type, size: undefined };
  if (size !== 1) return { type, size: Math.max(size, 8) };
  if (offset + 16 > bytes.length) return undefined;
  return { type, size: Math.max(Number(view.getBigUint64(offset + 8)), 16) };
}
