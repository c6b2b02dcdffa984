import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createEngine, type Engine, type EngineOptions, onnxModel } from '../../../src/engine/index.js';
import { WORKER_FILE } from '../../../src/engine/workers/index.js';
import { analyse, answer } from '../support/analyse.js';
import { onnxFile } from '../support/onnx-file.js';
import { recording } from '../support/recordings.js';
import { workerFile as buildWorkerFile } from '../support/worker-file.js';

const call = recording('call/humans_mulaw_8k.wav', 0);
const other = recording('call/humans_mulaw_8k.wav', 1);
const voice = recording('mono/rate_slt_x100.wav');
const cuts = Array.from({ length: 60 }, (_, i) => i * 1777);

let workerFile: string;
let crashingWorker: string;
beforeAll(async () => {
  workerFile = await buildWorkerFile();
  crashingWorker = await buildWorkerFile(path.join(import.meta.dirname, '../support/crashing-worker.ts'));
});

/** An engine that is closed at the end of the block; none of its threads may be left then. */
async function using<T>(options: EngineOptions, work: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = await createEngine({ workers: 2, workerFile, ...options });
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}

/** Threads of this process that run JavaScript beside the main one. */
const threads = () => process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;

describe.each(['light', 'silero'] as const)('with the %s VAD, workers', (vad) => {
  it('give the results of one thread, for many streams at once', async () => {
    const alone = await createEngine({ vad });
    const expected = [await analyse(alone, call, { logits: true }), await analyse(alone, other, { embeddings: true })];
    await using({ vad }, async (engine) => {
      expect(engine.name).toBe(alone.name);
      // More than half of them on each, so that audio is gathered too.
      const streams = Array.from({ length: vad === 'light' ? 20 : 6 }, (_, i) =>
        i % 2 === 0 ? analyse(engine, call, { logits: true }, cuts) : analyse(engine, other, { embeddings: true }, cuts),
      );
      const results = await Promise.all(streams);
      const times = (all: typeof results) =>
        all.map((list) => list.map(({ id, level, startTime, endTime }) => [id, level, startTime, endTime]));
      expect(times(results)).toEqual(times(results.map((_, i) => expected[i % 2]!)));
      if (vad === 'light') for (const [i, result] of results.entries()) expect(result).toEqual(expected[i % 2]);
    });
    await alone.close();
  });
});

