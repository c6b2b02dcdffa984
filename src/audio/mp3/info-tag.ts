import { startsWith } from '../ascii.js';
import type { MpegFrame } from './mpeg-frame.js';

/** What an encoder says about the whole stream in its first frame, which holds no audio. */
export interface InfoTag {
  /** Frames that follow, where said. */
  frames: number | undefined;
  /** Samples the encoder put before the first and after the last one of the recording, where said. */
  gapless: { delay: number; padding: number } | undefined;
}

const HAS_FRAMES = 1;
const HAS_BYTES = 2;
const HAS_TABLE = 4;
const HAS_QUALITY = 8;
const TABLE_BYTES = 100;
/** Where the encoder's delay and padding lie after its name (the LAME tag, revision 1). */
const DELAY_OFFSET = 21;
/** Encoders whose delay and padding can be believed; the same that ffmpeg believes. */
const ENCODERS = ['LAME', 'Lavf', 'Lavc'];

/** Reads the Xing/Info tag (with LAME's extension) or VBRI tag of a frame; undefined for a frame of audio. */
export function parseInfoTag(bytes: Uint8Array, frame: MpegFrame): InfoTag | undefined {
  if (frame.layer !== 3) return undefined;
  const at = frame.mainDataOffset;
  if (startsWith(bytes, 'Xing', at) || startsWith(bytes, 'Info', at)) return parseXing(bytes, at);
  // VBRI (Fraunhofer) lies at a fixed place, whatever the side information's size.
  if (startsWith(bytes, 'VBRI', 36) && bytes.length >= 36 + 18) {
    return { frames: view(bytes).getUint32(36 + 14), gapless: undefined };
  }
  return undefined;
}

function parseXing(bytes: Uint8Array, at: number): InfoTag {
  if (bytes.length < at + 8) return { frames: undefined, gapless: undefined };
  const flags = view(bytes).getUint32(at + 4);
  let next = at + 8;
  const hasFrames = (flags & HAS_FRAMES) !== 0 && bytes.length >= next + 4;
  const frames = hasFrames ? view(bytes).getUint32(next) : undefined;
  if (flags & HAS_FRAMES) next += 4;
  if (flags & HAS_BYTES) next += 4;
  if (flags & HAS_TABLE) next += TABLE_BYTES;
  if (flags & HAS_QUALITY) next += 4;
  const isKnown = ENCODERS.some((name) => startsWith(bytes, name, next));
  if (!isKnown || bytes.length < next + DELAY_OFFSET + 3) return { frames, gapless: undefined };
  const packed = (bytes[next + DELAY_OFFSET]! << 16) | (bytes[next + DELAY_OFFSET + 1]! << 8) | bytes[next + DELAY_OFFSET + 2]!;
  return { frames, gapless: { delay: packed >> 12, padding: packed & 0xfff } };
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
