import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import * as runtime from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadSileroVad, type VadStream } from '../../src/vad/index.js';
import { optionalPackage } from '../../src/vad/optional-package.js';
import { flatNetwork } from '../../src/vad/silero/flat-network.js';
import { decodeModel, encodeModel, type OnnxGraph } from '../../src/vad/silero/onnx-schema.js';
import { loadSileroRunner } from '../../src/vad/silero/silero-vad.js';
import { joined, recording, whiteNoise } from '../engine/support/recordings.js';

const FRAME = 512;
const published = (version: number) => optionalPackage.resolve(`@ricky0123/vad-web/dist/silero_vad_v${version}.onnx`);

/** Speech, a pause with noise in which detectors are renewed, more speech. */
const speech = joined(
  [
    recording('mono/rate_slt_x100.wav').samples.subarray(0, 48_000),
    whiteNoise(64_000, 40),
    recording('mono/rate_rms_x100.wav').samples.subarray(0, 48_000),
  ],
  0,
);

/** The published network as its authors have it run: 64 samples of the frame before, one frame at a time, one memory. */
async function asPublished(file: string, samples: Int16Array): Promise<number[]> {
  const session = await runtime.InferenceSession.create(file, { intraOpNumThreads: 1 });
  const sr = new runtime.Tensor('int64', BigInt64Array.of(16_000n), []);
  let state = new Float32Array(256);
  const input = new Float32Array(576);
  const probabilities: number[] = [];
  for (let at = 0; at + FRAME <= samples.length; at += FRAME) {
    input.copyWithin(0, FRAME);
    for (let i = 0; i < FRAME; i += 1) input[64 + i] = samples[at + i]! / 32_768;
    const { output, stateN } = await session.run({
      input: new runtime.Tensor('float32', input, [1, 576]),
      state: new runtime.Tensor('float32', state, [2, 1, 128]),
      sr,
    });
    state = Float32Array.from(stateN!.data as Float32Array);
    probabilities.push((output!.data as Float32Array)[0]!);
  }
  await session.release();
  return probabilities;
}

async function asRebuilt(file: string, samples: Int16Array, together: number): Promise<number[]> {
  const runner = await loadSileroRunner({ modelPath: file });
  expect(runner.takesSequences).toBe(true);
  const signal = Float32Array.from(samples, (sample) => sample / 32_768);
  const padded = new Float32Array(64 + signal.length);
  padded.set(signal, 64);
  let state = new Float32Array(256);
  const probabilities: number[] = [];
  const count = Math.floor(samples.length / FRAME);
  for (let at = 0; at < count; ) {
    const frames = Math.min(together, count - at);
    const input = new Float32Array(frames * 576);
    for (let i = 0; i < frames; i += 1) input.set(padded.subarray((at + i) * FRAME, (at + i) * FRAME + 576), i * 576);
    const step = await runner.run({ signals: 1, frames, input, hears: Int32Array.of(0), state });
    probabilities.push(...step.probabilities);
    state = Float32Array.from(step.state);
    at += frames;
  }
  runner.close();
  return probabilities;
}

function largestDifference(a: readonly number[], b: readonly number[]): number {
  expect(a).toHaveLength(b.length);
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
}

describe('the network of Silero, built anew', () => {
  it.each([5, 6])('of version %i gives what the published one gives, a frame or several at a time', async (version) => {
    const expected = await asPublished(published(version), speech);
    expect(Math.max(...expected)).toBeGreaterThan(0.9);
    expect(Math.min(...expected)).toBeLessThan(0.1);
    for (const together of [1, 8]) {
      expect(largestDifference(await asRebuilt(published(version), speech, together), expected)).toBeLessThan(1e-5);
    }
  });

  it('is not built from a file that holds another network, or none', () => {
    expect(flatNetwork(readFileSync(import.meta.filename))).toBeUndefined();
    expect(flatNetwork(new Uint8Array(0))).toBeUndefined();
    expect(flatNetwork(readFileSync(optionalPackage.resolve('@ricky0123/vad-web/dist/silero_vad_legacy.onnx')))).toBeUndefined();
    // A weight of another size.
    const model = decodeModel(readFileSync(published(6)));
    for (const constant of constantsOf(model.graph)) if (constant.name.endsWith('encoder.3.reparam_conv.bias')) constant.shrink();
    expect(flatNetwork(encodeModel(model))).toBeUndefined();
  });

  it.each([0, 255])('is not built from a file that has not all of a weight: %i bytes', (length) => {
    const model = decodeModel(readFileSync(published(6)));
    for (const constant of constantsOf(model.graph)) if (constant.name.endsWith('rnn.bias_hh')) constant.cut(length);
    expect(flatNetwork(encodeModel(model))).toBeUndefined();
  });

  it('leaves other bytes that are none out of it: any damage to the file gives a network or undefined, never an exception', () => {
    const file = readFileSync(published(6)).subarray(0, 60_000);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 59_999 }), fc.nat(255), (at, byte) => {
        const damaged = Uint8Array.from(file);
        damaged[at] = byte;
        expect(flatNetwork(damaged)).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });
});

