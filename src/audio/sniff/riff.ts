import { fourCharacters, startsWith } from '../ascii.js';
import { EXTENSIBLE_TAG, FFMPEG_TAGS } from '../wav/wav-tag.js';
import { SNIFF_LIMIT_BYTES } from './sniff-limit.js';
import { type SniffResult, sniffedAudio } from './sniffed.js';

const OTHER_RIFF: Readonly<Record<string, string>> = {
  WEBP: 'a WebP image',
  RMID: 'a MIDI file (notes, no recorded sound)',
  ACON: 'an animated cursor',
  sfbk: 'a SoundFont',
};

/** Recognises RIFF, RIFX, RF64 and BW64 files, and which WAV codecs need ffmpeg; undefined for anything else. */
export function sniffRiff(bytes: Uint8Array, ended: boolean): SniffResult | undefined {
  const magic = ['RIFF', 'RIFX', 'RF64', 'BW64'].find((name) => startsWith(bytes, name));
  if (!magic) return undefined;
  if (bytes.length < 12) return ended ? sniffedAudio('wav', { needsFfmpeg: false }) : { kind: 'undecided', wantBytes: 12 };
  const type = fourCharacters(bytes, 8);
  if (type === 'AVI ') return sniffedAudio('avi');
  const other = OTHER_RIFF[type];
  if (other) return { kind: 'not-audio', what: other };
  if (type !== 'WAVE') {
    return { kind: 'broken', what: `a ${magic} file whose type is "${type}" where a WAV file has "WAVE"`, byteOffset: 8 };
  }
  return sniffWavCodec(bytes, magic !== 'RIFX', ended);
}

function sniffWavCodec(bytes: Uint8Array, littleEndian: boolean, ended: boolean): SniffResult {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const inProcess = sniffedAudio('wav', { needsFfmpeg: false });
  let offset = 12;
  for (;;) {
    const isFormat = startsWith(bytes, 'fmt ', offset);
    const needed = offset + (isFormat ? 10 : 8);
    // A header that goes on beyond the limit is left to the reader, which says what is wrong with it.
    if (needed > bytes.length) {
      return ended || needed > SNIFF_LIMIT_BYTES ? inProcess : { kind: 'undecided', wantBytes: needed };
    }
    if (!isFormat) {
      const size = view.getUint32(offset + 4, littleEndian);
      offset += 8 + size + (size % 2);
      continue;
    }
    let tag = view.getUint16(offset + 8, littleEndian);
    if (tag === EXTENSIBLE_TAG) {
      const subFormat = offset + 8 + 24;
      if (subFormat + 2 > bytes.length) return ended ? inProcess : { kind: 'undecided', wantBytes: subFormat + 2 };
      tag = view.getUint16(subFormat, littleEndian);
    }
    const codec = FFMPEG_TAGS[tag];
    return codec ? sniffedAudio('wav', { codec }) : inProcess;
  }
}
