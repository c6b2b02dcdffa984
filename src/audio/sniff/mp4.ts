import { startsWith } from '../ascii.js';
import { readBoxHeader } from '../mp4/box-header.js';
import { SNIFF_LIMIT_BYTES } from './sniff-limit.js';
import { type SniffResult, sniffedAudio } from './sniffed.js';

/** Boxes that an MP4 or QuickTime file can begin with (ISO/IEC 14496-12). */
const FIRST_BOXES = ['ftyp', 'moov', 'mdat', 'wide', 'free', 'skip', 'styp'];
/** Major brands of images in the same container. */
const IMAGE_BRANDS = ['heic', 'heix', 'mif1', 'msf1', 'avif', 'avis'];

/** Recognises MP4, M4A, 3GP and QuickTime, and whether their index comes in time; undefined for anything else. */
export function sniffMp4(bytes: Uint8Array, ended: boolean): SniffResult | undefined {
  if (!FIRST_BOXES.some((name) => startsWith(bytes, name, 4))) return undefined;
  if (startsWith(bytes, 'ftyp', 4) && IMAGE_BRANDS.some((brand) => startsWith(bytes, brand, 8))) {
    return { kind: 'not-audio', what: 'a HEIF or AVIF image' };
  }
  let offset = 0;
  for (;;) {
    const box = readBoxHeader(bytes, offset);
    if (!box) return ended || offset > SNIFF_LIMIT_BYTES ? sniffedAudio('mp4') : { kind: 'undecided', wantBytes: offset + 16 };
    if (box.type === 'moov' || box.type === 'moof') return sniffedAudio('mp4');
    if (box.type === 'mdat') return sniffedAudio('mp4', { indexIsLate: true });
    if (box.size === undefined) return sniffedAudio('mp4');
    offset += box.size;
  }
}
