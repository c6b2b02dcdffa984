import { beforeAll, describe, expect, it } from 'vitest';
import { loadResampler, Resampler } from '../../src/audio/resampler/index.js';
import { loadLightVad, loadSileroVad, type Vad } from '../../src/vad/index.js';
import { recording, whiteNoise } from '../engine/support/recordings.js';
import { KNOWN_CALLS } from '../support/known-calls.js';
import { f1, speechFrames } from './support.js';

/** To 16 kHz, from 8 kHz. */
function wide({ samples }: { samples: Int16Array }): Int16Array {
  const resampler = new Resampler({ fromRate: 8000, toRate: 16_000, channels: 1 });
  const floats = Float32Array.from(samples, (sample) => sample / 32_768);
  const output = [...resampler.process([floats])[0]!, ...resampler.flush()[0]!];
  resampler.free();
  return Int16Array.from(output, (sample) => Math.round(sample * 32_767));
}

function withNoise(speech: Int16Array, snrDb: number): Int16Array {
  const power = (samples: Int16Array) => samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  const noise = whiteNoise(speech.length, 3000);
  // Speech fills about half of each channel.
  const gain = Math.sqrt((2 * power(speech)) / power(noise) / 10 ** (snrDb / 10));
  return speech.map((sample, i) => sample + noise[i]! * gain);
}

function tone(at: (seconds: number) => number): Int16Array {
  return Int16Array.from({ length: 48_000 }, (_, i) => 4000 * at(i / 16_000));
}

const sine = (hz: number, seconds: number) => Math.sin(2 * Math.PI * hz * seconds);

beforeAll(loadResampler);

describe.each([
  { load: loadLightVad, name: 'light', clean: 0.96, noisy: 0.92 },
  { load: () => loadSileroVad(), name: 'silero-v6', clean: 0.95, noisy: 0.95 },
])('the VAD $name', ({ load, name, clean, noisy }) => {
  let vad: Vad;
  beforeAll(async () => {
    vad = await load();
    return () => vad.close();
  });

  it('tells its name', () => expect(vad.name).toBe(name));

  it(`finds the speech of four voices on the telephone: F1 >= ${clean}`, async () => {
    for (const { file, channel, spans } of KNOWN_CALLS) {
      expect(f1(await speechFrames(vad, wide(recording(file, channel))), spans), `${file} ${channel}`).toBeGreaterThan(
        clean - 0.06,
      );
    }
    const all = await Promise.all(
      KNOWN_CALLS.map(async (call) => f1(await speechFrames(vad, wide(recording(call.file, call.channel))), call.spans)),
    );
    expect(all.reduce((sum, value) => sum + value, 0) / all.length).toBeGreaterThanOrEqual(clean);
  });

  it(`finds it in white noise at 5 dB: F1 >= ${noisy}`, async () => {
    const all = await Promise.all(
      KNOWN_CALLS.map(async ({ file, channel, spans }) =>
        f1(await speechFrames(vad, withNoise(wide(recording(file, channel)), 5)), spans),
      ),
    );
    expect(all.reduce((sum, value) => sum + value, 0) / all.length).toBeGreaterThanOrEqual(noisy);
  });

  it('finds it 20 dB louder and quieter, clipped or not', async () => {
    const speech = wide(recording('call/humans_mulaw_8k.wav', 1));
    for (const gain of [0.1, 10]) {
      const scaled = Int16Array.from(speech, (sample) => Math.max(-32_768, Math.min(32_767, sample * gain)));
      expect(f1(await speechFrames(vad, scaled), KNOWN_CALLS[1].spans), `${gain}`).toBeGreaterThan(0.94);
    }
  });

  it.each(['noise_white', 'noise_pink', 'tone_440_-20dBFS', 'tone_music_like', 'silence_floor_-72dB'])(
    'hears no 250 ms of speech in %s',
    async (file) => {
      const { samples } = recording(`level/${file}.wav`);
      expect((await speechFrames(vad, samples)).filter(Boolean).length).toBeLessThan(25);
    },
  );

  it.each([
    ['digital silence', tone(() => 0)],
    ['a constant', tone(() => 0.5)],
    ['dial tone', tone((t) => (sine(350, t) + sine(440, t)) / 2)],
    ['ringing', tone((t) => (t % 1.5 < 0.5 ? (sine(440, t) + sine(480, t)) / 2 : 0))],
    ['busy tone', tone((t) => (t % 1 < 0.5 ? (sine(480, t) + sine(620, t)) / 2 : 0))],
    ['keys being pressed', tone((t) => (t % 0.5 < 0.2 ? (sine(770, t) + sine(1336, t)) / 2 : 0))],
    ['mains hum', tone((t) => [1, 2, 3, 4, 5, 6, 7, 8].reduce((sum, h) => sum + sine(50 * h, t) / h / 3, 0))],
    ['a scale', tone((t) => sine([262, 294, 330, 349, 392, 440][Math.floor(t / 0.5)]!, t))],
    ['noise that begins', tone((t) => t).map((_, i) => (i > 16_000 ? whiteNoise(1, 3000, i)[0]! : 0))],
  ])('hears none in %s', async (_, samples) => {
    expect((await speechFrames(vad, samples)).filter(Boolean).length).toBeLessThan(25);
  });

  it('keeps streams apart', async () => {
    const speech = wide(recording('call/support_mulaw_8k.wav', 0)).subarray(0, 64_000);
    const alone = await speechFrames(vad, speech);
    const [first, , second] = await Promise.all([
      speechFrames(vad, speech),
      speechFrames(vad, whiteNoise(64_000, 8000)),
      speechFrames(vad, speech),
    ]);
    expect(first).toEqual(alone);
    expect(second).toEqual(alone);
  });
});

describe('loadSileroVad', () => {
  it('names what is missing when a model does not load', async () => {
    await expect(loadSileroVad({ modelPath: '/no/such/model.onnx' })).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    await expect(loadSileroVad({ modelPath: import.meta.filename })).rejects.toThrow(
      /could not be loaded from .*detectors\.test\.ts/,
    );
  });
});
