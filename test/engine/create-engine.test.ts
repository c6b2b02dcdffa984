import { describe, expect, it } from 'vitest';
import { createEngine, type EngineResult } from '../../src/engine/index.js';
import type { Vad } from '../../src/vad/index.js';
import { analyse, answer, utterances } from './support/analyse.js';
import { recording } from './support/recordings.js';

/** A few seconds of a woman. */
const woman = recording('mono/rate_slt_x100.wav');

describe('createEngine', () => {
  it('takes Silero where it is installed, the light VAD when told, and names it', async () => {
    expect((await createEngine()).name).toBe('local-dsp/1 vad=silero-v6');
    expect((await createEngine({ vad: 'light' })).name).toBe('local-dsp/1 vad=light');
  });

  it('takes a VAD of the user', async () => {
    const closed: string[] = [];
    const always: Vad = {
      name: 'always',
      frameLength: 320,
      open: () => ({ judge: () => 1, close: () => closed.push('stream') }),
      close: () => closed.push('vad'),
    };
    const engine = await createEngine({ vad: always });
    const [utterance] = utterances(await analyse(engine, woman));
    engine.close();
    expect(engine.name).toBe('local-dsp/1 vad=always');
    expect(utterance).toMatchObject({ startTime: 0, endTime: woman.samples.length / 16_000 });
    expect(closed).toEqual(['stream', 'vad']);
  });

  it.each([
    [{ vad: 'webrtc' }, 'vad: must be "auto", "light", "silero" or a Vad, but got "webrtc"'],
    [{ language: 'english' }, 'language: must be a lower-case ISO 639-1 code'],
    [{ segmentation: { segmentMs: 5000 } }, 'segmentation.segmentMs: must be a number from 500 to 2000'],
  ])('refuses %o, naming the option', async (options, message) => {
    await expect(createEngine(options as never)).rejects.toThrow(message);
  });

  it.each([
    [{ sampleRate: 3999 }, 'sampleRate: must be a whole number of Hz from 4000 to 384000, but got 3999'],
    [{ sampleRate: 16_000.5 }, 'sampleRate'],
    [{ analysis: 'emotion' }, 'analysis: must be "behavior" or "deepfake"'],
    [{ level: 'all' }, 'level: must be "segment" or "utterance", or left out for both'],
  ])('refuses a stream of %o', async (options, message) => {
    const engine = await createEngine({ vad: 'light' });
    const open = () => engine.open({ sampleRate: 16_000, analysis: 'behavior', onResult: () => {}, ...options } as never);
    expect(open).toThrow(message);
  });

  it('passes a VAD that fails on to whoever pushes, and frees the stream on cancel', async () => {
    let closed = 0;
    const broken: Vad = {
      name: 'broken',
      frameLength: 160,
      open: () => ({ judge: () => Promise.reject(new Error('out of memory')), close: () => (closed += 1) }),
      close: () => {},
    };
    const stream = (await createEngine({ vad: broken })).open({ sampleRate: 16_000, analysis: 'behavior', onResult: () => {} });
    await expect(stream.push(new Int16Array(320))).rejects.toThrow('out of memory');
    stream.cancel();
    stream.cancel();
    expect(closed).toBe(1);
  });
});

describe('an engine stream', () => {
  it('emits both levels, or the one asked for', async () => {
    const engine = await createEngine({ vad: 'light' });
    const levels = async (level?: 'segment' | 'utterance') =>
      (await analyse(engine, woman, level ? { level } : {})).map((result) => result.level);
    expect(await levels()).toEqual(['segment', 'utterance']);
    expect(await levels('segment')).toEqual(['segment']);
    expect(await levels('utterance')).toEqual(['utterance']);
  });

  it('answers what it can measure, best label first, and nothing else', async () => {
    const engine = await createEngine({ vad: 'light' });
    const [segment, utterance] = (await analyse(engine, woman)) as [EngineResult, EngineResult];
    expect(utterance.tasks.map(({ task }) => task).join(' ')).toBe(
      'gender age emotion positivity strength speaking_rate hesitation engagement intensity',
    );
    for (const { task, predictions, embedding } of utterance.tasks) {
      expect(embedding).toBeUndefined();
      if (task === 'intensity') {
        expect(predictions).toEqual([{ score: expect.any(Number) }]);
        continue;
      }
      const posteriors = predictions.map(({ posterior }) => posterior!);
      expect(posteriors).toEqual([...posteriors].sort((a, b) => b - a));
      expect(posteriors.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 10);
    }
    const top = answer(segment, 'gender').predictions[0]!;
    expect(top).not.toHaveProperty('dominantInSegments');
    expect(answer(utterance, 'gender').predictions).toMatchObject([
      { label: 'female', dominantInSegments: [0] },
      { label: 'male', dominantInSegments: [] },
    ]);
  });

  it('gives logits when asked: log posteriors, and the log-odds of a score', async () => {
    const engine = await createEngine({ vad: 'light' });
    const [, utterance] = await analyse(engine, woman, { logits: true });
    for (const { predictions } of utterance!.tasks) {
      for (const { posterior, score, logit } of predictions) {
        expect(logit).toBeCloseTo(posterior === undefined ? Math.log(score! / (1 - score!)) : Math.log(posterior), 10);
      }
    }
  });

  it('does not assess deepfakes: exactly even, no final label', async () => {
    const engine = await createEngine({ vad: 'light' });
    const results = await analyse(engine, woman, { analysis: 'deepfake' });
    expect(results).toHaveLength(2);
    for (const { tasks } of results) {
      expect(tasks).toHaveLength(1);
      expect(tasks[0]).toMatchObject({ task: 'deepfake', finalLabel: '' });
      expect(tasks[0]!.predictions.map(({ label, posterior }) => [label, posterior])).toEqual([
        ['bonafide', 0.5],
        ['spoofed', 0.5],
      ]);
    }
  });

  it.each(['light', 'silero'] as const)('says nothing after cancel, even in the middle of a push (%s)', async (vad) => {
    const engine = await createEngine({ vad });
    const results: EngineResult[] = [];
    const stream = engine.open({
      sampleRate: 16_000,
      analysis: 'behavior',
      onResult: (result) => {
        results.push(result);
        stream.cancel();
      },
    });
    await stream.push(woman.samples);
    await stream.push(woman.samples);
    await stream.end();
    expect(results).toHaveLength(1);
  });

  it('numbers utterances from 1, by stream', async () => {
    const engine = await createEngine({ vad: 'light' });
    const call = recording('call/humans_mulaw_8k.wav', 1);
    for (const results of [await analyse(engine, call), await analyse(engine, call)]) {
      expect(utterances(results).map(({ id }) => id)).toEqual(['1', '2', '3']);
      expect(new Set(results.map(({ id }) => id))).toEqual(new Set(['1', '2', '3']));
    }
  });
});