/** The constants of a graph and of its branches. */
function* constantsOf(graph: OnnxGraph): Generator<{ name: string; shrink(): void; cut(length: number): void }> {
  for (const { opType, output, attribute } of graph.node) {
    for (const { t, g } of attribute ?? []) {
      if (g) yield* constantsOf(g);
      if (t && opType === 'Constant') {
        yield {
          name: output[0]!,
          shrink: () => {
            t.dims = [1];
            t.rawData = new Uint8Array(4);
          },
          cut: (length) => {
            t.rawData = t.rawData!.slice(0, length);
          },
        };
      }
    }
  }
}

describe('a model file of the user', () => {
  let folder: string;
  let renamed: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'silero-'));
    renamed = path.join(folder, 'renamed.onnx');
    // Nothing tells any more which weight is which.
    const file = (await readFile(published(6))).toString('latin1');
    await writeFile(renamed, file.replaceAll('reparam_conv', 'another_conv'), 'latin1');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('that holds another network under the same names runs as it is', async () => {
    const file = (await readFile(published(6))).toString('latin1');
    const other = path.join(folder, 'other.onnx');
    await writeFile(other, file.replaceAll('Relu', 'Tanh'), 'latin1');
    expect(flatNetwork(await readFile(other))).toBeDefined();
    const runner = await loadSileroRunner({ modelPath: other });
    expect(runner.takesSequences).toBe(false);
    runner.close();
  });

  it('is opened where it lies, because its weights may be in a file beside it', async () => {
    const create = vi.fn(runtime.InferenceSession.create);
    const InferenceSession = { create };
    vi.spyOn(optionalPackage, 'load').mockReturnValueOnce({ ...runtime, InferenceSession });
    const runner = await loadSileroRunner({ modelPath: renamed });
    runner.close();
    expect(create.mock.calls.map(([model]) => model)).toEqual([renamed]);
  });

  it('whose weights have other names runs as it is, and says the same of a stream', async () => {
    const runner = await loadSileroRunner({ modelPath: renamed });
    expect(runner.takesSequences).toBe(false);
    runner.close();
    const known = await judged(speech, (stream, frames) => stream.judgeAll!(frames));
    const asItIs = await judged(speech, (stream, frames) => stream.judgeAll!(frames), renamed);
    expect(largestDifference(asItIs, known)).toBeLessThan(1e-5);
  });
});

describe('a stream of Silero', () => {
  it('judges frames together as it does one by one, however many at a time', async () => {
    const single = await judged(
      speech,
      async (stream, frames) => [await stream.judge(frames.subarray(0, FRAME))],
      undefined,
      () => 1,
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 12 }), async (counts) => {
        let turn = 0;
        const together = await judged(
          speech,
          (stream, frames) => stream.judgeAll!(frames),
          undefined,
          () => counts[turn++ % counts.length]!,
        );
        expect(largestDifference(together, single)).toBeLessThan(1e-5);
      }),
      { numRuns: 6 },
    );
  });
});

async function judged(
  samples: Int16Array,
  judge: (stream: VadStream, frames: Int16Array) => Promise<ArrayLike<number>>,
  modelPath?: string,
  framesAtATime = () => 8,
): Promise<number[]> {
  const vad = await loadSileroVad(modelPath === undefined ? {} : { modelPath });
  const stream = vad.open();
  const probabilities: number[] = [];
  for (let at = 0; at + FRAME <= samples.length; ) {
    const frames = Math.min(framesAtATime(), Math.floor((samples.length - at) / FRAME));
    probabilities.push(...Array.from(await judge(stream, samples.subarray(at, at + frames * FRAME))));
    at += frames * FRAME;
  }
  stream.close();
  vad.close();
  return probabilities;
}
