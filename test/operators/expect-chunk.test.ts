import { from, lastValueFrom, map, type OperatorFunction, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { AudioChunk } from '../../src/audio/index.js';
import { behavioralSignals } from '../../src/operators/behavioral-signals.js';
import { bounded } from '../../src/operators/bounded.js';
import { chunk } from '../../src/operators/chunk.js';
import { resample } from '../../src/operators/resample.js';
import { toPcm16le } from '../../src/operators/to-pcm16le.js';
import { floatChunk, pcmChunk } from '../support/audio.js';
import { unboundedFlow } from '../support/unbounded-flow.js';

const source = { label: 'mine' };
const pcm = pcmChunk(new Int16Array(160), 16_000, 0, source, unboundedFlow);
const float = floatChunk([new Float32Array(160), new Float32Array(160)], 16_000, 0, source, unboundedFlow);
const session = behavioralSignals({ cid: 1, apiKey: 'x', endpoint: 'http://127.0.0.1:1' });
const operate = (operator: unknown) => operator as OperatorFunction<AudioChunk, unknown>;

describe('a chunk that an operator of the user made', () => {
  it.each<[string, unknown, unknown, RegExp]>([
    // As it comes back from a worker.
    ['has a Uint8Array for a Buffer', structuredClone({ ...pcm, flow: undefined }), session, /must be in a Buffer/],
    ['has fewer bytes than samples', { ...pcm, length: 161 }, chunk(100), /161 samples .* 322 bytes, but it has 320/],
    ['has no position', { ...pcm, timing: { source, position: Number.NaN } }, session, /position is NaN/],
    ['has one array for all channels', { ...float, data: new Float32Array(320) }, toPcm16le(), /array of Float32Arrays/],
    ['has lost a channel', { ...float, data: [float.data[0]] }, resample(8000), /2 channels, but its data has 1/],
    ['has channels of several lengths', { ...float, data: [float.data[0], new Float32Array(3)] }, toPcm16le(), /channel has 3/],
    ['is longer than it says', { ...float, length: 80 }, chunk(100), /80 samples, but a channel has 160/],
  ])('is refused when it %s', async (_, made, operator, message) => {
    const chunk$ = of({ ...(made as AudioChunk), flow: unboundedFlow });
    await expect(lastValueFrom(chunk$.pipe(operate(operator)))).rejects.toMatchObject({
      code: 'FORMAT_MISMATCH',
      message: expect.stringMatching(message),
    });
  });

  it('is looked at where it leaves bounded(), too', async () => {
    const cut$ = from([pcm]).pipe(
      bounded(
        100,
        map((whole) => ({ ...whole, length: 80 })),
      ),
    );
    await expect(lastValueFrom(cut$)).rejects.toMatchObject({ message: expect.stringContaining('contradicts itself') });
  });
});