describe('workers', () => {
  it('leave no thread, whether their streams had ended or not', async () => {
    const before = threads();
    await using({ vad: 'light' }, async (engine) => {
      for (let i = 0; i < 3; i += 1)
        await engine.open({ sampleRate: 8000, analysis: 'behavior', onResult: () => {} }).push(call.samples.slice());
      expect(threads()).toBe(before + 2);
    });
    expect(threads()).toBe(before);
  });

  it('leave the samples that they were given as they are', async () => {
    await using({ vad: 'light' }, async (engine) => {
      const stream = engine.open({ sampleRate: 16_000, analysis: 'behavior', onResult: () => {} });
      const samples = voice.samples.slice(0, 3200);
      await stream.push(samples);
      expect(samples).toEqual(voice.samples.subarray(0, 3200));
      await stream.end();
    });
  });

  it('take no more audio than they can analyse', async () => {
    await using({ vad: 'light', workers: 1 }, async (engine) => {
      const stream = engine.open({ sampleRate: 16_000, analysis: 'behavior', onResult: () => {} });
      let pushed = 0;
      let waits: Promise<void> | undefined;
      while (!waits) {
        waits = stream.push(new Int16Array(1600)) ?? undefined;
        pushed += 1600;
      }
      expect(pushed).toBeLessThan(64_000);
      await waits;
      await stream.end();
    });
  });

  it('abandon cancelled streams', async () => {
    await using({ vad: 'light' }, async (engine) => {
      const results: unknown[] = [];
      const stream = engine.open({ sampleRate: 16_000, analysis: 'behavior', onResult: (result) => results.push(result) });
      const waits = stream.push(voice.samples.slice());
      stream.cancel();
      await waits;
      await stream.push(new Int16Array(320));
      await stream.end();
      await analyse(engine, voice);
      expect(results).toEqual([]);
    });
  });

  it('have models run in the main thread, functions and ONNX alike', async () => {
    const path = await onnxFile({
      inputs: { input: [1, 88] },
      outputs: { output: [1, 2] },
      nodes: [
        { op: 'ReduceMean', inputs: ['input'], outputs: ['mean'], attributes: { axes: [1], keepdims: 1 } },
        { op: 'Concat', inputs: ['mean', 'zero'], outputs: ['output'], attributes: { axis: 1 } },
      ],
      constants: { zero: { dims: [1, 1], values: [0] } },
    });
    const models = {
      emotion: { labels: ['calm', 'upset'], predict: (audio: Float32Array) => (audio.length > 40_000 ? [1, 0] : [0, 1]) },
      engagement: onnxModel({ path, input: 'egemaps88', labels: ['a', 'b'], output: 'logits', temperature: 50 }),
      gender: { labels: ['a', 'b'], predict: () => Promise.reject(new Error('no')) },
    };
    const alone = await createEngine({ vad: 'light', models });
    const expected = await analyse(alone, voice);
    expect(new Set(expected.map((result) => answer(result, 'emotion').finalLabel))).toEqual(new Set(['calm', 'upset']));
    const warnings: object[] = [];
    const logger = { info: () => {}, warn: (fields: object) => void warnings.push(fields), error: () => {} };
    const results = await using({ vad: 'light', models, logger }, (engine) =>
      Promise.all([analyse(engine, voice), analyse(engine, voice)]),
    );
    expect(results).toEqual([expected, expected]);
    expect(warnings).toHaveLength(1);
  });

  it.each([31_001, 31_002])('that crash end their streams with an error, and are replaced (%i)', async (fault) => {
    const before = threads();
    await using({ vad: 'light', workers: 1, workerFile: crashingWorker }, async (engine) => {
      const errors: Error[] = [];
      const idle = engine.open({
        sampleRate: 8000,
        analysis: 'behavior',
        onResult: () => {},
        onError: (error) => errors.push(error),
      });
      await idle.push(call.samples.slice(0, 800));
      const stream = engine.open({ sampleRate: 8000, analysis: 'behavior', onResult: () => {} });
      await stream.push(call.samples.slice(0, 800));
      await stream.push(Int16Array.of(fault));
      await new Promise((resolve) => setImmediate(resolve));
      await expect(stream.end()).rejects.toThrow(/worker thread ended unexpectedly, with code/);
      expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining('worker thread')]);
      await expect(idle.push(new Int16Array(80))).rejects.toThrow('worker thread');
      const alone = await createEngine({ vad: 'light' });
      expect(await analyse(engine, call)).toEqual(await analyse(alone, call));
      expect(threads()).toBe(before + 1);
    });
    expect(threads()).toBe(before);
  });

  it('that are not there are done without, and the log says so', async () => {
    const notes: string[] = [];
    const logger = { info: (_: object, text: string) => void notes.push(text), warn: () => {}, error: () => {} };
    // The sources have no such file beside them.
    const engine = await createEngine({ vad: 'light', workers: 2, logger });
    expect(notes).toEqual([expect.stringContaining(`analysing in the main thread: ${WORKER_FILE}`)]);
    const alone = await createEngine({ vad: 'light' });
    expect(await analyse(engine, voice)).toEqual(await analyse(alone, voice));
  });

  it.each<[string, EngineOptions, string, RegExp]>([
    ['a number that is none', { workers: 1.5 }, 'INVALID_OPTION', /workers/],
    ['a file that is not there', { workers: 1, workerFile: '/no/such.mjs' }, 'INVALID_OPTION', /workerFile: does not exist/],
    ['a Vad of their own', { workers: 1, vad: { name: 'own' } as never }, 'INVALID_OPTION', /workers: must be 0 with a Vad/],
  ])('refuse %s', async (_, options, code, message) => {
    const failure = await createEngine(options).catch((error) => error);
    expect(failure).toMatchObject({ code });
    expect(failure.message).toMatch(message);
  });

  it('refuse a file that does not start, or of another version', async () => {
    const broken = path.join(path.dirname(workerFile), 'broken.mjs');
    await writeFile(broken, 'throw new Error("not this one");');
    await expect(createEngine({ vad: 'light', workers: 1, workerFile: broken })).rejects.toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
      message: expect.stringContaining('not this one'),
    });
    const old = path.join(path.dirname(workerFile), 'old.mjs');
    await writeFile(
      old,
      "import { parentPort } from 'node:worker_threads'; parentPort.postMessage({ type: 'refused', message: 'other version' });",
    );
    await expect(createEngine({ vad: 'light', workers: 1, workerFile: old })).rejects.toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
    });
  });
});
