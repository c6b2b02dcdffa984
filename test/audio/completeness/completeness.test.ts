import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completenessCheck } from '../../../src/audio/completeness/index.js';
import type { Container } from '../../../src/audio/sniff/index.js';
import { cutting, fixture } from '../../support/decoding.js';

function check(container: Container, pieces: readonly Uint8Array[], decoded = 0) {
  const completeness = completenessCheck(container)!;
  for (const bytes of pieces) completeness.push(bytes);
  return completeness.end(decoded);
}

describe('completenessCheck()', () => {
  it.each([
    ['ogg', 'call/support.ogg', 0],
    ['ogg', 'formats/clip.oga', 0],
    ['ogg', 'formats/clip.spx', 0],
    ['flac', 'call/support_16k.flac', 225_600],
    ['aiff', 'formats/clip.aiff', 0],
    ['w64', 'formats/clip.w64', 0],
    ['wav', 'formats/gsm_8k.wav', 0],
    ['wav', 'formats/ima_adpcm.wav', 0],
  ] as const)('finds %s %s complete, however it is cut into pieces', (container, name, decoded) => {
    const bytes = fixture(name);
    fc.assert(
      fc.property(cutting(bytes), (pieces) => {
        expect(check(container, pieces, decoded)).toBeUndefined();
      }),
      { numRuns: 20 },
    );
  });

  it('sees where an Ogg stream breaks off', () => {
    expect(check('ogg', [fixture('corrupt/ogg_truncated.ogg')])).toEqual({
      what: 'breaks off within the Ogg page at byte 1605',
      isCertain: true,
    });
    // At the end of a page nothing is cut, but the last page says that it is the last.
    expect(check('ogg', [fixture('corrupt/ogg_truncated.ogg').subarray(0, 1605)])).toMatchObject({ isCertain: false });
    expect(check('ogg', [fixture('corrupt/ogg_truncated.ogg').subarray(0, 1607)])).toMatchObject({ isCertain: true });
  });

  it('compares the samples that a FLAC file announces with those that came out, an ID3 tag in front or not', () => {
    const tag = Buffer.from('ID3\x04\0\0\0\0\0\x05\0\0\0\0\0', 'latin1');
    for (const bytes of [fixture('corrupt/flac_truncated.flac'), Buffer.concat([tag, fixture('corrupt/flac_truncated.flac')])]) {
      const pieces = Array.from(bytes.subarray(0, 60), (_, i) => bytes.subarray(i, i + 1));
      expect(check('flac', pieces, 4608)).toEqual({
        what: 'announces 16000 samples, but only 4608 could be decoded',
        isCertain: true,
      });
      expect(check('flac', pieces, 16_000)).toBeUndefined();
    }
  });

  it('compares the announced size of a file with what came', () => {
    for (const [container, name] of [
      ['aiff', 'formats/clip.aiff'],
      ['w64', 'formats/clip.w64'],
      ['wav', 'formats/gsm_8k.wav'],
    ] as const) {
      const bytes = fixture(name);
      expect(check(container, [bytes.subarray(0, bytes.length - 100)])).toMatchObject({ isCertain: false });
    }
    const au = Buffer.alloc(24 + 100);
    au.write('.snd');
    au.writeUInt32BE(24, 4);
    au.writeUInt32BE(100, 8);
    expect(check('au', [au])).toBeUndefined();
    expect(check('au', [au.subarray(0, 80)])).toEqual({
      what: 'announces 124 bytes in its header, but ends at byte 80',
      isCertain: false,
    });
    au.writeUInt32BE(0xffffffff, 8);
    expect(check('au', [au.subarray(0, 80)])).toBeUndefined();
  });

  it('makes nothing of inputs too short to have a header', () => {
    for (const container of ['ogg', 'flac', 'wav', 'aiff', 'au', 'w64'] as const) {
      expect(check(container, [Uint8Array.of(1, 2, 3)])?.isCertain ?? false).toBe(false);
    }
    expect(completenessCheck('matroska')).toBeUndefined();
  });
});
