import { describe, expect, test } from 'vitest';
import { Summary } from '../../src/cli/summary.js';
import { claim, noClaim, predicted, score } from './support/predictions.js';

const sent = {
  type: 'statistics',
  final: true,
  sessionId: 's',
  results: { segment: 0, utterance: 0 },
  latency: {},
  responseTime: {},
  savedMs: 0,
  unansweredMs: 0,
  skippedMs: 0,
  queuedMs: 0,
  peakQueuedMs: 0,
  rotations: 0,
  sentBytes: 0,
  messages: 0,
  resultMessages: 0,
  peakInFlightMs: 0,
  stalledMs: 0,
  replayedMs: 0,
  reconnects: 0,
  droppedMs: 0,
} as const;

describe('the summary', () => {
  test('counts the claims of utterances for each channel, and not their segments again', () => {
    const summary = new Summary('call.wav');
    summary.sent({ ...sent, sentMs: 30_000 });
    summary.sent({ ...sent, sentMs: 30_000 });
    summary.add(predicted([10, 12], { gender: claim('male', 0.9), speaking_rate: noClaim }, { channel: 1 }));
    summary.add(predicted([0, 2], { gender: claim('male', 0.6) }, { level: 'segment' }));
    summary.add(predicted([0, 3], { gender: claim('female', 0.9), intensity: score(0.2) }));
    summary.add(predicted([4, 5], { gender: claim('female', 0.9), intensity: score(0.4) }));
    expect(summary.lines().slice(0, -1)).toEqual([
      'Summary of call.wav',
      "  local engine: classical signal processing, not the vendor's models",
      '  channel 0: 2 utterances, 1 segment, 0:04.0 of speech',
      '    gender     female 2',
      '    intensity  mean 0.30',
      '  channel 1: 1 utterance, 0 segments, 0:02.0 of speech',
      '    gender         male 1',
      '    speaking rate  no claim 1',
    ]);
    expect(summary.lines().at(-1)).toMatch(/^ {2}audio sent 1\.00 min in 2 sessions, took \d+\.\d s$/);
  });

  test('says how much silence was left out, of all channels together', () => {
    const summary = new Summary('call.wav');
    const gate = { type: 'gate', state: 'ended', atMs: 60_000 } as const;
    summary.sent({ ...sent, sentMs: 60_000 });
    summary.gated(0, { ...gate, state: 'opened', sentMs: 10_000, savedMs: 1000 });
    summary.gated(0, { ...gate, sentMs: 45_000, savedMs: 15_000 });
    summary.gated(1, { ...gate, sentMs: 15_000, savedMs: 45_000 });
    expect(summary.lines().at(-1)).toMatch(/^ {2}audio sent 1\.00 min, 1\.00 min of silence \(50 %\) left out, took/);
  });

  test('counts a revised prediction once, as it was last', () => {
    const summary = new Summary('call.wav');
    summary.add(predicted([0, 3], { gender: noClaim }, { channel: 'mix' }));
    summary.add(predicted([0, 3], { gender: claim('male', 0.9) }, { channel: 'mix', revision: 1 }));
    expect(summary.lines()).toContain('    gender  male 1');
    expect(summary.lines()).toContain('  all channels mixed: 1 utterance, 0 segments, 0:03.0 of speech');
  });

  test('counts segments when only these were asked for', () => {
    const summary = new Summary('call.wav');
    summary.add(predicted([0, 2], { gender: claim('male', 0.9) }, { level: 'segment', engine: 'remote' }));
    expect(summary.lines()).toContain('    gender  male 1');
    expect(summary.lines()).toContain('  remote engine');
  });

  test('gives latencies by level, where there are any', () => {
    const summary = new Summary('call.wav');
    for (const latencyMs of [10, 30, 20]) {
      summary.add(predicted([latencyMs, latencyMs + 2], {}, { level: 'segment', latencyMs }));
    }
    expect(summary.lines().at(-1)).toBe("  latency after a segment's end     p50 20 ms, p99 30 ms, of 3");
  });

  test('gives the time since sending instead, where nobody knows when it was said', () => {
    const summary = new Summary('call.wav');
    const answer = { type: 'result', startMs: 0, endMs: 2000, engine: 'local', sessionId: 's', epoch: 0 } as const;
    for (const responseMs of [10, 30, 20]) summary.answered({ ...answer, level: 'utterance', revision: 0, responseMs });
    summary.answered({ ...answer, level: 'utterance', revision: 1, responseMs: 500 });
    expect(summary.lines().at(-1)).toBe("  response after an utterance's end  p50 20 ms, p99 30 ms, of 3");
    summary.add(predicted([0, 2], {}, { level: 'utterance', latencyMs: 700 }));
    expect(summary.lines().at(-1)).toBe("  latency after an utterance's end  p50 700 ms, p99 700 ms, of 1");
  });

  test('says what a stream went through, added up over its sessions, and nothing of what it did not', () => {
    const summary = new Summary('call.wav');
    summary.sent({ ...sent, sentMs: 1000, reconnects: 1, replayedMs: 3000 });
    summary.sent({ ...sent, sentMs: 500, final: false, reconnects: 5 });
    summary.sent({ ...sent, sentMs: 1000, reconnects: 1, rotations: 1, droppedMs: 260, unansweredMs: 100 });
    expect(summary.lines().at(-1)).toBe('  2 reconnects, 1 rotation, 3.0 s replayed, 0.3 s dropped, 0.1 s unanswered');
    expect(summary.lines().at(-2)).toMatch(/in 2 sessions/);
  });

  test('does not call audio of one channel mixed', () => {
    const summary = new Summary('call.wav');
    summary.heard(1);
    summary.add(predicted([0, 3], {}, { channel: 'mix' }));
    expect(summary.lines()).toContain('  mono: 1 utterance, 0 segments, 0:03.0 of speech');
  });

  test('does not explain by silence what a failure left unanswered', () => {
    const summary = new Summary('call.wav');
    summary.sent({ ...sent, sentMs: 1000 });
    expect(summary.lines({ hasFailed: true })).toContain('  no predictions came before it failed');
  });

  test('says so when nothing was answered', () => {
    const summary = new Summary('silence.wav');
    expect(summary.isEmpty).toBe(true);
    summary.sent({ ...sent, sentMs: 1000 });
    summary.answeredBy('local');
    expect(summary.isEmpty).toBe(false);
    expect(summary.lines()[2]).toBe('  no predictions came for the audio that was sent; silence and noise get none');
  });
});
