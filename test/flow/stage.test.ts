import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Flow, FlowGate, type Release, Stage, UNPACED_QUEUE_BYTES } from '../../src/flow/index.js';

interface Batch {
  values: number[];
  flow?: Flow;
}

function build(ready?: Promise<unknown>) {
  const emitted: number[] = [];
  const log: string[] = [];
  let onEmit: (value: number) => void = () => {};
  const stage = new Stage<Batch, number>({
    name: 'test()',
    *process(batch) {
      yield* batch.values;
    },
    *flush() {
      yield -1;
    },
    emit: (value) => {
      emitted.push(value);
      onEmit(value);
    },
    complete: () => log.push('complete'),
    error: (error) => log.push(`error: ${(error as Error).message}`),
    flowOf: (batch) => batch.flow,
    bytesOf: (batch) => batch.values.length * 1024 * 1024,
    ...(ready && { ready }),
  });
  return {
    stage,
    emitted,
    log,
    set onEmit(listener: (value: number) => void) {
      onEmit = listener;
    },
  };
}

describe('Stage', () => {
  it('looks at the holds before each output, not only between inputs', () => {
    const upstream = new FlowGate();
    const test = build();
    let release: Release | undefined;
    test.onEmit = (value) => {
      if (value === 2) release = test.stage.flow.hold();
    };
    test.stage.push({ values: [1, 2, 3, 4], flow: upstream });
    expect(test.emitted).toEqual([1, 2]);
    expect(upstream.holds).toBe(1);
    release?.();
    expect(test.emitted).toEqual([1, 2, 3, 4]);
    expect(upstream.holds).toBe(0);
  });

  it('passes an upstream error on only after everything that came before it, the flush included', () => {
    const test = build();
    const release = test.stage.flow.hold();
    test.stage.push({ values: [1, 2] });
    test.stage.endWithError(new Error('cable pulled'));
    expect(test.log).toEqual([]);
    release();
    expect(test.emitted).toEqual([1, 2, -1]);
    expect(test.log).toEqual(['error: cable pulled']);
  });

  it('holds the source until it is ready', async () => {
    const upstream = new FlowGate();
    let loaded = () => {};
    const ready = new Promise<void>((resolve) => {
      loaded = resolve;
    });
    const test = build(ready);
    test.stage.push({ values: [1], flow: upstream });
    expect(upstream.holds).toBe(1);
    loaded();
    await ready;
    expect(test.emitted).toEqual([1]);
    expect(upstream.holds).toBe(0);
  });

  it('reports what loading failed with', async () => {
    const test = build(Promise.reject(new Error('no such module')));
    await new Promise(setImmediate);
    expect(test.log).toEqual(['error: no such module']);
  });

  it('gives up with an OverflowError when a source without a flow runs ahead', () => {
    const test = build();
    test.stage.flow.hold();
    const megabytes = UNPACED_QUEUE_BYTES / 1024 / 1024;
    test.stage.push({ values: new Array(megabytes).fill(0) });
    expect(test.log).toEqual([]);
    test.stage.push({ values: [0] });
    expect(test.log[0]).toMatch(/^error: test\(\): more than 16777216 bytes wait/);
  });

  it('lets go of the source and emits nothing more once stopped, even from within an emission', () => {
    const upstream = new FlowGate();
    const test = build();
    test.onEmit = () => test.stage.stop();
    test.stage.push({ values: [1, 2, 3], flow: upstream });
    test.stage.push({ values: [4], flow: upstream });
    expect(test.emitted).toEqual([1]);
    expect(upstream.holds).toBe(0);
    expect(test.log).toEqual([]);
  });

  it('lets go of a shared source once its own input has ended, however long its consumer holds', () => {
    for (const end of ['end', 'endWithError'] as const) {
      const upstream = new FlowGate();
      const test = build();
      const release = test.stage.flow.hold();
      test.stage.push({ values: [1], flow: upstream });
      expect(upstream.holds).toBe(1);
      test.stage[end](new Error('cable pulled'));
      expect(upstream.holds).toBe(0);
      release();
      test.stage.flow.hold();
      expect(test.emitted).toEqual([1, -1]);
      expect(upstream.holds).toBe(0);
    }
  });

  it('hands an undefined input to its work like any other, which can say what is wrong with it', () => {
    const seen: unknown[] = [];
    const stage = new Stage<unknown, unknown>({
      name: 'test()',
      process: (input) => [input],
      emit: (output) => seen.push(output),
      complete: () => seen.push('complete'),
      error: () => {},
      flowOf: () => undefined,
      bytesOf: () => 0,
    });
    stage.push(undefined);
    stage.push(null);
    stage.end();
    expect(seen).toEqual([undefined, null, 'complete']);
  });

  it('emits every value once, in order, whatever the pattern of holds', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 0 }), { maxLength: 5 }), { maxLength: 10 }),
        fc.array(fc.boolean()),
        (batches, holds) => {
          const test = build();
          const open: Release[] = [];
          let turn = 0;
          test.onEmit = () => {
            if (holds[turn++]) open.push(test.stage.flow.hold());
          };
          const upstream = new FlowGate();
          for (const values of batches) {
            test.stage.push({ values, flow: upstream });
            if (turn % 2) open.shift()?.();
          }
          test.stage.end();
          while (open.length > 0) open.shift()?.();
          expect(test.emitted).toEqual([...batches.flat(), -1]);
          expect(test.log).toEqual(['complete']);
          expect(upstream.holds).toBe(0);
        },
      ),
    );
  });
});
