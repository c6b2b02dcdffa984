import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ByteChunk, SourceId } from '../../../src/audio/index.js';
import { FlowGate } from '../../../src/flow/index.js';
import { ByteGatherer } from '../../../src/operators/decoding/byte-gatherer.js';

const A: SourceId = { label: 'a' };
const B: SourceId = { label: 'b' };
const flow = new FlowGate();

/** A gatherer in front of something that needs multiples of so many bytes of each source. */
function setUp(whole: number) {
  const out: (ByteChunk | Uint8Array)[] = [];
  const received = new Map<SourceId | undefined, number>();
  const gatherer = new ByteGatherer({
    lacking: (source) => (whole === 0 ? 0 : whole - ((received.get(source) ?? 0) % whole)),
    push: (input) => {
      out.push(input);
      const [source, length] =
        input instanceof Uint8Array ? [undefined, input.length] : [input?.source, input?.data?.length ?? 0];
      received.set(source, (received.get(source) ?? 0) + length);
    },
  });
  return { gatherer, out };
}

const bytes = (length: number, first = 0) => Uint8Array.from({ length }, (_, i) => first + i);
const chunk = (source: SourceId, data: Uint8Array): ByteChunk => ({ data, source, flow });
const described = (input: ByteChunk | Uint8Array) =>
  input instanceof Uint8Array ? `bytes ${[...input]}` : `${input.source.label} ${[...input.data]}`;

describe('ByteGatherer', () => {
  it('hands blocks on together when they are enough, and begins the next with what is left', () => {
    const { gatherer, out } = setUp(5);
    for (let block = 0; block < 4; block += 1) gatherer.push(chunk(A, bytes(2, 2 * block)));
    expect(out.map(described)).toEqual(['a 0,1,2,3,4']);
    gatherer.flush();
    expect(out.map(described)).toEqual(['a 0,1,2,3,4', 'a 5,6,7']);
    expect((out[0] as ByteChunk).flow).toBe(flow);
    gatherer.flush();
    expect(out).toHaveLength(2);
  });

  it('does not touch what is enough by itself, or what nobody knows the need of', () => {
    for (const whole of [0, 1, 4]) {
      const { gatherer, out } = setUp(whole);
      const blocks = [chunk(A, bytes(4)), bytes(8)];
      for (const block of blocks) gatherer.push(block);
      expect(out[0]).toBe(blocks[0]);
      expect(out[1]).toBe(blocks[1]);
    }
  });

  it('keeps its own copy: whoever sends bytes without waiting may use their memory again', () => {
    const { gatherer, out } = setUp(4);
    const block = bytes(3);
    gatherer.push(block);
    block.fill(99);
    gatherer.push(bytes(1, 3));
    expect(out.map(described)).toEqual(['bytes 0,1,2,3']);
  });

  it('hands on what it has before another source, and before what is no bytes', () => {
    const { gatherer, out } = setUp(10);
    gatherer.push(chunk(A, bytes(3)));
    gatherer.push(chunk(B, bytes(4)));
    gatherer.push(bytes(2));
    const stray = { timing: {} } as unknown as ByteChunk;
    gatherer.push(stray);
    expect(out.slice(0, 3).map(described)).toEqual(['a 0,1,2', 'b 0,1,2,3', 'bytes 0,1']);
    expect(out[3]).toBe(stray);
    gatherer.push(undefined as unknown as ByteChunk);
    expect(out[4]).toBeUndefined();
  });

  it('loses nothing and changes no order, and what it hands on early is a multiple of what is needed', () => {
    const inputs = fc.array(fc.record({ source: fc.constantFrom(A, B, undefined), length: fc.nat(12) }), { maxLength: 60 });
    fc.assert(
      fc.property(inputs, fc.integer({ min: 1, max: 20 }), (blocks, whole) => {
        const { gatherer, out } = setUp(whole);
        const sent: string[] = [];
        let next = 0;
        for (const { source, length } of blocks) {
          const data = bytes(length, next % 200);
          next += length;
          sent.push(...[...data].map((byte) => `${source?.label} ${byte}`));
          gatherer.push(source ? chunk(source, data) : data);
        }
        const waiting = sent.length - out.reduce((sum, one) => sum + (one instanceof Uint8Array ? one : one.data).length, 0);
        expect(waiting).toBeLessThan(whole);
        gatherer.flush();
        const received = out.flatMap((one) =>
          one instanceof Uint8Array
            ? [...one].map((byte) => `undefined ${byte}`)
            : [...one.data].map((byte) => `${one.source.label} ${byte}`),
        );
        expect(received).toEqual(sent);
      }),
    );
  });
});
