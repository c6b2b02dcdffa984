import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Fault, randomFaultPlan, startFaultyService, TRANSIENT_FAULTS } from '../../src/testing/index.js';

describe('randomFaultPlan()', () => {
  it('makes the same plan of the same seed, on every machine', () => {
    const options = { seed: 7, count: 3, durationMs: 60_000 };
    expect(randomFaultPlan(options)).toEqual(randomFaultPlan(options));
    expect(randomFaultPlan({ ...options, seed: 8 })).not.toEqual(randomFaultPlan(options));
    // Written down once: a plan that fails today must be found again.
    expect(randomFaultPlan(options)).toMatchInlineSnapshot(`
      {
        "faults": [
          {
            "at": {
              "sourceMs": 2151,
            },
            "kind": "max-streams",
          },
          {
            "at": {
              "sourceMs": 27822,
            },
            "kind": "hang-connection",
          },
          {
            "at": {
              "sourceMs": 58441,
            },
            "kind": "refuse-connection",
            "times": 3,
          },
        ],
        "seed": 7,
      }
    `);
  });

  it('spreads as many faults as asked for, of all kinds, over the audio in order, as plain data', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 14, max: 300 }),
        fc.integer({ min: 1, max: 3_600_000 }),
        (seed, count, durationMs) => {
          const plan = randomFaultPlan({ seed, count, durationMs });
          expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
          const positions = plan.faults.map(({ at }) => ('sourceMs' in at ? at.sourceMs : -1));
          expect(positions).toHaveLength(count);
          expect(positions).toEqual(positions.toSorted((a, b) => a - b));
          expect(positions[0]).toBeGreaterThanOrEqual(0);
          expect(positions.at(-1)).toBeLessThanOrEqual(durationMs);
          expect(new Set(plan.faults.map(({ kind }) => kind))).toEqual(new Set(TRANSIENT_FAULTS));
          for (const fault of plan.faults) {
            for (const ms of [(fault as { forMs?: number }).forMs, (fault as { delayMs?: number }).delayMs]) {
              if (ms !== undefined) expect(ms).toBeLessThanOrEqual(200);
            }
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('makes only plans that a service takes', async () => {
    const kinds = [...TRANSIENT_FAULTS, 'wrong-id', 'wrong-certificate', 'oversize-result', 'garbled-result'] as const;
    const plan = randomFaultPlan({ seed: 'all', count: 100, durationMs: 1000, kinds });
    await using service = await startFaultyService({ plan, script: [], tls: true });
    expect(service.pending).toHaveLength(100);
  });

  it.each([
    [{ count: -1 }, 'randomFaultPlan({ count })'],
    [{ durationMs: 0 }, 'randomFaultPlan({ durationMs })'],
    [{ kinds: [] }, 'randomFaultPlan({ kinds })'],
    [{ seed: {} }, 'randomFaultPlan({ seed })'],
    [{ maxStallMs: 0 }, 'randomFaultPlan({ maxStallMs })'],
  ])('refuses %j', (wrong, option) => {
    const options = { seed: 1, count: 1, durationMs: 1000, ...wrong } as Parameters<typeof randomFaultPlan>[0];
    expect(() => randomFaultPlan(options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option }));
  });
});

describe('a plan that makes no sense', () => {
  it.each([
    [{ kind: 'explode', at: { call: 0 } }, 'kind'],
    [{ kind: 'toString', at: { call: 0 } }, 'kind'],
    [null, 'kind'],
    [{ kind: 'delay', at: { call: 0 } }, 'delayMs'],
    [{ kind: 'stall-reads', at: { call: 0 }, forMs: 0 }, 'forMs'],
    [{ kind: 'refuse-connection', at: { call: 0 }, times: 0 }, 'times'],
    [{ kind: 'reset-call', at: {} }, 'at'],
    [{ kind: 'reset-call', at: { call: 0, result: 1 } }, 'at'],
    [{ kind: 'reset-call', at: { sourceMs: -1 } }, 'at.sourceMs'],
    [{ kind: 'reset-call', at: { call: 0.5 } }, 'at.call'],
    [{ kind: 'reset-call', at: { connection: 0 } }, 'at'],
    [{ kind: 'reset-call', at: { call: 0 }, forMs: 5 }, 'forMs'],
    [{ kind: 'status', at: { call: 0 }, status: 'BROKEN' }, 'status'],
    [{ kind: 'wrong-certificate', at: { connection: 0 }, certificate: 'expired' }, 'kind'],
  ])('%j is refused by name', async (fault, field) => {
    const plan = { faults: [{ kind: 'reset-call', at: { call: 0 } }, fault] as Fault[] };
    await expect(startFaultyService({ plan, script: [] })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      option: `plan.faults[1].${field}`,
    });
  });

  it.each([
    [{ script: [], service: {} }, 'startFaultyService({ script })'],
    [
      { recording: { samples: new Int16Array(9), sampleRate: 8000 }, sourcePositionOf: () => 0 },
      'startFaultyService({ sourcePositionOf })',
    ],
    [{ recording: { samples: [1, 2], sampleRate: 8000 } }, 'startFaultyService({ recording.samples })'],
    [{ plan: {} }, 'plan.faults'],
    [{ port: -1 }, 'startFaultyService({ port })'],
    [{ script: [{ afterMs: 1 }] }, 'script[0]'],
    [{ service: { maxStreams: 0 } }, 'maxStreams'],
  ])('so are the options %j', async (wrong, option) => {
    const options = { plan: { faults: [] }, ...wrong } as Parameters<typeof startFaultyService>[0];
    await expect(startFaultyService(options)).rejects.toMatchObject({ code: 'INVALID_OPTION', option });
  });
});
