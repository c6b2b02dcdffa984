import path from 'node:path';
import { status } from '@grpc/grpc-js';
import { beforeAll, describe, expect, it } from 'vitest';
import { type LocalServiceOptions, onnxModel, startLocalService } from '../../src/service/index.js';
import { onnxFile } from '../engine/support/onnx-file.js';
import { recording } from '../engine/support/recordings.js';
import { workerFile } from '../engine/support/worker-file.js';
import { WireClient } from './wire-client.js';

const voice = recording('mono/rate_slt_x100.wav');
let crashingWorker: string;
beforeAll(async () => {
  crashingWorker = await workerFile(path.join(import.meta.dirname, '../engine/support/crashing-worker.ts'));
});

describe('a local service', () => {
  it('names its detector, its segmentation and its models', async () => {
    const file = await onnxFile({
      inputs: { input: [1, 88] },
      outputs: { output: [1, 2] },
      nodes: [
        { op: 'ReduceMean', inputs: ['input'], outputs: ['mean'], attributes: { axes: [1], keepdims: 1 } },
        { op: 'Concat', inputs: ['mean', 'mean'], outputs: ['output'], attributes: { axis: 1 } },
      ],
    });
    await using service = await startLocalService({
      vad: 'light',
      segmentation: { endSilenceMs: 700 },
      models: { deepfake: onnxModel({ path: file, input: 'egemaps88', labels: ['bonafide', 'spoofed'], output: 'logits' }) },
    });
    expect(service.engine).toBe('local-dsp/1 vad=light segmentation=endSilenceMs:700 models=deepfake:tiny.onnx');
  });

  it('whose worker crashes ends its streams with INTERNAL, tells the log why, and serves on', async () => {
    const errors: string[] = [];
    const logger = {
      info: () => {},
      warn: () => {},
      error: (fields: object) => void errors.push(String((fields as { err: Error }).err)),
    };
    await using service = await startLocalService({ vad: 'light', workers: 1, workerFile: crashingWorker, logger });
    await using client = new WireClient(service);
    // Neither of the calls has ended: the second only listens.
    const [crashing, listening] = [client.call(), client.call()];
    listening.configure().sendAudio(new Int16Array(640), 320);
    crashing.configure().sendAudio(Int16Array.of(31_001, 0), 2);
    expect((await crashing.status).code).toBe(status.INTERNAL);
    expect((await listening.status).code).toBe(status.INTERNAL);
    expect(errors).toHaveLength(2);
    for (const error of errors) expect(error).toContain('worker thread ended unexpectedly');
    expect(await client.call().configure().sendAudio(voice.samples, 3200).finish()).toMatchObject({ code: status.OK });
  });

  it.each<[LocalServiceOptions, string]>([
    [{ workers: -1 }, 'workers'],
    [{ segmentation: { endSilenceMs: 10 } }, 'segmentation.endSilenceMs'],
    [{ models: { emotion: { labels: ['a'] } as never } }, 'models.emotion.predict'],
    [{ engine: {} as never, models: {} }, 'models'],
    [{ engine: {} as never, workers: 2 }, 'workers'],
  ])('refuses %j, naming the option', async (options, option) => {
    const failure = await startLocalService(options).catch((error) => error);
    expect(failure).toMatchObject({ code: 'INVALID_OPTION', message: expect.stringContaining(option) });
  });
});
