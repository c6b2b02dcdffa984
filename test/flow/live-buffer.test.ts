import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DroppedRun, LEAST_ITEM_BYTES, LiveBuffer, type OverflowPolicy, type Release } from '../../src/flow/index.js';

interface Item {
  id: number;
  bytes: number;
}

const MAX_BYTES = 4096;
/** Bytes are the item's own, 8 bytes are 1 ms. */
function build(overflow: OverflowPolicy, maxMs?: number) {
  const emitted: { id: number; dropped: DroppedRun | undefined }[] = [];
  const ends: { error?: unknown; dropped: DroppedRun | undefined }[] = [];
  let onEmit: (item: Item) => void = () => {};
  const buffer: LiveBuffer<Item> = new LiveBuffer<Item>({
    name: 'test()',
    maxBytes: MAX_BYTES,
    maxMs,
    overflow,
    bytesOf: ({ bytes }) => bytes,
    msOf: ({ bytes }) => bytes / 8,
    emit: (item, dropped) => {
      emitted.push({ id: item.id, dropped });
      onEmit(item);
    },
    complete: (dropped) => ends.push({ dropped }),
    error: (error, dropped) => ends.push({ error, dropped }),
  });
  return {
    buffer,
    emitted,
    ends,
    ids: () => emitted.map(({ id }) => id),
    push: (...ids: number[]) => {
      for (const id of ids) buffer.push({ id, bytes: 1024 });
    },
    set onEmit(listener: (item: Item) => void) {
      onEmit = listener;
    },
  };
}
const kibibytes = (items: number): DroppedRun => ({ items, bytes: items * 1024, ms: items * 128 });

