import type { StatisticsEvent, StreamEvent } from '../../../src/events/index.js';

const common = { sessionId: '1f0e', stream: '+49 151 2345.wav' };
const session = { ...common, type: 'session', epoch: 0, endpoint: 'api.example.com:443' } as const;

/** Counters of nothing; what differs is given. */
export function statistics(counters: Partial<StatisticsEvent>): StatisticsEvent {
  return {
    ...common,
    type: 'statistics',
    final: false,
    sentMs: 0,
    sentBytes: 0,
    messages: 0,
    resultMessages: 0,
    results: { segment: 0, utterance: 0 },
    latency: {},
    responseTime: {},
    savedMs: 0,
    droppedMs: 0,
    unansweredMs: 0,
    skippedMs: 0,
    replayedMs: 0,
    queuedMs: 0,
    peakQueuedMs: 0,
    peakInFlightMs: 0,
    stalledMs: 0,
    reconnects: 0,
    rotations: 0,
    ...counters,
  };
}

/** The life of a session that reconnects, rotates, loses and saves audio, and fails in the end. */
export const troubledSession: readonly StreamEvent[] = [
  { ...session, state: 'connecting' },
  { ...session, state: 'open', engine: 'remote' },
  statistics({ sentMs: 10_000, sentBytes: 320_000, queuedMs: 300, stalledMs: 40 }),
  { ...common, type: 'gap', reason: 'gated', startMs: 10_000, endMs: 14_000 },
  { ...common, type: 'gap', reason: 'dropped', startMs: 15_000, endMs: 15_500 },
  {
    ...common,
    type: 'result',
    level: 'utterance',
    startMs: 0,
    endMs: 2000,
    revision: 0,
    latencyMs: 820,
    responseMs: 600,
    engine: 'remote',
    epoch: 0,
  },
  {
    ...common,
    type: 'result',
    level: 'utterance',
    startMs: 0,
    endMs: 2000,
    revision: 1,
    latencyMs: 900,
    engine: 'remote',
    epoch: 0,
  },
  { ...common, type: 'result', level: 'segment', startMs: 2000, endMs: 4000, revision: 0, engine: 'remote', epoch: 0 },
  { ...session, state: 'reconnecting', attempt: 1, delayMs: 250, cause: 'STREAM_FAILED' },
  { ...session, state: 'connecting', epoch: 1 },
  { ...session, state: 'replayed', epoch: 1, replayMs: 3000 },
  { ...session, state: 'rotated', epoch: 1 },
  { type: 'diagnostic', code: 'CLIPPED_AUDIO', message: 'much of it is clipped' },
  statistics({
    final: true,
    sentMs: 25_000,
    sentBytes: 800_000,
    queuedMs: 700,
    stalledMs: 90,
    replayedMs: 3000,
    savedMs: 4000,
    droppedMs: 500,
    results: { segment: 1, utterance: 1 },
    reconnects: 1,
    rotations: 1,
  }),
  { ...session, state: 'closed', epoch: 1, cause: 'UNAUTHENTICATED' },
];
