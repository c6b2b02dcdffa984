import { describe, expect, it } from 'vitest';
import { Hangover } from '../../../src/vad/light/hangover.js';

const VOICE = { confirmed: true, evidence: 12 };

/** For how many frames speech is taken to go on after half a second of it. */
function framesAfter(snrDb: number, voicing: { confirmed: boolean; evidence: number }): number {
  const hangover = new Hangover();
  for (let i = 0; i < 50; i += 1) hangover.follow(snrDb, voicing);
  let frames = 0;
  while (!hangover.isOver()) frames += 1;
  return frames;
}

describe('Hangover', () => {
  it('lets speech go on for longer the closer it is to the noise, and not at all where it is clean', () => {
    expect([6, 10, 12.5, 15, 20].map((snrDb) => framesAfter(snrDb, VOICE))).toEqual([12, 12, 6, 0, 0]);
  });

  it('follows no sound that is hardly a voice', () => {
    expect(framesAfter(6, { confirmed: true, evidence: 5 })).toBe(0);
    expect(framesAfter(6, { confirmed: false, evidence: 12 })).toBe(0);
  });

  it('remembers no louder speech once that is over', () => {
    const hangover = new Hangover();
    hangover.follow(20, VOICE);
    expect(hangover.isOver()).toBe(true);
    hangover.follow(6, VOICE);
    expect(hangover.isOver()).toBe(false);
  });
});
