import { startsWith } from '../ascii.js';
import { type SniffResult, sniffedAudio } from './sniffed.js';

/** Bytes of an Ogg page's header before its segment table (RFC 3533). */
const PAGE_HEADER_BYTES = 27;
const BEGINS_STREAM = 2;

const CODECS: Readonly<Record<string, string>> = {
  OpusHead: 'opus',
  '\x01vorbis': 'vorbis',
  'Speex   ': 'speex',
  '\x7fFLAC': 'flac',
};

/** Recognises Ogg and its codec; undefined for anything else. */
export function sniffOgg(bytes: Uint8Array, ended: boolean): SniffResult | undefined {
  if (!startsWith(bytes, 'OggS')) return undefined;
  const packet = PAGE_HEADER_BYTES + (bytes[PAGE_HEADER_BYTES - 1] ?? 0);
  if (bytes.length < packet + 8) return ended ? sniffedAudio('ogg') : { kind: 'undecided', wantBytes: packet + 8 };
  if ((bytes[5]! & BEGINS_STREAM) === 0) {
    const page = new DataView(bytes.buffer, bytes.byteOffset).getUint32(18, true);
    return {
      kind: 'broken',
      what: `an Ogg stream without its header pages (it begins with page ${page}), so that its codec can't be known`,
      byteOffset: 0,
    };
  }
  const codec = Object.entries(CODECS).find(([magic]) => startsWith(bytes, magic, packet))?.[1];
  return sniffedAudio('ogg', { codec });
}
