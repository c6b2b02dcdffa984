import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engine/index.js';
import { analyse } from './support/analyse.js';
import { recording } from './support/recordings.js';

const call = recording('call/humans_mulaw_8k.wav', 0);

describe.each(['light', 'silero'] as const)('with the %s VAD', (vad) => {
  it.each([8000, 16_000, 44_100])('any chunking of audio at %i Hz gives identical results', async (sampleRate) => {
    const engine = await createEngine({ vad });
    // What rate the samples really had doesn't matter here.
    const samples = call.samples.subarray(0, 12 * 8000);
    const whole = await analyse(engine, { samples, sampleRate }, { logits: true });
    const cuts = fc.array(fc.oneof(fc.nat(samples.length), fc.nat(400)), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(cuts, async (at) => {
        const sorted = at.sort((a, b) => a - b);
        expect(await analyse(engine, { samples, sampleRate }, { logits: true }, sorted)).toEqual(whole);
      }),
      { numRuns: vad === 'light' ? 25 : 6 },
    );
    expect(whole.length).toBeGreaterThan(sampleRate === 8000 ? 2 : -1);
  });

  it('chunks of one sample give the results of one chunk', async () => {
    const engine = await createEngine({ vad });
    const part = { samples: call.samples.subarray(0, 4 * 8000), sampleRate: 8000 };
    const cuts = Array.from({ length: part.samples.length - 1 }, (_, i) => i + 1);
    expect(await analyse(engine, part, {}, cuts)).toEqual(await analyse(engine, part));
  });

  it('streams that run at the same time do not touch each other', async () => {
    const engine = await createEngine({ vad });
    const other = recording('call/humans_mulaw_8k.wav', 1);
    const [first, second] = [await analyse(engine, call), await analyse(engine, other)];
    const cuts = Array.from({ length: 100 }, (_, i) => i * 1600);
    expect(await Promise.all([analyse(engine, call, {}, cuts), analyse(engine, other, {}, cuts)])).toEqual([first, second]);
  });
});
