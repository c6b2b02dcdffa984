import { InferenceSession } from 'onnxruntime-node';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createEngine, type OnnxModelOptions, onnxModel } from '../../../src/engine/index.js';
import { logMel } from '../../../src/engine/models/log-mel.js';
import { analyse, answer, utterances } from '../support/analyse.js';
import { type OnnxGraph, onnxFile } from '../support/onnx-file.js';
import { recording } from '../support/recordings.js';

const voice = recording('mono/rate_slt_x100.wav');

/** Mean of the input's absolute values, times a weight for each label, plus a bias. */
function meanTimes(weights: readonly number[], shape: OnnxGraph['inputs'][string], biases = weights.map(() => 0)): OnnxGraph {
  return {
    inputs: { input: shape },
    outputs: { output: [1, weights.length] },
    nodes: [
      { op: 'Abs', inputs: ['input'], outputs: ['size'] },
      { op: 'ReduceMean', inputs: ['size'], outputs: ['mean'], attributes: { keepdims: 0 } },
      { op: 'Mul', inputs: ['mean', 'weights'], outputs: ['scaled'] },
      { op: 'Add', inputs: ['scaled', 'biases'], outputs: ['output'] },
    ],
    constants: {
      weights: { dims: [1, weights.length], values: weights },
      biases: { dims: [1, biases.length], values: biases },
    },
  };
}

const options = (path: string, more: Partial<OnnxModelOptions> = {}): OnnxModelOptions => ({
  path,
  input: 'pcm16k',
  labels: ['calm', 'upset'],
  output: 'logits',
  ...more,
});

const engineWith = (model: OnnxModelOptions, task = 'emotion', logger?: Parameters<typeof createEngine>[0] & object) =>
  createEngine({ vad: 'light', models: { [task]: onnxModel(model) }, ...logger });

