import { describe, expect, it } from 'vitest';
import { LateIndexMp4 } from '../../../src/audio/mp4/index.js';
import { decodeAll, fixture } from '../../support/decoding.js';

const errorOf = (pieces: readonly Uint8Array[]) => decodeAll(new LateIndexMp4({ label: 'memo.m4a' }), pieces).error;

/** A box of an MP4. */
function box(type: string, size: number, content = Math.max(0, size - 8)): Buffer {
  const bytes = Buffer.alloc(8 + content);
  bytes.writeUInt32BE(size);
  bytes.write(type, 4, 'latin1');
  return bytes;
}

describe('LateIndexMp4', () => {
  it('names an index that comes last, and what to do', () => {
    const bytes = fixture('call/support.m4a');
    for (const pieces of [[bytes], [bytes.subarray(0, 30), bytes.subarray(30, 114_540), bytes.subarray(114_540)]]) {
      expect(errorOf(pieces)).toMatchObject({
        code: 'MOOV_AT_END',
        byteOffset: 114_536,
        message: expect.stringContaining('+faststart'),
      });
    }
  });

  it('tells an index that is missing from one that was cut off', () => {
    expect(errorOf([fixture('corrupt/m4a_no_moov.m4a')])).toMatchObject({ code: 'CORRUPT_INPUT', byteOffset: 6692 });
    const cut = errorOf([fixture('corrupt/m4a_truncated.m4a')]);
    expect(cut).toMatchObject({ code: 'TRUNCATED_INPUT', byteOffset: 3743 });
    expect((cut as Error).message).toContain('within its mdat box (at byte 36)');
  });

  it('does not read gigabytes only to say so', () => {
    expect(errorOf([box('ftyp', 24), box('mdat', 2_000_000_000, 100)])).toMatchObject({ code: 'MOOV_AT_END', byteOffset: 24 });
    // A size of 0 goes on to the end of the file, so that no index can follow.
    expect(errorOf([box('ftyp', 24), box('mdat', 0, 100)])).toMatchObject({ code: 'MOOV_AT_END' });
  });
});
