import { describe, expect, it } from 'vitest';
import { CallClock } from '../../../src/telephony/calls/call-clock.js';
import { type PcmChunk, pcmChunk } from '../../support/audio.js';
import { unboundedFlow } from '../../support/unbounded-flow.js';

const source = { label: 'leg' };
/** 100 ms at a source time, captured then. */
function chunk(atMs: number, capturedAtMs?: number, of = source): PcmChunk {
  const made = pcmChunk(new Int16Array(800), 8000, atMs * 8, of, unboundedFlow);
  return capturedAtMs === undefined ? made : { ...made, timing: { ...made.timing, capturedAtMs } };
}

describe("a call's clock", () => {
  it('begins with the first audio of any leg', () => {
    const clock = new CallClock(undefined, () => 0);
    const [customer, agent] = [clock.leg(0), clock.leg(0)];
    expect(customer.place(chunk(5000, 1_000_100))).toEqual({ startMs: 0, endMs: 100 });
    expect(agent.place(chunk(0, 1_000_050)).startMs).toBe(-50);
    expect([clock.by, clock.zeroMs, agent.alignedBy]).toEqual(['captured', 1_000_000, 'captured']);
  });

  it('follows a drift in steps, and still knows where earlier audio lay', () => {
    const leg = new CallClock(undefined, () => 0).leg(0);
    leg.place(chunk(0, 100));
    expect(leg.place(chunk(100, 240)).startMs).toBe(100);
    expect(leg.place(chunk(200, 360)).startMs).toBe(260);
    expect([leg.toCallMs(150), leg.toCallMs(250)]).toEqual([150, 310]);
  });

  it('puts a leg without a time of capture where its audio arrives, in a call that has one', () => {
    let now = 1000;
    const clock = new CallClock(undefined, () => now);
    clock.leg(0).place(chunk(0, 1100));
    now = 1600;
    const leg = clock.leg(0);
    expect(leg.place(chunk(0))).toEqual({ startMs: 500, endMs: 600 });
    expect(leg.alignedBy).toBe('arrival');
  });

  it('goes by position in recordings, and puts a source after the one before it', () => {
    const leg = new CallClock(undefined, () => 0).leg(700);
    expect(leg.place(chunk(0)).startMs).toBe(700);
    expect(leg.place(chunk(100)).startMs).toBe(800);
    expect(leg.place(chunk(0, undefined, { label: 'next' })).startMs).toBe(900);
    expect(leg.alignedBy).toBe('position');
  });
});
