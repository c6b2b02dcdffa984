import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { liveView } from '../../src/cli/live-view.js';
import { chooseView } from '../../src/cli/view.js';
import { claim, predicted } from './support/predictions.js';

/** A terminal of 80 by 10 that keeps what is written to it. */
class FakeTerminal extends Writable {
  readonly isTTY = true;
  readonly columns = 80;
  readonly rows = 10;
  readonly writes: string[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.writes.push(chunk.toString());
    done();
  }

  get text(): string {
    return this.writes.join('');
  }
}

describe('the live view', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('appends rows, in order and all of them, however many come at once', () => {
    const terminal = new FakeTerminal();
    const view = liveView('to the local service', terminal);
    view.heading('call.wav: wav, 8000 Hz');
    for (let i = 0; i < 50; i += 1) view.prediction(predicted([i, i + 1], { gender: claim(`label${i}`, 0.9) }));
    vi.advanceTimersByTime(100);
    view.end(['Summary of call.wav']);
    const seen = [...terminal.text.matchAll(/label(\d+)/g)].map(([, number]) => Number(number));
    expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(terminal.text).toContain('call.wav: wav, 8000 Hz');
    expect(terminal.text.trimEnd().endsWith('Summary of call.wav')).toBe(true);
  });

  test('redraws the progress bar at most ten times a second', () => {
    const terminal = new FakeTerminal();
    const view = liveView('to the local service', terminal);
    for (let ms = 0; ms < 1000; ms += 1) {
      view.progress(ms, 10_000);
      vi.advanceTimersByTime(1);
    }
    expect(terminal.writes.length).toBeGreaterThan(5);
    expect(terminal.writes.length).toBeLessThanOrEqual(10);
    view.prediction(predicted([0, 2], {}, { latencyMs: 111.4 }));
    view.progress(5000, 10_000);
    vi.advanceTimersByTime(100);
    expect(terminal.text).toMatch(/0:05\.0 of 0:10\.0 {2}[█#]+[░-]+ {2}50%/);
    expect(terminal.text).toContain('1 utterance, 0 segments, latency 111 ms; to the local service');
    view.end([]);
  });

  test('draws nothing when nothing has changed', () => {
    const terminal = new FakeTerminal();
    const view = liveView('to the local service', terminal);
    vi.advanceTimersByTime(100);
    const before = terminal.writes.length;
    vi.advanceTimersByTime(10_000);
    expect(terminal.writes.length).toBe(before);
    view.end([]);
  });
});

describe('the choice of view', () => {
  const terminal = { isTerminal: true, env: { TERM: 'xterm' } };
  test.each([
    ['a terminal', terminal, 'live'],
    ['a pipe', { ...terminal, isTerminal: false }, 'json'],
    ['a terminal and --json', { ...terminal, json: true }, 'json'],
    ['a terminal and --plain', { ...terminal, plain: true }, 'plain'],
    ['a pipe and --plain', { ...terminal, isTerminal: false, plain: true }, 'plain'],
    ['NO_COLOR', { ...terminal, env: { NO_COLOR: '1' } }, 'plain'],
    ['an empty NO_COLOR, which means nothing', { ...terminal, env: { NO_COLOR: '' } }, 'live'],
    ['TERM=dumb', { ...terminal, env: { TERM: 'dumb' } }, 'plain'],
  ] as const)('for %s', (_, choice, kind) => {
    expect(chooseView(choice)).toBe(kind);
  });
});
