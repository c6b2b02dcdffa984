import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { FlowGate } from '../../../src/flow/index.js';
import { LegPacing } from '../../../src/telephony/calls/leg-pacing.js';

function paced() {
  const scheduler = new VirtualTimeScheduler();
  const stalled: [string, number][] = [];
  const pacing = new LegPacing({
    maxLeadMs: 1000,
    patienceMs: 5000,
    scheduler,
    onStalled: (leg, untilMs) => stalled.push([leg, untilMs]),
  });
  const flows = { fast: new FlowGate(), slow: new FlowGate() };
  pacing.join('fast');
  pacing.join('slow');
  return { scheduler, stalled, pacing, flows };
}

describe('legs of a recording', () => {
  it('hold who is ahead until the slowest has followed, or has left', () => {
    const { pacing, flows } = paced();
    pacing.heard('slow', 100, flows.slow);
    pacing.heard('fast', 1100, flows.fast);
    expect(flows.fast.isHeld).toBe(false);
    pacing.heard('fast', 1200, flows.fast);
    expect([flows.fast.isHeld, flows.slow.isHeld]).toEqual([true, false]);
    pacing.heard('slow', 200, flows.slow);
    expect(flows.fast.isHeld).toBe(false);
    pacing.heard('fast', 9000, flows.fast);
    pacing.leave('slow');
    expect(flows.fast.isHeld).toBe(false);
  });

  it('never wait for good: one that does not move is waited for again only when it does', () => {
    const { scheduler, stalled, pacing, flows } = paced();
    pacing.heard('fast', 1500, flows.fast);
    expect(flows.fast.isHeld).toBe(true);
    scheduler.flush();
    expect(scheduler.now()).toBe(5000);
    expect(stalled).toEqual([['slow', 500]]);
    expect(flows.fast.isHeld).toBe(false);
    pacing.heard('fast', 60_000, flows.fast);
    expect(flows.fast.isHeld).toBe(false);
    pacing.heard('slow', 100, flows.slow);
    expect(flows.fast.isHeld).toBe(true);
  });

  it('leave no hold and no timer when they are stopped', () => {
    const { scheduler, stalled, pacing, flows } = paced();
    pacing.heard('fast', 1500, flows.fast);
    pacing.stop();
    scheduler.flush();
    expect([flows.fast.isHeld, stalled, scheduler.now()]).toEqual([false, [], 0]);
  });
});
