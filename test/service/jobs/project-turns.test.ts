import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProjectTurns, type WaitingJobs } from '../../../src/service/jobs/project-turns.js';

/** A queue of so many jobs for each project, worked on by so many at a time; jobs end in the order in which they began. */
function run(turns: ProjectTurns, jobs: (WaitingJobs & { count: number })[], maxJobs: number): WaitingJobs[][] {
  const running: WaitingJobs[] = [];
  const rounds: WaitingJobs[][] = [];
  for (;;) {
    while (running.length < maxJobs) {
      const turn = turns.next(jobs.filter(({ count }) => count > 0).map(({ cid, attempts }) => ({ cid, attempts })));
      if (!turn) break;
      turns.begun(turn);
      jobs.find(({ cid, attempts }) => cid === turn.cid && attempts === turn.attempts)!.count -= 1;
      running.push(turn);
    }
    if (running.length === 0) return rounds;
    rounds.push([...running]);
    turns.ended(running.shift()!.cid);
  }
}
const names = (rounds: WaitingJobs[][]) => rounds.map(([first]) => first!.cid).join('');
const of = (cid: string, count: number, attempts = 0) => ({ cid, count, attempts });

describe('projects take turns', () => {
  it('one after the other, in the order in which they came, whatever each has waiting', () => {
    expect(names(run(new ProjectTurns(1), [of('A', 5), of('B', 1), of('C', 3)], 1))).toBe('ABCACACAA');
  });

  it('so that any job waits for no more than one of each other project', () => {
    const counts = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 4 }), (each, maxJobs) => {
        const jobs = each.map((count, index) => of(String(index), count));
        const order = names(run(new ProjectTurns(maxJobs), jobs, maxJobs));
        each.forEach((count, index) => {
          const turns = [...order].flatMap((cid, turn) => (cid === String(index) ? [turn] : []));
          expect(turns).toHaveLength(count);
          const waits = turns.map((turn, nth) => turn - (turns[nth - 1] ?? -1));
          expect(Math.max(...waits)).toBeLessThanOrEqual(each.length);
        });
      }),
      { numRuns: 50 },
    );
  });

  it('and none works on more at a time than it may', () => {
    const rounds = run(new ProjectTurns(2), [of('A', 6), of('B', 2)], 4);
    for (const round of rounds) expect(round.filter(({ cid }) => cid === 'A').length).toBeLessThanOrEqual(2);
    expect(Math.max(...rounds.map(({ length }) => length))).toBe(4);
  });
});

describe('what was cut short', () => {
  it('once comes after the others', () => {
    expect(run(new ProjectTurns(3), [of('A', 1, 1), of('A', 2), of('B', 2)], 1).map(([job]) => job)).toEqual([
      { cid: 'A', attempts: 0 },
      { cid: 'B', attempts: 0 },
      { cid: 'A', attempts: 0 },
      { cid: 'B', attempts: 0 },
      { cid: 'A', attempts: 1 },
    ]);
  });

  it('is not put off for ever by others that keep coming', () => {
    const order = run(new ProjectTurns(3), [of('A', 1, 1), of('B', 100)], 1).map(([job]) => job!.cid);
    expect(order.indexOf('A')).toBe(16);
  });

  it('twice is worked on alone, so that it takes no other with it should it end the service', () => {
    const rounds = run(new ProjectTurns(4), [of('A', 2, 2), of('B', 3), of('C', 1, 1)], 4);
    for (const round of rounds) if (round.some(({ attempts }) => attempts === 2)) expect(round).toHaveLength(1);
    expect(rounds).toHaveLength(6);
  });
});