describe('LiveBuffer', () => {
  it('lets items through at once while nobody holds, even those larger than its bounds', () => {
    const test = build('error');
    test.push(0, 1);
    test.buffer.push({ id: 2, bytes: 10 * MAX_BYTES });
    expect(test.ids()).toEqual([0, 1, 2]);
    expect(test.buffer).toMatchObject({ length: 0, bytes: 0, total: { items: 0 } });
  });

  it('gives up what has waited longest, and says before which item how much is missing', () => {
    const test = build('drop-oldest');
    test.push(0);
    const release = test.buffer.flow.hold();
    test.push(1, 2, 3, 4, 5, 6);
    expect(test.buffer).toMatchObject({ length: 4, bytes: MAX_BYTES });
    release();
    test.push(7);
    expect(test.emitted).toEqual([
      { id: 0, dropped: undefined },
      { id: 3, dropped: kibibytes(2) },
      ...[4, 5, 6, 7].map((id) => ({ id, dropped: undefined })),
    ]);
    expect(test.buffer.total).toEqual(kibibytes(2));
  });

  it('refuses what has just come, and says so before the next item that it takes, or at the end', () => {
    const test = build('drop-newest');
    test.push(0);
    let release = test.buffer.flow.hold();
    test.push(1, 2, 3, 4, 5, 6);
    release();
    test.push(7);
    release = test.buffer.flow.hold();
    test.push(8, 9, 10, 11, 12);
    test.buffer.end();
    release();
    expect(test.emitted.filter(({ dropped }) => dropped)).toEqual([{ id: 7, dropped: kibibytes(2) }]);
    expect(test.ids()).toEqual([0, 1, 2, 3, 4, 7, 8, 9, 10, 11]);
    expect(test.ends).toEqual([{ dropped: kibibytes(1) }]);
  });

  it('ends with a typed error at the first item that does not fit, after all that came before it', () => {
    const test = build('error');
    test.push(0);
    const release = test.buffer.flow.hold();
    test.push(1, 2, 3, 4);
    expect(test.buffer.isOpen).toBe(true);
    test.push(5, 6);
    expect(test.buffer.isOpen).toBe(false);
    expect(test.ends).toEqual([]);
    release();
    expect(test.ids()).toEqual([0, 1, 2, 3, 4]);
    expect(test.ends).toMatchObject([{ error: { code: 'QUEUE_OVERFLOW', limitBytes: MAX_BYTES }, dropped: undefined }]);
    expect((test.ends[0]!.error as Error).message).toContain('test(): more than 4096 bytes wait');
  });

  it('is bounded in time as well, when it is told to', () => {
    const test = build('drop-oldest', 256);
    test.push(0);
    const release = test.buffer.flow.hold();
    test.push(1, 2, 3);
    release();
    expect(test.ids()).toEqual([0, 2, 3]);
  });

  it('takes empty items for more than nothing: a flood of them stays bounded', () => {
    const test = build('drop-oldest');
    test.push(0);
    test.buffer.flow.hold();
    for (let id = 1; id <= 1000; id += 1) test.buffer.push({ id, bytes: 0 });
    expect(test.buffer.length).toBe(MAX_BYTES / LEAST_ITEM_BYTES);
  });

  it('joins an item that can never wait with the drops around it', () => {
    const test = build('drop-oldest');
    test.push(0);
    const release = test.buffer.flow.hold();
    test.push(1);
    test.buffer.push({ id: 2, bytes: 10 * 1024 * 1024 });
    test.push(3, 4, 5, 6);
    release();
    const [, third] = test.emitted;
    expect(third).toMatchObject({ id: 3, dropped: { items: 2, bytes: 10 * 1024 * 1024 + 1024 } });
  });

  it('looks at the holds before each item, and takes what comes while it emits', () => {
    const test = build('drop-oldest');
    let release: Release | undefined;
    test.onEmit = ({ id }) => {
      if (id === 0) test.push(10);
      if (id === 2) release = test.buffer.flow.hold();
    };
    test.push(0);
    const first = test.buffer.flow.hold();
    test.push(1, 2, 3);
    first();
    expect(test.ids()).toEqual([0, 10, 1, 2]);
    release?.();
    expect(test.ids()).toEqual([0, 10, 1, 2, 3]);
  });

  it('emits nothing more once stopped, not even in the middle of what waited', () => {
    const test = build('drop-oldest');
    test.push(0);
    const release = test.buffer.flow.hold();
    test.push(1, 2, 3);
    test.onEmit = ({ id }) => {
      if (id === 1) test.buffer.stop();
    };
    release();
    test.push(4);
    test.buffer.end();
    expect(test.ids()).toEqual([0, 1]);
    expect(test.ends).toEqual([]);
    expect(test.buffer).toMatchObject({ length: 0, bytes: 0, isOpen: false });
  });

  it('passes an error on after what came before it, once', () => {
    const test = build('drop-oldest');
    test.push(0);
    const release = test.buffer.flow.hold();
    test.push(1);
    test.buffer.endWithError(new Error('cable pulled'));
    test.buffer.end();
    release();
    expect(test.ids()).toEqual([0, 1]);
    expect(test.ends).toEqual([{ error: new Error('cable pulled'), dropped: undefined }]);
  });

  it('goes on after an observer that threw', () => {
    const test = build('drop-oldest');
    test.onEmit = ({ id }) => {
      if (id === 0) throw new Error('observer');
    };
    expect(() => test.push(0)).toThrow('observer');
    test.push(1);
    expect(test.ids()).toEqual([0, 1]);
  });

  type Step = { kind: 'push'; bytes: number } | { kind: 'hold' } | { kind: 'release' };
  const steps = fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('push' as const), bytes: fc.oneof(fc.nat(600), fc.nat(5000)) }) },
      { weight: 1, arbitrary: fc.constant({ kind: 'hold' as const }) },
      { weight: 1, arbitrary: fc.constant({ kind: 'release' as const }) },
    ),
    { maxLength: 80 },
  );

  it.each(['drop-oldest', 'drop-newest'] as const)(
    'keeps order and bound and accounts for every item, whatever sizes and holds come (%s)',
    (overflow) => {
      fc.assert(
        fc.property(steps, fc.option(fc.integer({ min: 50, max: 600 }), { nil: undefined }), (script, maxMs) => {
          const test = build(overflow, maxMs);
          const input: Item[] = [];
          const expected: number[] = [];
          /** The plain definition of both policies. */
          let waiting: Item[] = [];
          const charged = ({ bytes }: Item) => Math.max(LEAST_ITEM_BYTES, bytes);
          const fits = (items: Item[]) =>
            items.reduce((sum, item) => sum + charged(item), 0) <= MAX_BYTES &&
            items.reduce((sum, { bytes }) => sum + bytes / 8, 0) <= (maxMs ?? Number.POSITIVE_INFINITY);
          let release: Release | undefined;
          const apply = (step: Step) => {
            if (step.kind === 'hold') release ??= test.buffer.flow.hold();
            if (step.kind === 'release') {
              expected.push(...waiting.map(({ id }) => id));
              waiting = [];
              release?.();
              release = undefined;
            }
            if (step.kind !== 'push') return;
            const item = { id: input.length, bytes: step.bytes };
            input.push(item);
            if (!release) expected.push(item.id);
            else if (fits([...waiting, item])) waiting.push(item);
            else if (overflow === 'drop-oldest' && fits([item])) {
              while (!fits([...waiting, item])) waiting.shift();
              waiting.push(item);
            }
            test.buffer.push(item);
          };
          for (const step of script) {
            apply(step);
            expect(test.buffer.bytes).toBeLessThanOrEqual(MAX_BYTES);
          }
          apply({ kind: 'release' });
          test.buffer.end();

          expect(test.ids()).toEqual(expected);
          // What is missing before each item, and at the end, is exactly what did not come.
          let next = 0;
          const missing = (until: number) => {
            const run = input.slice(next, until);
            next = until + 1;
            return run.length === 0
              ? undefined
              : { items: run.length, bytes: run.reduce((sum, { bytes }) => sum + bytes, 0), ms: expect.any(Number) };
          };
          for (const { id, dropped } of test.emitted) expect(dropped).toEqual(missing(id));
          expect(test.ends).toEqual([{ dropped: missing(input.length) }]);
          expect(test.buffer.total.items + test.emitted.length).toBe(input.length);
        }),
        { numRuns: 300 },
      );
    },
  );
});
