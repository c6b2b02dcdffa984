import { describe, expect, it } from 'vitest';
import { Steps } from '../../src/grpc/steps.js';

describe('the steps of a session', () => {
  it('that one sets off wait for its end, in their order, and only then is it settled', () => {
    const seen: string[] = [];
    const steps = new Steps(() => seen.push('settled'));
    const isNow = steps.take(() => {
      seen.push('first begins');
      expect(
        steps.take(() => {
          seen.push('second');
          steps.take(() => seen.push('fourth'));
        }),
      ).toBe(false);
      steps.take(() => seen.push('third'));
      seen.push('first ends');
    });
    expect(isNow).toBe(true);
    expect(seen).toEqual(['first begins', 'first ends', 'second', 'third', 'fourth', 'settled']);
  });

  it('that are set off while it is settled are taken at once', () => {
    const seen: string[] = [];
    const steps: Steps = new Steps(() => {
      if (seen.length < 3) expect(steps.take(() => seen.push('again'))).toBe(true);
    });
    steps.take(() => seen.push('first'));
    expect(seen).toEqual(['first', 'again', 'again']);
  });

  it('are taken after one that failed', () => {
    const seen: string[] = [];
    const steps = new Steps(() => {});
    expect(() =>
      steps.take(() => {
        steps.take(() => seen.push('left'));
        throw new Error('broken');
      }),
    ).toThrow('broken');
    steps.take(() => seen.push('next'));
    expect(seen).toEqual(['left', 'next']);
  });
});
