import { sniffMp4 } from './mp4.js';
import { sniffMpeg, sniffMpegAfterJunk } from './mpeg.js';
import { sniffOgg } from './ogg.js';
import { sniffRiff } from './riff.js';
import { sniffSignature } from './signatures.js';
import { SNIFF_LIMIT_BYTES } from './sniff-limit.js';
import type { SniffResult } from './sniffed.js';
import { sniffText } from './text.js';

/** Bytes without which nothing is decided. */
const FIRST_LOOK_BYTES = 16;
/** How many more bytes are asked for while frames are looked for behind junk. */
const NEXT_LOOK_BYTES = 4096;

/**
 * Tells from an input's first bytes, never from its name, what it is.
 *
 * Decides as early as it safely can; a result `undecided` says how many bytes it needs to say more. Within 64 KiB, or when the
 * input has ended, it always decides.
 *
 * @param bytes The input from its first byte on, as far as it is known.
 * @param ended Whether these are all the bytes there are.
 */
export function sniff(bytes: Uint8Array, ended = false): SniffResult {
  if (bytes.length < FIRST_LOOK_BYTES && !ended) return { kind: 'undecided', wantBytes: FIRST_LOOK_BYTES };
  const known = sniffRiff(bytes, ended) ?? sniffOgg(bytes, ended) ?? sniffMp4(bytes, ended) ?? sniffSignature(bytes);
  if (known) return known;
  const text = sniffText(bytes, ended);
  if (typeof text === 'object') return { kind: 'undecided', wantBytes: text.wantBytes };
  if (text !== 'no') return { kind: 'not-audio', what: text };
  const mpeg = sniffMpeg(bytes, ended) ?? sniffMpegAfterJunk(bytes, ended);
  if (mpeg) return mpeg;
  if (!ended && bytes.length < SNIFF_LIMIT_BYTES) {
    return { kind: 'undecided', wantBytes: Math.min(bytes.length + NEXT_LOOK_BYTES, SNIFF_LIMIT_BYTES) };
  }
  if (bytes.length > 0 && bytes.every((byte) => byte === 0)) return { kind: 'not-audio', what: 'nothing but zero bytes' };
  return { kind: 'unknown' };
}
