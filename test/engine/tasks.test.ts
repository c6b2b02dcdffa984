import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engine/index.js';
import { analyse, answer, utterances } from './support/analyse.js';
import { joined, recording } from './support/recordings.js';

/** Rates by name, in syllables per second of speech, from the fixtures' ground truth. */
const RATES = [
  ['rate_slt', [3.33, 4.44, 5.99]],
  ['rate_rms', [3.04, 4.02, 5.51]],
] as const;

describe.each(['light', 'silero'] as const)('with the %s VAD', (vad) => {
  const engine = createEngine({ vad });

  it.each([
    ['call/humans_mulaw_8k.wav', 0, 'female'],
    ['call/humans_mulaw_8k.wav', 1, 'male'],
    ['call/support_mulaw_8k.wav', 0, 'female'],
    ['call/support_mulaw_8k.wav', 1, 'male'],
    ['mono/rate_slt_x135.wav', 0, 'female'],
    ['mono/rate_rms_x075.wav', 0, 'male'],
  ])('gender of %s, channel %i: %s', async (file, channel, gender) => {
    for (const result of await analyse(await engine, recording(file, channel))) {
      const { finalLabel, predictions } = answer(result, 'gender');
      expect(finalLabel, `${result.startTime}`).toBe(gender);
      expect(predictions[0]!.posterior).toBeGreaterThan(0.6);
      expect(predictions[0]!.posterior).toBeLessThanOrEqual(0.97);
    }
  });

  it.each(RATES)('the same words faster and faster: %s', async (name, _) => {
    const slowness = await Promise.all(
      ['x075', 'x100', 'x135'].map(async (speed) => {
        const [utterance] = utterances(await analyse(await engine, recording(`mono/${name}_${speed}.wav`)));
        const share = (label: string) =>
          answer(utterance!, 'speaking_rate').predictions.find((p) => p.label === label)!.posterior!;
        return 2 * share('very slow') + share('slow') - share('fast') - 2 * share('very fast');
      }),
    );
    expect(slowness[0]).toBeGreaterThan(slowness[1]!);
    expect(slowness[1]).toBeGreaterThan(slowness[2]!);
  });

  it('no posterior depends on gain, from -20 to +20 dB', async () => {
    const { samples, sampleRate } = recording('mono/rate_slt_x100.wav');
    // So that 20 dB more do not clip; 16 bits leave 20 dB less some noise.
    const usual = samples.map((sample) => sample * 0.1);
    const loud = (gain: number) => ({ samples: usual.map((sample) => sample * gain), sampleRate });
    const reference = utterances(await analyse(await engine, loud(1)))[0]!;
    for (const gain of [0.32, 3.2, 10]) {
      const [utterance] = utterances(await analyse(await engine, loud(gain)));
      for (const { task, predictions } of utterance!.tasks) {
        for (const { label, posterior, score } of predictions) {
          const before = answer(reference, task).predictions.find((prediction) => prediction.label === label)!;
          expect(Math.abs((posterior ?? score!) - (before.posterior ?? before.score!)), `${task} ${label} x${gain}`).toBeLessThan(
            0.06,
          );
        }
      }
    }
  });

  it('gain does not change what is said, from -30 to +10 dB', async () => {
    const { samples, sampleRate } = recording('mono/rate_slt_x100.wav');
    const reference = utterances(await analyse(await engine, { samples, sampleRate }))[0]!;
    for (const gain of [0.03, 0.3, 1.5]) {
      const scaled = samples.map((sample) => Math.max(-32_768, Math.min(32_767, sample * gain)));
      const [utterance] = utterances(await analyse(await engine, { samples: scaled, sampleRate }));
      for (const task of ['gender', 'speaking_rate', 'strength']) {
        expect(answer(utterance!, task).predictions[0]!.label, `${task} x${gain}`).toBe(
          answer(reference, task).predictions[0]!.label,
        );
      }
    }
  });
});

describe('weak tasks', () => {
  it('make no claims of people who read calmly', async () => {
    const engine = await createEngine({ vad: 'light' });
    for (const channel of [0, 1]) {
      for (const result of utterances(await analyse(engine, recording('call/humans_mulaw_8k.wav', channel)))) {
        for (const task of ['emotion', 'positivity'])
          expect(answer(result, task).finalLabel, `${task} ${result.startTime}`).toBe('');
      }
    }
  });
});

describe('strength and intensity', () => {
  /** Raises the level, and the treble by a shelf: what effort does to a voice. */
  function louder(samples: Int16Array, gain: number, treble: number): Int16Array {
    let low = 0;
    return samples.map((sample) => {
      low += 0.18 * (sample - low);
      return Math.max(-32_768, Math.min(32_767, gain * (low + treble * (sample - low))));
    });
  }

  it('rise with vocal effort, against what the speaker was like before', async () => {
    const engine = await createEngine({ vad: 'light' });
    const { samples } = recording('mono/rate_rms_x100.wav');
    const quiet = samples.map((sample) => sample * 0.2);
    const usual = [...Array(8)].map(() => quiet);
    const scores = await Promise.all(
      [0.5, 1, 2].map(async (effort) => {
        const last = louder(quiet, effort, effort);
        const results = utterances(await analyse(engine, { samples: joined([...usual, last], 8000), sampleRate: 16_000 }));
        expect(results).toHaveLength(9);
        const strong = answer(results[8]!, 'strength').predictions.find(({ label }) => label === 'strong')!.posterior!;
        return { intensity: answer(results[8]!, 'intensity').predictions[0]!.score!, strong };
      }),
    );
    const [weak, same, strong] = scores as [(typeof scores)[0], (typeof scores)[0], (typeof scores)[0]];
    expect(same.intensity).toBeGreaterThan(0.3);
    expect(same.intensity).toBeLessThan(0.6);
    expect(weak.intensity).toBeLessThan(same.intensity - 0.1);
    expect(strong.intensity).toBeGreaterThan(same.intensity + 0.1);
    expect(strong.strong).toBeGreaterThan(same.strong + 0.1);
  });
});

describe('speaking rate', () => {
  it('is judged by the norm of the language', async () => {
    const slowness = async (language: string) => {
      const engine = await createEngine({ vad: 'light', language });
      const [utterance] = utterances(await analyse(engine, recording('mono/rate_slt_x100.wav')));
      return answer(utterance!, 'speaking_rate').predictions.find(({ label }) => label === 'slow')!.posterior!;
    };
    // Spanish has many short syllables, Mandarin few long ones (Pellegrino et al. 2011).
    expect(await slowness('es')).toBeGreaterThan(await slowness('en'));
    expect(await slowness('zh')).toBeLessThan(await slowness('en'));
  });
});
