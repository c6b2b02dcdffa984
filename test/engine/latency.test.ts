import { describe, expect, it } from 'vitest';
import { createEngine, type EngineResult } from '../../src/engine/index.js';
import { recording } from './support/recordings.js';

const CHUNK_MS = 20;

describe.each([
  { vad: 'light', frameMs: 10 },
  { vad: 'silero', frameMs: 32 },
] as const)('live, in chunks of 20 ms, with the $vad VAD', ({ vad, frameMs }) => {
  it.each([0, 1])('results come with the push of the last sample they need (channel %i)', async (channel) => {
    const engine = await createEngine({ vad });
    const { samples, sampleRate } = recording('call/humans_mulaw_8k.wav', channel);
    const seen: { result: EngineResult; atMs: number }[] = [];
    let pushedMs = 0;
    const stream = engine.open({
      sampleRate,
      analysis: 'behavior',
      onResult: (result) => seen.push({ result, atMs: pushedMs }),
    });
    const chunk = (sampleRate * CHUNK_MS) / 1000;
    for (let from = 0; from < samples.length; from += chunk) {
      pushedMs += CHUNK_MS;
      await stream.push(samples.subarray(from, from + chunk));
    }
    await stream.end();
    // A segment waits for the frame that covers its end, the resampler's delay (4 ms) and the rest of the chunk, unless a pause begins.
    const delays = seen
      .filter(({ result }) => result.level === 'segment')
      .map(({ result, atMs }) => atMs - result.endTime * 1000);
    expect(delays.length).toBeGreaterThanOrEqual(3);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
    expect(delays.filter((delay) => delay <= frameMs + 4 + CHUNK_MS).length / delays.length).toBeGreaterThan(0.6);
    expect(Math.max(...delays)).toBeLessThan(600);
    // An utterance ends 64 ms after the last speech and is closed 500 ms after it.
    for (const { result, atMs } of seen.filter((entry) => entry.result.level === 'utterance')) {
      const delay = atMs - result.endTime * 1000;
      expect(delay).toBeGreaterThanOrEqual(500 - 64);
      expect(delay).toBeLessThanOrEqual(500 - 64 + frameMs + 4 + CHUNK_MS);
    }
  });
});
