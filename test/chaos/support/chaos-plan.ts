import { type Fault, type FaultPlan, randomFaultPlan } from '../../../src/testing/index.js';

/** Audio at the end of which nothing goes wrong any more, so that every fault has results to happen to. */
const CALM_END_MS = 12_000;
/** Every n-th stall is one for good, which only a deadline notices. */
const FOR_GOOD = 3;

/**
 * Faults of all transient kinds at positions of a recording.
 *
 * Stalls of reads and of connections are for good now and then; those of results are not: no session can tell one from a service that has
 * nothing to say.
 */
export function chaosPlan(seed: number, count: number, durationMs: number): FaultPlan {
  const plan = randomFaultPlan({ seed, count, durationMs: Math.max(1000, durationMs - CALM_END_MS), maxStallMs: 60 });
  let stalls = 0;
  const faults = plan.faults.map((fault): Fault => {
    if (fault.kind !== 'stall-reads' && fault.kind !== 'stall-connection') return fault;
    stalls += 1;
    return stalls % FOR_GOOD === 0 ? { kind: fault.kind, at: fault.at } : fault;
  });
  return { seed, faults };
}
