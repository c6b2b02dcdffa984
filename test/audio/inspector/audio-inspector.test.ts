import { describe, expect, it } from 'vitest';
import { AudioInspector } from '../../../src/audio/inspector/index.js';
import { decodedByFfmpeg, eventLog, fixturePath } from '../../support/decoding.js';

/** Shows audio to an inspector in pieces, said to have a rate. */
function inspect(channels: readonly Float32Array[], sampleRate: number, piece = 3000) {
  const log = eventLog();
  const inspector = new AudioInspector({ label: 'talk', events: log.events });
  const format = { container: 'wav', codec: 'pcm_s16le', sampleRate, channels: channels.length };
  for (let from = 0; from < channels[0]!.length; from += piece) {
    const data = channels.map((samples) => samples.subarray(from, from + piece));
    inspector.push({ data, length: data[0]!.length, format });
  }
  inspector.end();
  return log;
}

const call = decodedByFfmpeg(fixturePath('call/support_16k.flac'), 2);
const humans = decodedByFfmpeg(fixturePath('call/humans_mulaw_8k.wav'), 2);

describe('AudioInspector', () => {
  it('has nothing to say about two real calls', () => {
    expect(inspect(call, 16_000).codes()).toEqual([]);
    expect(inspect(humans, 8000).codes()).toEqual([]);
  });

  it('tells of audio that is all zero, at its end or after ten seconds', () => {
    const short = inspect([new Float32Array(8000)], 8000);
    expect(short.diagnostics()).toMatchObject([{ code: 'ALL_ZERO_AUDIO', atMs: 1000 }]);
    const long = inspect([new Float32Array(8000 * 30)], 8000);
    expect(long.diagnostics()).toMatchObject([{ code: 'ALL_ZERO_AUDIO', atMs: expect.closeTo(10_000, -3) }]);
    expect(long.diagnostics()[0]!.message).toContain('the first 10 s of the samples are exactly zero');
  });

  it('does not call one silent channel, a quiet start or no audio at all zero', () => {
    expect(inspect([new Float32Array(16_000), call[0]!.subarray(0, 16_000)], 16_000).codes()).toEqual([]);
    const late = new Float32Array(16_000);
    late[15_999] = 1e-6;
    expect(inspect([late], 8000).codes()).toEqual([]);
    expect(inspect([new Float32Array(0)], 8000).codes()).toEqual([]);
  });

  it('tells of clipping, once, but not of loud audio that is whole', () => {
    const peak = call[0]!.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    const loud = call.map((samples) => samples.map((sample) => (sample / peak) * 0.97));
    expect(inspect(loud, 16_000).codes()).toEqual([]);
    const clipped = call.map((samples) => samples.map((sample) => Math.max(-1, Math.min(0.99997, (sample / peak) * 8))));
    expect(inspect(clipped, 16_000).codes()).toEqual(['CLIPPED_AUDIO']);
    // The same after an encoder, which leaves no flat tops, but samples beyond full scale.
    const beyond = call.map((samples) => samples.map((sample) => (sample / peak) * 8));
    expect(inspect(beyond, 16_000).codes()).toEqual(['CLIPPED_AUDIO']);
  });

  it('doubts a rate at which the voices would be no voices, in any pieces', () => {
    for (const piece of [100, 3000, 4000]) {
      const log = inspect(call, 5333, piece);
      expect(log.codes()).toEqual(['SUSPECT_SAMPLE_RATE']);
      expect(log.diagnostics()[0]!.message).toMatch(
        /^talk: at 5333 Hz the voice's pitch is about 5\d Hz, below any normal voice's/,
      );
    }
    const twice = [...call, ...call].map((_, channel) => call[channel % 2]!).slice(0, 1);
    const long = [Float32Array.from({ length: twice[0]!.length * 3 }, (_, i) => twice[0]![i % twice[0]!.length]!)];
    expect(inspect(long, 48_000).diagnostics()[0]?.message).toContain("above any normal voice's");
  });

  it('does not judge tones, hum and noise by the measure of voices', () => {
    const tone = (hz: number) =>
      Float32Array.from({ length: 16_000 * 20 }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hz * i) / 16_000));
    for (const hz of [50, 60, 440, 700]) expect(inspect([tone(hz)], 16_000).codes()).toEqual([]);
    let state = 1;
    const noise = Float32Array.from({ length: 16_000 * 20 }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 33 - 0.25;
    });
    expect(inspect([noise], 16_000).codes()).toEqual([]);
  });
});
