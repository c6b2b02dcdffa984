import { once } from 'node:events';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { toReadable } from '../../src/operators/to-readable.js';
import { floatChunk, pcmSource } from '../support/audio.js';
import { unboundedFlow } from '../support/unbounded-flow.js';

describe('toReadable()', () => {
  it('yields the bytes of the audio', async () => {
    const { source$ } = pcmSource(500, 100);
    const parts: Buffer[] = [];
    for await (const part of toReadable(source$)) parts.push(part);
    const bytes = Buffer.concat(parts);
    expect(bytes).toHaveLength(16_000);
    expect([bytes.readInt16LE(0), bytes.readInt16LE(15_998)]).toEqual([1, 5]);
  });

  it('pauses the source while the stream is full', async () => {
    const { source$, probe } = pcmSource(60_000, 100);
    const readable = toReadable(source$, { highWaterMark: 10_000 });
    readable.read(0);
    await expect.poll(() => probe.holds).toBe(1);
    expect(probe.emitted).toBeLessThanOrEqual(4);
    let bytes = 0;
    const slow = new Writable({
      write(part: Buffer, _, done) {
        bytes += part.length;
        setImmediate(done);
      },
    });
    await pipeline(readable, slow);
    expect(bytes).toBe(60 * 32_000);
    expect(probe.holds).toBe(0);
  });

  it('interleaves the channels of decoded audio', async () => {
    const chunk = floatChunk([Float32Array.of(1, 2), Float32Array.of(3, 4)], 8000, 0, { label: 'a' }, unboundedFlow);
    const bytes = Buffer.concat(await toReadable(of(chunk)).toArray());
    expect([0, 4, 8, 12].map((at) => bytes.readFloatLE(at))).toEqual([1, 3, 2, 4]);
  });

  it('is destroyed with the error of the source', async () => {
    const { source$, probe } = pcmSource(200, 100, 16_000, new Error('cable pulled'));
    const readable = toReadable(source$);
    readable.resume();
    const [error] = await once(readable, 'error');
    expect(error).toMatchObject({ message: 'cable pulled' });
    expect(probe.unsubscribed).toBe(1);
  });

  it('unsubscribes when it is destroyed', async () => {
    const { source$, probe } = pcmSource(36_000_000, 100);
    const readable = toReadable(source$);
    readable.resume();
    await expect.poll(() => probe.emitted).toBeGreaterThan(1);
    readable.destroy();
    await once(readable, 'close');
    expect(probe).toMatchObject({ holds: 0, unsubscribed: 1 });
  });

  it('refuses what a stream cannot hold, and stops a source that emits without end as it is subscribed', async () => {
    await expect(toReadable(of(1, null, 2), { objectMode: true }).toArray()).rejects.toMatchObject({ code: 'FORMAT_MISMATCH' });
    expect(() => toReadable(null as never)).toThrow(expect.objectContaining({ option: 'toReadable(source)' }));
    let emitted = 0;
    function* endless() {
      for (; ; emitted += 1) yield { emitted };
    }
    await expect(toReadable(from(endless())).toArray()).rejects.toMatchObject({ code: 'FORMAT_MISMATCH' });
    expect(emitted).toBeLessThanOrEqual(2);
  });

  it('yields values themselves in object mode, and refuses them otherwise', async () => {
    const values = [{ a: 1 }, { a: 2 }];
    expect(await toReadable(of(...values), { objectMode: true }).toArray()).toEqual(values);
    await expect(toReadable(of(...values)).toArray()).rejects.toMatchObject({ code: 'FORMAT_MISMATCH' });
  });
});
