import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TurnEvent } from '../../../src/events/index.js';
import { type TurnRules, TurnTaking } from '../../../src/telephony/calls/turn-taking.js';
import { turnsByBruteForce } from './brute-force-turns.js';

/** Who speaks when: a row of characters for each leg, 100 ms each, anything but a dot is speech. */
type Rows = Record<string, string>;

function framesOf(row: string, frameMs = 100) {
  return [...row].map((mark, index) => ({ startMs: index * frameMs, endMs: (index + 1) * frameMs, isSpeech: mark !== '.' }));
}

function follow(rows: Rows, rules: TurnRules = {}) {
  const events: TurnEvent[] = [];
  const turns = new TurnTaking({ callId: 'c', emit: (event) => events.push(event), rules });
  for (const leg of Object.keys(rows)) turns.join(leg);
  for (const [leg, row] of Object.entries(rows)) {
    turns.begin(leg, 0);
    turns.push(leg, framesOf(row));
  }
  turns.end();
  return { events, of: (kind: TurnEvent['kind']) => events.filter((event) => event.kind === kind), summary: turns.summary() };
}

describe('turn-taking', () => {
  it('gives a turn to who speaks alone, and measures the gap before an answer', () => {
    const { events, summary } = follow({
      customer: '.xxxxx........xxxx..',
      agent: '.........xxx........',
    });
    expect(events.map(({ kind, startMs, endMs }) => [kind, startMs, endMs])).toEqual([
      ['turn', 100, 600],
      ['response-gap', 600, 900],
      ['turn', 900, 1200],
      ['response-gap', 1200, 1400],
      ['turn', 1400, 1800],
    ]);
    expect(events[1]).toMatchObject({ leg: 'agent', to: 'customer', gapMs: 300 });
    expect(summary).toMatchObject({ durationMs: 2000, silenceMs: 800, overlapMs: 0, overlaps: 0 });
    expect(summary.legs.customer).toMatchObject({ talkMs: 900, turns: 2, longestTurnMs: 500, presentMs: 2000 });
    expect(summary.legs.agent).toMatchObject({ talkMs: 300, turns: 1, responseGaps: { count: 1, minMs: 300, maxMs: 300 } });
  });

  it('takes silence within a turn for a pause, however long, and reports it when it is long', () => {
    const { of, summary } = follow({ customer: 'xxx........xxx', agent: '..............' }, { minSilenceMs: 500 });
    expect(of('turn')).toMatchObject([{ startMs: 0, endMs: 1400, talkMs: 600 }]);
    expect(of('response-gap')).toEqual([]);
    expect(of('silence')).toMatchObject([{ startMs: 300, endMs: 1100 }]);
    expect(summary.legs.customer!.turns).toBe(1);
  });

  it('calls it an interruption when the turn is lost in the overlap', () => {
    const { of, summary } = follow({ customer: 'xxxxxxxxx......', agent: '.....xxxxxxxxx.' });
    expect(of('overlap')).toMatchObject([{ startMs: 500, endMs: 900, legs: ['customer', 'agent'] }]);
    expect(of('interruption')).toMatchObject([{ startMs: 500, endMs: 900, leg: 'agent', interrupted: 'customer' }]);
    expect(of('turn')).toMatchObject([
      { leg: 'customer', startMs: 0, endMs: 900, talkMs: 900 },
      { leg: 'agent', startMs: 900, endMs: 1400 },
    ]);
    expect(summary.legs).toMatchObject({ customer: { interrupted: 1 }, agent: { interruptions: 1 } });
  });

  it('knows an acknowledgement and a change that comes a little early from an interruption', () => {
    const acknowledged = follow({ customer: 'xxxxxxxxxxxx', agent: '....xxx.....' });
    expect(acknowledged.of('overlap')).toHaveLength(1);
    expect(acknowledged.of('interruption')).toEqual([]);
    expect(acknowledged.of('turn')).toHaveLength(1);
    const early = follow({ customer: 'xxxxxx......', agent: '.....xxxxxxx' });
    expect(early.of('overlap')).toMatchObject([{ startMs: 500, endMs: 600 }]);
    expect(early.of('interruption')).toEqual([]);
    expect(early.of('turn')).toHaveLength(2);
  });

  it('does not blame anybody for starting at the same moment', () => {
    const { of } = follow({ customer: 'xxx...xxxx....', agent: '......xxxxxxx.' });
    expect(of('overlap')).toHaveLength(1);
    expect(of('interruption')).toEqual([]);
    expect(of('response-gap')).toEqual([]);
    expect(of('turn')).toMatchObject([
      { leg: 'customer', endMs: 1000 },
      { leg: 'agent', startMs: 1000 },
    ]);
  });

  it('fills short silence in and leaves short sounds out', () => {
    const events: TurnEvent[] = [];
    const turns = new TurnTaking({ callId: 'c', emit: (event) => events.push(event) });
    turns.join('a');
    turns.begin('a', 0);
    // 10 ms frames: a click of 50 ms, and words with 190 ms between them.
    turns.push(
      'a',
      framesOf(`${'.'.repeat(20)}xxxxx${'.'.repeat(30)}${'x'.repeat(30)}${'.'.repeat(19)}${'x'.repeat(30)}${'.'.repeat(40)}`, 10),
    );
    turns.end();
    expect(events).toMatchObject([{ kind: 'turn', startMs: 550, endMs: 1340, talkMs: 790 }]);
  });

  it('waits for the leg that is behind, and says things once they are certain', () => {
    const events: TurnEvent[] = [];
    const turns = new TurnTaking({ callId: 'c', emit: (event) => events.push(event) });
    turns.join('customer');
    turns.join('agent');
    turns.begin('customer', 0);
    turns.push('customer', framesOf('xxxxx...............xxx'));
    expect(turns.settledMs).toBe(Number.NEGATIVE_INFINITY);
    turns.begin('agent', 0);
    turns.push('agent', framesOf('........xxx'));
    expect(events.map(({ kind }) => kind)).toEqual(['turn', 'response-gap']);
    expect(turns.settledMs).toBe(1100);
    turns.leave('agent');
    turns.end();
    expect(events.map(({ kind }) => kind)).toEqual(['turn', 'response-gap', 'turn', 'response-gap', 'turn']);
  });

  it('goes on without a leg that was waited for, and leaves out what it says of that time later', () => {
    const { events, turns } = (() => {
      const events: TurnEvent[] = [];
      const turns = new TurnTaking({ callId: 'c', emit: (event) => events.push(event), rules: { minSilenceMs: 500 } });
      return { events, turns };
    })();
    for (const leg of ['customer', 'agent']) {
      turns.join(leg);
      turns.begin(leg, 0);
    }
    turns.push('customer', framesOf('xxxxx...........'));
    turns.assumeSilent('agent', 1000);
    expect(turns.settledMs).toBe(1000);
    turns.push('agent', framesOf('.....xxxxxxxxxx.....'));
    turns.end();
    expect(events.find(({ kind }) => kind === 'response-gap')).toMatchObject({ startMs: 500, endMs: 1000, leg: 'agent' });
  });

  it('follows legs that join and leave, and one that comes back', () => {
    const events: TurnEvent[] = [];
    const turns = new TurnTaking({ callId: 'c', emit: (event) => events.push(event) });
    const shift = (row: string, ms: number) =>
      framesOf(row).map(({ startMs, endMs, isSpeech }) => ({ startMs: startMs + ms, endMs: endMs + ms, isSpeech }));
    turns.join('customer');
    turns.begin('customer', 0);
    turns.push('customer', framesOf('xxxxx.....'));
    turns.join('expert');
    turns.begin('expert', 1000);
    turns.push('expert', shift('.xxx......', 1000));
    turns.push('customer', shift('.....xxx..', 1000));
    turns.leave('expert');
    turns.join('expert');
    turns.begin('expert', 3000);
    turns.push('customer', shift('....................', 2000));
    turns.push('expert', shift('.xxx......', 3000));
    turns.end();
    expect(turns.summary().legs).toMatchObject({
      customer: { turns: 2, presentMs: 4000 },
      expert: { turns: 2, presentMs: 2000, talkMs: 600 },
    });
  });

  it('equals a brute-force reference for any speech of up to three legs, delivered in any pieces and order', () => {
    const speech = fc
      .array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 60 })), { maxLength: 14 })
      .map((runs) => runs.map(([speaks, ticks]) => (speaks ? 'x' : '.').repeat(ticks)).join(''));
    const rules = fc.record({
      minSpeechMs: fc.constantFrom(0, 10, 50, 80),
      bridgeMs: fc.constantFrom(0, 10, 100, 200),
      minInterruptionMs: fc.constantFrom(0, 100, 300),
      minSilenceMs: fc.constantFrom(10, 200, 500),
    });
    const order = fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 90 })), { maxLength: 40 });
    fc.assert(
      fc.property(fc.array(speech, { minLength: 1, maxLength: 3 }), rules, order, (rows, chosen, pieces) => {
        const events: TurnEvent[] = [];
        const turns = new TurnTaking({ callId: 'c', emit: (event) => events.push(event), rules: chosen });
        const legs = rows.map((row, index) => ({ name: `leg${index}`, frames: framesOf(row, 10) }));
        for (const { name } of legs) turns.join(name);
        for (const { name } of legs) turns.begin(name, 0);
        for (const [index, length] of pieces) {
          const leg = legs[index % legs.length]!;
          turns.push(leg.name, leg.frames.splice(0, length));
        }
        for (const leg of legs) {
          turns.push(leg.name, leg.frames);
          turns.leave(leg.name);
        }
        turns.end();
        const expected = turnsByBruteForce(rows, chosen);
        const sorted = (list: readonly object[]) => list.map((item) => JSON.stringify(item, Object.keys(item).sort())).sort();
        expect(sorted(events)).toEqual(sorted(expected.events));
        const { silenceMs, overlapMs, overlaps, durationMs, legs: summed } = turns.summary();
        expect({ silenceMs, overlapMs, overlaps, durationMs }).toEqual(expected.totals);
        expect(rows.map((_, index) => summed[`leg${index}`]?.talkMs)).toEqual(expected.talkMs);
      }),
      { numRuns: 500 },
    );
  });
});
