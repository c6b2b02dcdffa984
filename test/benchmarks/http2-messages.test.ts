import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Http2Messages } from '../../benchmarks/processes/http2-messages.mjs';

const HEADERS = 1;
const DATA = 0;

function frame(type: number, stream: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

function message(text: string): Buffer {
  const body = Buffer.from(text);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(body.length, 1);
  return Buffer.concat([prefix, body]);
}

it('finds every message, however frames cut messages and packets cut frames', () => {
  // Two streams take turns; one message lies in three frames, one frame holds the end of one message and the start of the next.
  const [first, second] = [Buffer.concat([message('alpha'), message('beta')]), message('the other stream')];
  const connection = Buffer.concat([
    Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    frame(HEADERS, 1, Buffer.from('whatever')),
    frame(DATA, 1, first.subarray(0, 3)),
    frame(DATA, 3, second.subarray(0, 10)),
    frame(DATA, 1, first.subarray(3, 8)),
    frame(DATA, 1, first.subarray(8, 12)),
    frame(DATA, 3, second.subarray(10)),
    frame(DATA, 1, first.subarray(12)),
    frame(DATA, 1, message('')),
  ]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sizes) => {
      const found: string[] = [];
      const messages = new Http2Messages('client', (stream, body) => found.push(`${stream}: ${body}`));
      for (let at = 0, turn = 0; at < connection.length; turn += 1) {
        const size = sizes[turn % sizes.length]!;
        messages.push(connection.subarray(at, at + size));
        at += size;
      }
      expect(found).toEqual(['1: alpha', '3: the other stream', '1: beta', '1: ']);
    }),
  );
});