describe('an ONNX model of the user', () => {
  let byLevel: string;
  beforeAll(async () => {
    byLevel = await onnxFile(meanTimes([0, 100], [1, 'samples']));
  });

  it('answers its task on segments and utterances, from their samples, in its own labels', async () => {
    const results = await analyse(await engineWith(options(byLevel)), voice);
    expect(results.length).toBeGreaterThan(1);
    for (const result of results) {
      const from = Math.round(result.startTime * 16_000);
      const samples = voice.samples.subarray(from, Math.round(result.endTime * 16_000));
      const mean = samples.reduce((sum, sample) => sum + Math.abs(sample) / 32_768, 0) / samples.length;
      const upset = 1 / (1 + Math.exp(-100 * mean));
      const { predictions, finalLabel } = answer(result, 'emotion');
      expect(finalLabel).toBe('upset');
      expect(predictions.map(({ label }) => label)).toEqual(['upset', 'calm']);
      expect(predictions[0]!.posterior).toBeCloseTo(upset, 4);
      expect(predictions[0]!.posterior! + predictions[1]!.posterior!).toBeCloseTo(1, 9);
    }
    const segments = results.filter(({ level, id }) => level === 'segment' && id === '1');
    const [first] = utterances(results);
    expect(answer(first!, 'emotion').predictions[0]!.dominantInSegments).toEqual(segments.map((_, index) => index));
    expect(answer(first!, 'gender').finalLabel).toBe('female');
  });

  it('divides its logits by the temperature', async () => {
    const posterior = async (temperature: number) => {
      const file = await onnxFile(meanTimes([0, 0], [1, 'samples'], [0, 3]));
      const [result] = await analyse(await engineWith(options(file, { temperature })), voice);
      return answer(result!, 'emotion').predictions[0]!.posterior;
    };
    expect(await posterior(1)).toBeCloseTo(1 / (1 + Math.exp(-3)), 6);
    expect(await posterior(3)).toBeCloseTo(1 / (1 + Math.exp(-1)), 6);
  });

  it.each<[string, OnnxGraph['inputs'][string], OnnxModelOptions['input']]>([
    ['samples alone', ['samples'], 'pcm16k'],
    ['a fixed number of samples', [1, 8000], 'pcm16k'],
    ['log-mel energies', [1, 'frames', 40], 'logmel'],
    ['log-mel energies, bands first', [1, 64, 'frames'], 'logmel'],
    ['functionals', [1, 88], 'egemaps88'],
  ])('takes %s', async (_, shape, input) => {
    const file = await onnxFile(meanTimes([0, 0.01], shape));
    const results = await analyse(await engineWith(options(file, { input })), voice);
    for (const result of results) expect(answer(result, 'emotion').predictions[0]!.posterior).toBeGreaterThan(0.5);
  });

  it('makes deepfakes assessed', async () => {
    const file = await onnxFile(meanTimes([0, 0], [1, 'samples'], [0.9, 0.1]));
    const engine = await engineWith(options(file, { labels: ['bonafide', 'spoofed'], output: 'probabilities' }), 'deepfake');
    const [result] = await analyse(engine, voice, { analysis: 'deepfake' });
    expect(result!.tasks).toHaveLength(1);
    expect(answer(result!, 'deepfake')).toMatchObject({
      finalLabel: 'bonafide',
      predictions: [{ posterior: expect.closeTo(0.9, 6) }, {}],
    });
    // Of the other analysis it answers nothing.
    const [behavior] = await analyse(engine, voice);
    expect(behavior!.tasks.map(({ task }) => task)).not.toContain('deepfake');
  });

  it('is named in the engine, by task', async () => {
    expect((await engineWith(options(byLevel))).name).toBe('local-dsp/1 vad=light models=emotion:tiny.onnx');
    expect((await engineWith(options(byLevel, { name: 'my model, v2' }))).name).toContain('models=emotion:my_model__v2');
  });

  it('leaves what is shorter than it wants to the engine', async () => {
    const engine = await engineWith(options(byLevel, { minSeconds: 2.5 }), 'gender');
    const results = await analyse(engine, voice);
    const labels = (level: string) =>
      results.filter((result) => result.level === level).map((result) => answer(result, 'gender').finalLabel);
    expect(new Set(labels('segment'))).toEqual(new Set(['female']));
    expect(labels('utterance')).toContain('upset');
  });

  it('that fails at run time leaves its task to the engine, and is logged once', async () => {
    // Takes one second, as in the trial, and nothing else.
    const file = await onnxFile({
      inputs: { input: [1, 'samples'] },
      outputs: { output: [1, 2] },
      nodes: [
        { op: 'Reshape', inputs: ['input', 'shape'], outputs: ['second'] },
        { op: 'ReduceMean', inputs: ['second'], outputs: ['mean'], attributes: { axes: [1], keepdims: 1 } },
        { op: 'Concat', inputs: ['mean', 'mean'], outputs: ['output'], attributes: { axis: 1 } },
      ],
      constants: { shape: { dims: [2], values: [1n, 16_000n] } },
    });
    const warnings: object[] = [];
    const logger = { info: () => {}, warn: (fields: object) => void warnings.push(fields), error: () => {} };
    const create = vi.spyOn(InferenceSession, 'create');
    const engine = await engineWith(options(file), 'gender', { logger });
    // Else the runtime prints each failure on standard error.
    expect(create).toHaveBeenCalledWith(file, expect.objectContaining({ logSeverityLevel: 4 }));
    create.mockRestore();
    const results = await analyse(engine, voice);
    expect(results.length).toBeGreaterThan(1);
    for (const result of results) expect(answer(result, 'gender').finalLabel).toBe('female');
    expect(warnings).toEqual([expect.objectContaining({ task: 'gender', model: 'tiny.onnx', err: expect.any(Error) })]);
  });
});

