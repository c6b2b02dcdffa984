import { expect } from 'vitest';

/** Waits until a value is as it should be, with as much patience as a busy machine needs. */
export function eventually<T>(value: () => T) {
  return expect.poll(value, { interval: 2, timeout: 10_000 });
}
