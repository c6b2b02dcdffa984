// @ts-check
// Times operators, and counts what they allocate.
import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { lastValueFrom, Observable } from 'rxjs';
import { answerParent } from '../measuring/answer-parent.mjs';
import { operatorCases } from './operator-cases.mjs';

const gc = /** @type {() => void} */ (globalThis.gc);

/** @type {Map<number, import('./operator-cases.mjs').OperatorCase[]>} By seconds. */
const prepared = new Map();

let collections = 0;
new PerformanceObserver((list) => {
  collections += list.getEntries().length;
}).observe({ entryTypes: ['gc'] });

/** @param {any[]} input */
function emit(input) {
  return new Observable((subscriber) => {
    for (const value of input) subscriber.next(value);
    subscriber.complete();
  });
}

/** @param {number} seconds @param {number} index @param {'operator' | 'bare'} side */
async function runOnce(seconds, index, side) {
  const { input, operator, bare } = /** @type {import('./operator-cases.mjs').OperatorCase[]} */ (prepared.get(seconds))[index];
  if (side === 'bare') await bare();
  else await lastValueFrom(emit(input).pipe(operator), { defaultValue: undefined });
}

function heldBytes() {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Collects garbage until nothing is left of it: memory beside the heap is given back by another thread, later. */
async function collectAll() {
  for (let before = Number.POSITIVE_INFINITY, after = 0; before > after; ) {
    before = process.memoryUsage().external;
    gc();
    await setTimeout(10);
    gc();
    await setTimeout(10);
    after = process.memoryUsage().external;
  }
}

answerParent({
  /** Makes the cases for input of some length; their names. */
  prepare: async (/** @type {{ wav: string, mulaw: string, mp3: string, seconds: number }} */ files) => {
    prepared.set(files.seconds, await operatorCases(files));
    return prepared.get(files.seconds)?.map(({ name, bareName }) => ({ name, bareName }));
  },

  /** Time of one run, in ms. */
  time: async (/** @type {{ seconds: number, index: number, side: 'operator' | 'bare' }} */ { seconds, index, side }) => {
    const startMs = performance.now();
    await runOnce(seconds, index, side);
    return performance.now() - startMs;
  },

  /** Bytes allocated by one run, on the heap and beside it; undefined when a garbage collection spoilt the count. */
  allocate: async (/** @type {{ seconds: number, index: number, side: 'operator' | 'bare' }} */ { seconds, index, side }) => {
    await collectAll();
    collections = 0;
    const before = heldBytes();
    await runOnce(seconds, index, side);
    const bytes = heldBytes() - before;
    // By then the observer has been told.
    await setTimeout(2);
    return collections === 0 ? bytes : undefined;
  },
});