describe('a model that does not fit', () => {
  it.each<[string, OnnxGraph, Partial<OnnxModelOptions>, string, RegExp]>([
    [
      'other labels',
      meanTimes([0, 1, 2], [1, 'n']),
      {},
      'INVALID_OPTION',
      /models\.emotion\.labels: has 2 labels, but the model's output has 3/,
    ],
    [
      'bad shapes',
      meanTimes([0, 1], [1, 2, 'n']),
      {},
      'INVALID_OPTION',
      /models\.emotion\.input: "pcm16k" needs .* \[1, 2, any\]/,
    ],
    ['batches', meanTimes([0, 1], [8, 'n']), {}, 'INVALID_OPTION', /one stretch of speech at a time/],
    ['87 functionals', meanTimes([0, 1], [1, 87]), { input: 'egemaps88' }, 'INVALID_OPTION', /\[1, 87\]/],
    ['whole numbers', { ...meanTimes([0, 1], [1, 'n']), elementType: 6 }, {}, 'ENGINE_UNAVAILABLE', /could not be loaded/],
    [
      'no probabilities',
      meanTimes([0, 0], [1, 'n'], [3, 4]),
      { output: 'probabilities' },
      'ENGINE_UNAVAILABLE',
      /failed on 1 s of silence: .* 3\.00, 4\.00/,
    ],
  ])('is refused at the start: %s', async (_, graph, more, code, message) => {
    const failure = await engineWith(options(await onnxFile(graph), more)).catch((error) => error);
    expect(failure).toMatchObject({ code });
    expect(failure.message).toMatch(message);
  });

  it('is refused when there is none, or no model', async () => {
    const missing = await engineWith(options('/no/such.onnx')).catch((error) => error);
    expect(missing).toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
      message: expect.stringMatching(/models\.emotion: \/no\/such\.onnx could not be loaded/),
    });
    await expect(engineWith(options(import.meta.filename))).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
  });

  it.each<[object, RegExp]>([
    [{ intensity: { labels: ['a'], predict: () => [1] } }, /models\.intensity: is a task without labels/],
    [{ Emotion: { labels: ['a'], predict: () => [1] } }, /models: must be keyed by tasks/],
    [{ emotion: { labels: [], predict: () => [] } }, /models\.emotion\.labels/],
    [{ emotion: { labels: ['a', 'a'], predict: () => [] } }, /models\.emotion\.labels: must be different texts/],
    [{ emotion: { labels: ['a'] } }, /models\.emotion\.predict: must be a function/],
    [{ emotion: { labels: ['a'], minSeconds: -1, predict: () => [1] } }, /models\.emotion\.minSeconds/],
    [{ emotion: { kind: 'onnx', labels: ['a'], path: 'a.onnx', input: 'mp3', output: 'logits' } }, /models\.emotion\.input/],
    [{ emotion: { kind: 'onnx', labels: ['a'], path: 'a.onnx', input: 'pcm16k', output: 'text' } }, /models\.emotion\.output/],
    [
      { emotion: { kind: 'onnx', labels: ['a'], path: 'a', input: 'pcm16k', output: 'probabilities', temperature: 2 } },
      /temperature: has no effect/,
    ],
    [{ emotion: null }, /models\.emotion: must be an onnxModel/],
    [
      { emotion: { labels: ['a'], minSecond: 1, predict: () => [1] } },
      /models\.emotion\.minSecond: .* did you mean minSeconds\?/,
    ],
    [
      { emotion: { ...onnxModel(options('a.onnx')), temprature: 2 } },
      /models\.emotion\.temprature: .* did you mean temperature\?/,
    ],
    [{ emotion: { labels: ['a'], timeoutMs: 0, predict: () => [1] } }, /models\.emotion\.timeoutMs/],
    [new Map([['emotion', { labels: ['a'], predict: () => [1] }]]), /models: must be an object of models/],
    [['emotion'], /models: must be an object of models/],
  ])('is refused by its options: %j', async (models, message) => {
    const failure = await createEngine({ vad: 'light', models: models as never }).catch((error) => error);
    expect(failure).toMatchObject({ code: 'INVALID_OPTION' });
    expect(failure.message).toMatch(message);
  });
});

