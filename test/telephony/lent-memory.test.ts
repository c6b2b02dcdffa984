import { describe, expect, it } from 'vitest';
import { LentMemory } from '../../src/telephony/lent-memory.js';

describe('LentMemory', () => {
  it('is used again once a receiver is done', () => {
    const memory = new LentMemory();
    const [first] = memory.take()!(1, 160);
    memory.lend(() => true);
    expect(memory.take()!(1, 160)[0]).toBe(first);
  });

  it.each([
    ['isn’t done', () => false],
    [
      'throws',
      () => {
        throw new Error('refused');
      },
    ],
  ])('stays with a receiver that %s', (_, give: () => boolean) => {
    const memory = new LentMemory();
    const [kept] = memory.take()!(1, 160);
    try {
      memory.lend(give);
    } catch (error) {
      expect(error).toMatchObject({ message: 'refused' });
    }
    expect(memory.take()!(1, 160)[0]!.buffer).not.toBe(kept!.buffer);
  });

  it('is not given to a second chunk while one is lent, and comes back after both', () => {
    const memory = new LentMemory();
    const [outer] = memory.take()!(1, 160);
    memory.lend(() => {
      expect(memory.take()).toBeUndefined();
      memory.lend(() => false);
      expect(memory.take()).toBeUndefined();
      return true;
    });
    expect(memory.take()!(1, 160)[0]).toBe(outer);
  });

  it('is not lost to a chunk that has memory of its own', () => {
    const memory = new LentMemory();
    const [lent] = memory.take()!(1, 160);
    memory.lend(() => true);
    memory.lend(() => false);
    expect(memory.take()!(1, 160)[0]).toBe(lent);
  });
});
