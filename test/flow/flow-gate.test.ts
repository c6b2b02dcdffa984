import { describe, expect, it } from 'vitest';
import { FlowGate } from '../../src/flow/index.js';

describe('FlowGate', () => {
  it('pauses at the first hold and resumes when the last one is given back, so branches cannot resume each other', () => {
    const log: string[] = [];
    const gate = new FlowGate({ onHold: () => log.push('hold'), onResume: () => log.push('resume') });
    const left = gate.hold();
    const right = gate.hold();
    left();
    expect(log).toEqual(['hold']);
    right();
    expect(log).toEqual(['hold', 'resume']);
  });

  it('takes a release given back twice for one', () => {
    const gate = new FlowGate();
    const first = gate.hold();
    gate.hold();
    first();
    first();
    expect(gate.holds).toBe(1);
  });

  it('ignores holds and releases after its end', () => {
    const log: string[] = [];
    const gate = new FlowGate({ onHold: () => log.push('hold'), onResume: () => log.push('resume') });
    const release = gate.hold();
    gate.end();
    release();
    gate.hold();
    expect(log).toEqual(['hold']);
    expect(gate.isHeld).toBe(false);
  });
});