describe('a function as model', () => {
  it('is given the samples, and may take its time: results keep their order', async () => {
    const lengths: number[] = [];
    const engine = await createEngine({
      vad: 'light',
      models: {
        emotion: {
          labels: ['calm', 'upset'],
          predict: async (audio) => {
            lengths.push(audio.length);
            // The first takes longest.
            for (let turns = 40 / lengths.length; turns > 0; turns -= 1) await new Promise((resolve) => setImmediate(resolve));
            return [0.25, 0.75];
          },
        },
      },
    });
    const plain = await analyse(await createEngine({ vad: 'light' }), voice);
    const results = await analyse(engine, voice);
    expect(results.map(({ level, startTime, endTime }) => [level, startTime, endTime])).toEqual(
      plain.map(({ level, startTime, endTime }) => [level, startTime, endTime]),
    );
    expect(lengths).toEqual(results.map(({ startTime, endTime }) => Math.round((endTime - startTime) * 16_000)));
    for (const result of results) expect(answer(result, 'emotion').finalLabel).toBe('upset');
  });

  it.each<[string, () => unknown]>([
    ['too few numbers', () => [1]],
    ['no numbers', () => ['a', 'b']],
    ['NaN', () => [Number.NaN, 1]],
    ['nothing', () => undefined],
    ['an error', () => Promise.reject(new Error('no'))],
  ])('that gives %s leaves the task to the engine', async (_, predict) => {
    const engine = await createEngine({ vad: 'light', models: { gender: { labels: ['a', 'b'], predict: predict as never } } });
    for (const result of await analyse(engine, voice)) expect(answer(result, 'gender').finalLabel).toBe('female');
  });

  it('that never answers leaves the task to the engine once its time is over', async () => {
    const warnings: object[] = [];
    const logger = { info: () => {}, warn: (fields: object) => void warnings.push(fields), error: () => {} };
    const predict = () => new Promise<never>(() => {});
    const gender = { labels: ['a', 'b'], predict, timeoutMs: 1 };
    const engine = await createEngine({ vad: 'light', models: { gender }, logger });
    const results = await analyse(engine, voice);
    expect(results.length).toBeGreaterThan(1);
    for (const result of results) expect(answer(result, 'gender').finalLabel).toBe('female');
    expect(warnings).toEqual([expect.objectContaining({ err: new Error('the model had not answered after 1 ms') })]);
  });

  it('may be an object of a class, with whatever it works with', async () => {
    class Model {
      readonly labels = ['a', 'b'];
      readonly kind = 'of mine';
      readonly answer = [0.25, 0.75];
      predict() {
        return this.answer;
      }
    }
    const engine = await createEngine({ vad: 'light', models: { gender: new Model() } });
    for (const result of await analyse(engine, voice)) expect(answer(result, 'gender').finalLabel).toBe('b');
  });

  it('that never answers does not keep a cancelled stream', async () => {
    const engine = await createEngine({
      vad: 'light',
      models: { gender: { labels: ['a', 'b'], predict: () => new Promise<never>(() => {}) } },
    });
    const results: unknown[] = [];
    const stream = engine.open({ sampleRate: 16_000, analysis: 'behavior', onResult: (result) => results.push(result) });
    await stream.push(voice.samples.subarray(0, 40_000));
    stream.cancel();
    expect(results).toEqual([]);
  });
});

describe('log-mel energies', () => {
  it('peak in the band of a tone, and grow by its gain', async () => {
    await createEngine({ vad: 'light' });
    const tone = (gain: number) =>
      Float32Array.from({ length: 1600 }, (_, i) => gain * Math.sin((2 * Math.PI * 1000 * i) / 16_000));
    const [loud, quiet] = [logMel(tone(0.5), 80), logMel(tone(0.05), 80)];
    expect(loud.length).toBe(8 * 80);
    const frame = Array.from(loud.subarray(80, 160));
    // HTK's mel scale: 1000 Hz is 1000 of 2840 mel, so that it lies in band 81 * 1000 / 2840 - 1.
    expect(frame.indexOf(Math.max(...frame))).toBe(Math.round((81 * 1000) / 2840) - 1);
    expect(Math.max(...frame) - Math.max(...quiet.subarray(80, 160))).toBeCloseTo(Math.log(100), 3);
  });
});
