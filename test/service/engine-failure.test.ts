import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import type { Engine, EngineStream } from '../../src/engine/index.js';
import { type Logger, startLocalService } from '../../src/service/index.js';
import { levelMeter } from './level-meter.js';
import { WireClient } from './wire-client.js';

/** The level meter with one of its parts broken. */
function broken(part: Partial<EngineStream>): Engine {
  const { engine } = levelMeter();
  return { ...engine, open: (options) => ({ ...engine.open(options), ...part }) };
}

const boom = () => {
  throw new Error('boom /home/somebody/model.onnx');
};

describe('an engine that fails', () => {
  it.each<[string, Engine]>([
    ['to open', { ...levelMeter().engine, open: boom }],
    ['on audio', broken({ push: boom })],
    ['on audio, later', broken({ push: async () => boom() })],
    ['at the end', broken({ end: boom })],
    ['at the end, later', broken({ end: async () => boom() })],
  ])('%s ends its stream with INTERNAL; only the log says why', async (_, engine) => {
    const errors: { err?: Error }[] = [];
    const logger: Logger = { info: () => {}, warn: () => {}, error: (fields) => void errors.push(fields) };
    await using service = await startLocalService({ engine, logger });
    await using client = new WireClient(service);
    const call = client.call().configure().sendAudio(new Int16Array(640), 320);
    const { code, details } = await call.finish();
    expect(code).toBe(status.INTERNAL);
    expect(details).toContain('The engine failed');
    expect(details).not.toContain('boom');
    expect(errors.map(({ err }) => err?.message)).toEqual([expect.stringContaining('boom')]);
  });

  it('does not take the service with it', async () => {
    let streams = 0;
    const { engine } = levelMeter();
    const failingOnce: Engine = { ...engine, open: (options) => (++streams === 1 ? boom() : engine.open(options)) };
    await using service = await startLocalService({ engine: failingOnce });
    await using client = new WireClient(service);
    expect(await client.call().configure().finish()).toMatchObject({ code: status.INTERNAL });
    expect(await client.call().configure().finish()).toMatchObject({ code: status.OK });
  });
});
