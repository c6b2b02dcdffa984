import { startsWith } from '../ascii.js';
import { type SniffResult, sniffedAudio } from './sniffed.js';

/** pcap, in both orders of bytes, with times in micro- or nanoseconds, and pcapng. */
const PACKET_CAPTURE: SniffResult = { kind: 'not-audio', what: 'a packet capture' };

/** Names with a fixed place: Latin-1 text, where it stands, what it means, and what the file must begin with besides. */
const SIGNATURES: readonly (readonly [text: string, offset: number, result: SniffResult, beginning?: string])[] = [
  ['fLaC', 0, sniffedAudio('flac', { codec: 'flac' })],
  ['.snd', 0, sniffedAudio('au')],
  ['caff', 0, sniffedAudio('caf')],
  ['riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb', 0, sniffedAudio('w64')],
  ['#!AMR\n', 0, sniffedAudio('amr', { codec: 'amr_nb' })],
  ['#!AMR-WB\n', 0, sniffedAudio('amr', { codec: 'amr_wb' })],
  ['#!AMR_MC1.0\n', 0, { kind: 'not-audio', what: 'an AMR recording of several channels, which no decoder here handles' }],
  ['AIFF', 8, sniffedAudio('aiff'), 'FORM'],
  ['AIFC', 8, sniffedAudio('aiff'), 'FORM'],
  ['\x1a\x45\xdf\xa3', 0, sniffedAudio('matroska')],
  ['\x30\x26\xb2\x75\x8e\x66\xcf\x11', 0, sniffedAudio('asf')],
  ['\x89PNG\r\n\x1a\n', 0, { kind: 'not-audio', what: 'a PNG image' }],
  ['\xd4\xc3\xb2\xa1\x02\x00\x04\x00', 0, PACKET_CAPTURE],
  ['\xa1\xb2\xc3\xd4\x00\x02\x00\x04', 0, PACKET_CAPTURE],
  ['\x4d\x3c\xb2\xa1\x02\x00\x04\x00', 0, PACKET_CAPTURE],
  ['\xa1\xb2\x3c\x4d\x00\x02\x00\x04', 0, PACKET_CAPTURE],
  ['\x4d\x3c\x2b\x1a', 8, PACKET_CAPTURE, '\n\r\r\n'],
  ['\x1a\x2b\x3c\x4d', 8, PACKET_CAPTURE, '\n\r\r\n'],
  ['\xff\xd8\xff', 0, { kind: 'not-audio', what: 'a JPEG image' }],
  ['GIF87a', 0, { kind: 'not-audio', what: 'a GIF image' }],
  ['GIF89a', 0, { kind: 'not-audio', what: 'a GIF image' }],
  ['%PDF-', 0, { kind: 'not-audio', what: 'a PDF document' }],
  ['PK\x03\x04', 0, { kind: 'not-audio', what: 'a ZIP archive (or an office document)' }],
  ['\x1f\x8b\x08', 0, { kind: 'not-audio', what: 'gzip-compressed data' }],
  ['7z\xbc\xaf\x27\x1c', 0, { kind: 'not-audio', what: 'a 7-Zip archive' }],
  ['\x7fELF', 0, { kind: 'not-audio', what: 'an executable' }],
  ['MThd', 0, { kind: 'not-audio', what: 'a MIDI file (notes, no recorded sound)' }],
  ['FLV\x01', 0, sniffedAudio('flv')],
  ['wvpk', 0, sniffedAudio('wavpack', { codec: 'wavpack' })],
  ['MAC ', 0, sniffedAudio('ape', { codec: 'ape' })],
];

/** Recognises what begins with a fixed signature; undefined for anything else. */
export function sniffSignature(bytes: Uint8Array): SniffResult | undefined {
  for (const [text, offset, result, beginning = ''] of SIGNATURES) {
    if (startsWith(bytes, text, offset) && startsWith(bytes, beginning)) return result;
  }
  return undefined;
}
