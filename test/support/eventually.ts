import { expect } from 'vitest';

/** Waits until a value is as it should be, and looks often: many short waits add up. */
export function eventually<T>(value: () => T) {
  return expect.poll(value, { interval: 2 });
}
