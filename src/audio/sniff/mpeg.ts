import { startsWith } from '../ascii.js';
import { ID3_HEADER_BYTES, id3Size } from '../mp3/id3.js';
import { checkMpegRun, parseMpegFrame } from '../mp3/mpeg-frame.js';
import { SNIFF_LIMIT_BYTES } from './sniff-limit.js';
import { type SniffResult, sniffedAudio } from './sniffed.js';

/** Headers in a row that make a stream of frames. */
const FRAMES = 3;

const CODECS = { 1: 'mp1', 2: 'mp2', 3: 'mp3' } as const;

/** Recognises MP3 (and layers I and II) and ADTS AAC where the bytes begin, after any ID3 tags; undefined for anything else. */
export function sniffMpeg(bytes: Uint8Array, ended: boolean): SniffResult | undefined {
  const start = skipTags(bytes);
  const tagged = start > 0;
  if (tagged && start + 4 > bytes.length) {
    return ended || start + 4 > SNIFF_LIMIT_BYTES ? mp3() : { kind: 'undecided', wantBytes: start + 4 };
  }
  if (startsWith(bytes, 'ID3', start) && bytes.length < start + ID3_HEADER_BYTES && !ended) {
    return { kind: 'undecided', wantBytes: start + ID3_HEADER_BYTES };
  }
  if (tagged && startsWith(bytes, 'fLaC', start)) return sniffedAudio('flac', { codec: 'flac' });
  const run = checkMpegRun(bytes, start, FRAMES, ended);
  if (run === 'frames') return mp3(bytes, start);
  if (typeof run === 'object') return { kind: 'undecided', wantBytes: run.wantBytes };
  const adts = checkAdtsRun(bytes, start, ended);
  if (adts === 'frames') return sniffedAudio('aac', { codec: 'aac' });
  if (typeof adts === 'object') return { kind: 'undecided', wantBytes: adts.wantBytes };
  const isCutFrame = ended && (parseMpegFrame(bytes, start)?.size ?? 0) > bytes.length - start;
  // Whatever follows an ID3 tag, MP3 is the likely answer, and its decoder looks further for frames.
  return tagged || isCutFrame ? mp3() : undefined;
}

/** Recognises MP3 whose first frame comes after bytes that are none, as in a stream that was joined midway. */
export function sniffMpegAfterJunk(bytes: Uint8Array, ended: boolean): SniffResult | undefined {
  for (let offset = bytes.indexOf(0xff, 1); offset !== -1; offset = bytes.indexOf(0xff, offset + 1)) {
    if (checkMpegRun(bytes, offset, FRAMES, ended) === 'frames') return mp3(bytes, offset);
  }
  return undefined;
}

function skipTags(bytes: Uint8Array): number {
  let offset = 0;
  for (let size = id3Size(bytes, 0); size !== undefined; size = id3Size(bytes, offset)) offset += size;
  return offset;
}

function mp3(bytes?: Uint8Array, offset = 0): SniffResult {
  const frame = bytes && parseMpegFrame(bytes, offset);
  return sniffedAudio('mp3', { codec: CODECS[frame?.layer ?? 3], needsFfmpeg: false });
}

/** Whether ADTS frames (ISO/IEC 13818-7) follow each other from `offset` on. */
function checkAdtsRun(bytes: Uint8Array, offset: number, ended: boolean): 'frames' | 'none' | { wantBytes: number } {
  let at = offset;
  for (let count = 0; count < FRAMES; count += 1) {
    if (at + 7 > bytes.length) {
      if (!ended) return bytes[offset] === 0xff ? { wantBytes: at + 7 } : 'none';
      return count > 0 && at === bytes.length ? 'frames' : 'none';
    }
    const hasSync = bytes[at] === 0xff && (bytes[at + 1]! & 0xf6) === 0xf0;
    const rateIndex = (bytes[at + 2]! >> 2) & 15;
    const size = ((bytes[at + 3]! & 3) << 11) | (bytes[at + 4]! << 3) | (bytes[at + 5]! >> 5);
    if (!hasSync || rateIndex > 12 || size < 7) return 'none';
    at += size;
  }
  return 'frames';
}
