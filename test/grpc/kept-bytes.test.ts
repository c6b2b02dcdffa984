import { describe, expect, it } from 'vitest';
import { KeptBytes } from '../../src/grpc/kept-bytes.js';

describe('KeptBytes', () => {
  it('keeps small pieces of large memory in little memory, unchanged, however often that memory is used again', () => {
    const memory = new KeptBytes();
    const kept: Buffer[] = [];
    for (let i = 0; i < 1000; i += 1) {
      // What a source has read: 8 KiB, of which the piece is a part.
      const read = Buffer.alloc(8192, i % 251);
      kept.push(memory.keep(read.subarray(100, 420)));
      read.fill(0xff);
    }
    expect(kept.every((piece, i) => piece.length === 320 && piece.every((byte) => byte === i % 251))).toBe(true);
    const blocks = new Set(kept.map(({ buffer }) => buffer));
    const heldBytes = [...blocks].reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(heldBytes).toBeLessThan(2 * 1000 * 320);
  });

  it('leaves a piece where it is when that holds little else', () => {
    const own = Buffer.allocUnsafeSlow(8000);
    expect(new KeptBytes().keep(own)).toBe(own);
    expect(new KeptBytes().keep(own.subarray(0, 4000))).toEqual(own.subarray(0, 4000));
  });

  it('takes pieces that are larger than its blocks', () => {
    const large = Buffer.alloc(500_000, 7);
    expect(new KeptBytes().keep(large.subarray(0, 100_000)).equals(large.subarray(0, 100_000))).toBe(true);
  });
});
