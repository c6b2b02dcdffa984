import fc from 'fast-check';
import { RtpPacket } from 'rtp.js/packets';
import { describe, expect, it } from 'vitest';
import { datagramKind } from '../../src/rtp/datagram-kind.js';
import { RtpHeader } from '../../src/rtp/rtp-header.js';
import { unwrapSequence, unwrapTimestamp } from '../../src/rtp/unwrap.js';
import { bye, rtpPacket } from '../support/rtp-packets.js';

const packets = fc.record({
  payloadType: fc.integer({ min: 0, max: 63 }),
  sequence: fc.integer({ min: 0, max: 65_535 }),
  timestamp: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  ssrc: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  marker: fc.boolean(),
  payload: fc.uint8Array({ maxLength: 300 }),
  csrcs: fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { maxLength: 15 }),
  padding: fc.integer({ min: 0, max: 255 }),
});

describe('RtpHeader', () => {
  it('reads what rtp.js reads, with contributing sources, extensions and padding', () => {
    fc.assert(
      fc.property(packets, fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined }), (fields, words) => {
        const data = rtpPacket({ ...fields, ...(words !== undefined && { extensionWords: words }) });
        const header = new RtpHeader();
        expect(header.read(data)).toBe(true);
        const theirs = new RtpPacket(new DataView(data.buffer, data.byteOffset, data.byteLength));
        expect(header).toMatchObject({
          marker: theirs.getMarker(),
          payloadType: theirs.getPayloadType(),
          sequence: theirs.getSequenceNumber(),
          timestamp: theirs.getTimestamp(),
          ssrc: theirs.getSsrc(),
        });
        expect(Buffer.from(data.subarray(header.payloadStart, header.payloadEnd))).toEqual(Buffer.from(fields.payload));
      }),
    );
  });

  it('never reads beyond a datagram, whatever its bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (data) => {
        const header = new RtpHeader();
        if (!header.read(data)) return;
        expect(data[0]! >> 6).toBe(2);
        expect(header.payloadStart).toBeGreaterThanOrEqual(12);
        expect(header.payloadStart).toBeLessThanOrEqual(header.payloadEnd);
        expect(header.payloadEnd).toBeLessThanOrEqual(data.length);
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses a packet that was cut anywhere in its header', () => {
    const data = rtpPacket({ sequence: 1, timestamp: 2, csrcs: [1, 2], extensionWords: 3, payload: Buffer.alloc(0) });
    for (let length = 0; length < data.length; length += 1) expect(new RtpHeader().read(data.subarray(0, length))).toBe(false);
    expect(new RtpHeader().read(data)).toBe(true);
  });
});

describe('datagramKind', () => {
  it('tells the protocols apart that share a port', () => {
    expect(datagramKind(rtpPacket({ sequence: 1, timestamp: 1, marker: true, payloadType: 0 }))).toBe('rtp');
    expect(datagramKind(bye(1))).toBe('rtcp');
    expect(datagramKind(Buffer.from('000100002112a442', 'hex'))).toBe('stun');
    expect(datagramKind(Buffer.from('16fefd0000', 'hex'))).toBe('dtls');
    expect(datagramKind(Buffer.from('40000001', 'hex'))).toBe('unknown');
    expect(datagramKind(Buffer.alloc(0))).toBe('unknown');
  });
});

describe('unwrapping', () => {
  it('follows numbers beyond any count of wraps, forwards and backwards', () => {
    const steps = fc.array(fc.integer({ min: -30_000, max: 30_000 }), { maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 65_535 }), steps, (start, walk) => {
        let sequence = start;
        let timestamp = start * 60_000;
        for (const step of walk) {
          const next = sequence + step;
          expect(unwrapSequence(((next % 65_536) + 65_536) % 65_536, sequence)).toBe(next);
          sequence = next;
          const later = timestamp + step * 70_000;
          expect(unwrapTimestamp(later >>> 0, timestamp)).toBe(later);
          timestamp = later;
        }
      }),
    );
  });
});
