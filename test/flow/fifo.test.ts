import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fifo } from '../../src/flow/index.js';

describe('Fifo', () => {
  it('yields its items in the order they came, through any mix of pushes and shifts', () => {
    // Positive: push so many; negative: take so many. Large enough to cross the batches in which taken items are dropped.
    const steps = fc.array(fc.integer({ min: -3000, max: 3000 }), { maxLength: 20 });
    fc.assert(
      fc.property(steps, (script) => {
        const fifo = new Fifo<number>();
        let pushed = 0;
        let taken = 0;
        for (const step of script) {
          for (let i = 0; i < step; i += 1) fifo.push(pushed++);
          for (let i = step; i < 0; i += 1) {
            if (fifo.first !== (taken < pushed ? taken : undefined)) throw new Error(`first is ${fifo.first}, not ${taken}`);
            if (fifo.shift() !== (taken < pushed ? taken : undefined)) throw new Error(`not ${taken}`);
            taken = Math.min(pushed, taken + 1);
          }
          expect(fifo.length).toBe(pushed - taken);
        }
      }),
    );
  });

  it('keeps nothing once it is cleared', () => {
    const fifo = new Fifo<string>();
    fifo.push('a');
    fifo.clear();
    expect([fifo.length, fifo.first, fifo.shift()]).toEqual([0, undefined, undefined]);
  });
});
