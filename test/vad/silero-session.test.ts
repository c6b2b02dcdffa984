import { Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { INPUT_LENGTH, type SileroBatch, STATE_LENGTH } from '../../src/vad/silero/silero-runner.js';
import { FlatSession, PublishedSession, type SileroRuntime } from '../../src/vad/silero/silero-session.js';

const LIMITS = { name: 'fake', maxFrames: 4 };

/** A session of the runtime that complains, as the real one, when it is used after it was released; it takes one row where it is told so. */
function fakeSession({ takesRows = true } = {}) {
  const log: string[] = [];
  const session = {
    async run({ state }: { state: Tensor }) {
      const rows = state.dims[1]!;
      await new Promise((resolve) => setImmediate(resolve));
      if (log.includes('released')) throw new Error('Session already disposed.');
      if (rows > 1 && !takesRows) throw new Error('one row');
      log.push(`ran ${rows}`);
      return { output: { data: new Float32Array(rows).fill(0.5) }, stateN: { data: new Float32Array(rows * STATE_LENGTH) } };
    },
    async release() {
      if (log.includes('released')) throw new Error('Session already disposed.');
      log.push('released');
    },
  };
  return { session: session as never, log };
}

const runtime = { Tensor } as unknown as SileroRuntime;

function batch(detectors: number): SileroBatch {
  return {
    signals: 1,
    frames: 1,
    input: new Float32Array(INPUT_LENGTH),
    hears: new Int32Array(detectors),
    state: new Float32Array(detectors * STATE_LENGTH),
  };
}

describe('a session of Silero', () => {
  it('refuses batches once it is closed, and is released once', async () => {
    const { session, log } = fakeSession();
    const flat = new FlatSession(runtime, session, LIMITS);
    flat.close();
    flat.close();
    await expect(flat.run(batch(1))).rejects.toThrow('was closed');
    expect(log).toEqual(['released']);
  });

  it('is released when the batch that is being run is done', async () => {
    const { session, log } = fakeSession();
    const flat = new FlatSession(runtime, session, LIMITS);
    const running = flat.run(batch(2));
    flat.close();
    await expect(flat.run(batch(1))).rejects.toThrow('was closed');
    expect((await running).probabilities).toHaveLength(2);
    expect(log).toEqual(['ran 2', 'released']);
  });

  it('is released after all detectors of a batch that the file takes one by one', async () => {
    const { session, log } = fakeSession({ takesRows: false });
    const published = await new PublishedSession(runtime, session, LIMITS).prepare();
    const running = published.run(batch(3));
    published.close();
    expect((await running).probabilities).toEqual(Float32Array.of(0.5, 0.5, 0.5));
    expect(log).toEqual(['ran 1', 'ran 1', 'ran 1', 'released']);
  });
});
