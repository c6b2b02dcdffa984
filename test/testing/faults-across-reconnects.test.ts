import { describe, expect, it } from 'vitest';
import { type FaultyService, randomFaultPlan, startFaultyService, TRANSIENT_FAULTS } from '../../src/testing/index.js';
import { levelMeter } from '../service/level-meter.js';
import { party } from '../service/recording.js';
import { WireClient } from '../service/wire-client.js';

const { samples, sampleRate } = party('customer');

/** Streams a recording as a client does that reconnects: after each failure it sends again what it sent in the second before. */
async function streamWithReplay(service: FaultyService): Promise<number> {
  let calls = 0;
  for (let from = 0; ; ) {
    const firedBefore = service.fired.length;
    await using client = new WireClient(service);
    const call = client.call().configure({ sampleRateHertz: sampleRate }).sendAudio(samples.subarray(from), 800);
    const { code } = await call.finish();
    calls += 1;
    // What ended the call, if it wasn't its end; a call that a fault of before ended leaves the position.
    const { sourceMs } = service.fired.slice(firedBefore).findLast((fired) => fired.sourceMs !== undefined) ?? {};
    const isWhole = code === 0 && !service.fired.slice(firedBefore).some(({ fault }) => fault.kind === 'status');
    if (isWhole) return calls;
    if (calls > 200) throw new Error('never got to the end');
    if (sourceMs !== undefined) from = Math.max(0, Math.floor(((sourceMs - 1000) * sampleRate) / 1000));
  }
}

describe('faults at source positions', () => {
  // Two are noticed by a deadline only, which this client doesn't have; two need results that the level meter doesn't give.
  const others = ['hang-connection', 'max-streams', 'missing-utterance', 'cut-result'];
  const kinds = TRANSIENT_FAULTS.filter((kind) => !others.includes(kind));

  it.each([1, 2, 3])('fire once each, however often a client sends their positions again (seed %d)', async (seed) => {
    const plan = randomFaultPlan({ seed, count: 40, durationMs: 13_000, kinds, maxStallMs: 10 });
    const { engine } = levelMeter({ segmentLength: 800 });
    await using service = await startFaultyService({ plan, service: { engine }, recording: { samples, sampleRate } });
    const calls = await streamWithReplay(service);
    expect(service.pending).toEqual([]);
    expect(service.fired.map(({ index }) => index).sort((a, b) => a - b)).toEqual(plan.faults.map((_, index) => index));
    for (const { fault, sourceMs } of service.fired) {
      // Its message may come in the next call only, which begins before the position.
      if (fault.kind === 'cut-message') continue;
      expect(sourceMs).toBeGreaterThanOrEqual('sourceMs' in fault.at ? fault.at.sourceMs : Number.NaN);
    }
    expect(calls).toBeGreaterThan(10);
  });

  it('leave no connection open', async () => {
    // A closed grpc-js client may connect once more to who refused it, and stay.
    const lasting = kinds.filter((kind) => kind !== 'refuse-connection');
    const plan = randomFaultPlan({ seed: 4, count: 20, durationMs: 13_000, kinds: lasting, maxStallMs: 10 });
    const { engine } = levelMeter({ segmentLength: 800 });
    await using service = await startFaultyService({ plan, service: { engine }, recording: { samples, sampleRate } });
    expect(await streamWithReplay(service)).toBeGreaterThan(5);
    await expect.poll(() => service.connections).toBe(0);
  });

  it('count from 0 in each call where the recording is not known', async () => {
    const faults = [1, 2, 3].map(() => ({ kind: 'reset-call', at: { sourceMs: 300 } }) as const);
    const { engine } = levelMeter();
    const seen: (number | undefined)[] = [];
    await using service = await startFaultyService({
      plan: { faults },
      service: { engine },
      onFired: ({ sourceMs }) => seen.push(sourceMs),
    });
    expect(await streamWithReplay(service)).toBe(4);
    expect(seen).toEqual([300, 300, 300]);
  });

  it('can be placed by a function of the test', async () => {
    const { engine } = levelMeter();
    await using service = await startFaultyService({
      plan: { faults: [{ kind: 'status', at: { sourceMs: 5000 }, status: 'ABORTED' }] },
      service: { engine },
      // The audio says where it is: each sample is its position in units of 10 ms.
      sourcePositionOf: ({ samples: audio }) => (audio.at(-1) ?? 0) * 10,
    });
    const marked = Int16Array.from({ length: 8000 }, (_, n) => 450 + Math.floor(n / 80));
    await using client = new WireClient(service);
    const { code } = await client.call().configure({ sampleRateHertz: sampleRate }).sendAudio(marked, 80).status;
    expect({ code, sourceMs: service.fired[0]?.sourceMs }).toEqual({ code: 10, sourceMs: 5000 });
  });
});
