import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StreamingError } from '../../src/errors/index.js';
import { ReplayRing } from '../../src/grpc/replay-ring.js';
import { ResponseWatchdog, type SpeechJudge, type WatchedCall } from '../../src/grpc/response-watchdog.js';
import { mustBeAnswered } from '../../src/grpc/unanswered-speech.js';
import { findSpeech } from '../../src/vad/evidence/index.js';
import { recording } from '../engine/support/recordings.js';
import { pcmChunk } from '../support/audio.js';
import { sound } from '../support/sounds.js';
import { unboundedFlow } from '../support/unbounded-flow.js';

const RATE = 8000;
const TIMEOUT_MS = 20_000;
/** One of two parties: 25 s with three turns. */
const { samples: speech } = recording('call/humans_mulaw_8k.wav', 0);

/** A live session as its watchdog sees it: audio arrives on the fake clock, and the transport takes it at once. */
class LiveSession {
  readonly ring = new ReplayRing({ maxMs: 45_000, maxBytes: 1e9, maxUnsentMs: 1e9, maxUnsentBytes: 1e9 });
  readonly results = { heardMs: 0, count: 0 };
  readonly failures: { code: string; atMs: number }[] = [];
  readonly reports: { message: string; sourceMs: number | undefined }[] = [];
  readonly watchdog: ResponseWatchdog;
  readonly calls: { current: WatchedCall | undefined } = { current: undefined };
  readonly #startMs = performance.now();
  readonly #source = { label: 'test' };

  constructor({ judge, level, timeoutMs = TIMEOUT_MS, reconnect = true }: LiveSessionOptions = {}) {
    this.watchdog = new ResponseWatchdog(
      {
        responseTimeoutMs: timeoutMs,
        level,
        endpoint: 'service:443',
        reconnect: reconnect
          ? {
              maxAttempts: 1,
              initialDelayMs: 1,
              maxDelayMs: 1,
              bufferMs: 45_000,
              unpacedBufferMs: 45_000,
              bufferBytes: 1e9,
              maxReplayMs: 1e9,
            }
          : undefined,
      },
      {
        calls: this.calls,
        ring: this.ring,
        results: this.results,
        reporter: { unanswered: (message, sourceMs) => this.reports.push({ message, sourceMs }) },
      },
      judge,
    );
    this.open();
  }

  get nowMs(): number {
    return performance.now() - this.#startMs;
  }

  /** A call that begins with what has no result. */
  open(): void {
    const { ring, results } = this;
    this.calls.current = {
      isOpen: true,
      isHalfClosed: false,
      sampleRate: RATE,
      get takenMs() {
        return ring.endMs;
      },
      audioMs: (seconds) => results.heardMs + seconds * 1000,
      fail: ({ code, retryable }: StreamingError) => {
        expect(retryable).toBe(true);
        this.failures.push({ code, atMs: this.nowMs });
        this.open();
      },
    };
  }

  take(pcm: Int16Array): void {
    const at = Math.round((this.ring.endMs * RATE) / 1000);
    this.ring.append(pcmChunk(pcm, RATE, at, this.#source, unboundedFlow));
    this.ring.markSent(this.ring.end - 1);
    this.ring.trim(this.ring.end);
  }

  async hear(pcm: Int16Array): Promise<void> {
    for (let from = 0; from < pcm.length; from += RATE / 5) {
      this.take(pcm.subarray(from, from + RATE / 5));
      await vi.advanceTimersByTimeAsync(200);
    }
  }

  async wait(ms: number): Promise<void> {
    await this.hear(new Int16Array((ms * RATE) / 1000));
  }

  answer(): void {
    this.results.heardMs = this.ring.endMs;
    this.results.count += 1;
  }
}

interface LiveSessionOptions {
  judge?: SpeechJudge;
  level?: 'segment' | 'utterance';
  timeoutMs?: number;
  reconnect?: boolean;
}

/** Hears the speech above: 3 s from the first sound on, then silence. */
const hearsSpeech: SpeechJudge = () => Promise.resolve([{ startMs: 0, endMs: 3000, certainMs: 3000, quietAfterMs: 5000 }]);

// Loading WebAssembly takes real time, which a fake clock can't give.
beforeAll(async () => void (await findSpeech(speech, RATE)));
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a server that does not answer speech', () => {
  // npm run bench -- chunk-latency: fifty sessions that looked at the same time kept the thread for 200 ms at each turn.
  it('is looked at by one session of the process after the other', async () => {
    let [looking, most, looks] = [0, 0, 0];
    const judge: SpeechJudge = async () => {
      looking += 1;
      looks += 1;
      most = Math.max(most, looking);
      await new Promise((resolve) => setTimeout(resolve, 10));
      looking -= 1;
      return [];
    };
    const sessions = Array.from({ length: 20 }, () => new LiveSession({ judge }));
    for (const session of sessions) session.take(speech);
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS + 1000);
    expect([looks, most]).toEqual([20, 1]);
    for (const { watchdog } of sessions) watchdog.stop();
  });

  it('is noticed after responseTimeoutMs, and before twice as long', async () => {
    const session = new LiveSession();
    await session.hear(speech);
    await session.wait(20_000);
    expect(session.failures).toEqual([{ code: 'UNANSWERED', atMs: expect.any(Number) }]);
    expect(session.failures[0]!.atMs).toBeGreaterThan(TIMEOUT_MS);
    expect(session.failures[0]!.atMs).toBeLessThanOrEqual(2 * TIMEOUT_MS);
  });

  it('is given one other call, then only reported, until there is a result', async () => {
    const session = new LiveSession();
    const minutes = async () => {
      for (let i = 0; i < 8; i += 1) await session.hear(speech);
    };
    await minutes();
    expect(session.failures).toHaveLength(1);
    expect(session.reports).toHaveLength(1);
    expect(session.reports[0]!.message).toMatch(/service:443 took speech.*a new call changed nothing/);
    expect(session.reports[0]!.sourceMs).toBeGreaterThan(0);
    session.answer();
    await minutes();
    expect(session.failures).toHaveLength(2);
    expect(session.reports).toHaveLength(2);
  }, 20_000);

  it('is only reported without reconnect: a judgement of sound ends no session', async () => {
    const session = new LiveSession({ reconnect: false });
    for (let i = 0; i < 4; i += 1) await session.hear(speech);
    expect(session.failures).toEqual([]);
    expect(session.reports.map(({ message }) => message)).toEqual([expect.stringMatching(/reconnect is off/)]);
  });

  it('is noticed where music went before', async () => {
    const session = new LiveSession();
    await session.hear(sound('strings', 60, RATE));
    await session.hear(speech);
    expect(session.failures).toEqual([]);
    await session.wait(30_000);
    expect(session.failures).toHaveLength(1);
  });

  it('has time for what it took faster than it came: as much as the audio lasts', async () => {
    const session = new LiveSession({ judge: hearsSpeech });
    // Ten minutes at once, and the speech somewhere in the last 45 s.
    for (let i = 0; i < 24; i += 1) session.take(speech);
    await vi.advanceTimersByTimeAsync(500_000);
    expect(session.failures).toEqual([]);
    await vi.advanceTimersByTimeAsync(200_000);
    expect(session.failures).toHaveLength(1);
  });
});

describe('a server that owes no answer', () => {
  it.each([
    ['digital silence', 10],
    ['line hum', 10],
    ['white noise', 4],
    ['chords with drums', 4],
    ['ringing tone', 4],
  ])(
    'is left alone in %s for %d minutes',
    async (name, minutes) => {
      const session = new LiveSession();
      const minute = sound(name, 60, RATE);
      for (let i = 0; i < minutes; i += 1) await session.hear(minute);
      expect([session.failures, session.reports]).toEqual([[], []]);
    },
    60_000,
  );

  it('is not even looked at in silence, nor while results come', async () => {
    const judge = vi.fn(hearsSpeech);
    const session = new LiveSession({ judge });
    await session.wait(60_000);
    for (let i = 0; i < 12; i += 1) {
      session.answer();
      await session.hear(speech.subarray(0, 8 * RATE));
    }
    session.answer();
    expect(judge).not.toHaveBeenCalled();
  });

  it('is trusted again when a result comes at last', async () => {
    const session = new LiveSession({ judge: hearsSpeech });
    await session.hear(speech.subarray(0, 19 * RATE));
    session.answer();
    await session.wait(60_000);
    expect(session.failures).toEqual([]);
  });

  it('is left alone once the audio is over, and when another call carries it', async () => {
    const session = new LiveSession({ judge: hearsSpeech });
    await session.hear(speech.subarray(0, 19 * RATE));
    session.calls.current = undefined;
    await session.wait(60_000);
    session.open();
    await session.hear(speech.subarray(0, 19 * RATE));
    session.open();
    await session.wait(15_000);
    expect(session.failures).toEqual([]);
  });

  it('is left alone while the source is silent for lack of audio', async () => {
    const judge = vi.fn(() => Promise.resolve([]));
    const session = new LiveSession({ judge });
    await session.hear(speech);
    const looks = judge.mock.calls.length;
    await vi.advanceTimersByTimeAsync(600_000);
    expect(judge.mock.calls.length).toBeLessThanOrEqual(looks + 1);
  });
});

describe('the watchdog', () => {
  it('leaves no timer', async () => {
    const session = new LiveSession({ judge: hearsSpeech });
    await session.hear(speech);
    expect(vi.getTimerCount()).toBe(2);
    session.watchdog.stop();
    expect(vi.getTimerCount()).toBe(0);
    const off = new LiveSession({ timeoutMs: Number.POSITIVE_INFINITY });
    expect(vi.getTimerCount()).toBe(0);
    off.watchdog.stop();
  });

  it('drops what the judge says after a result, and after the end', async () => {
    let judged = (_: Awaited<ReturnType<SpeechJudge>>): void => {};
    const judge: SpeechJudge = () => new Promise((resolve) => (judged = resolve));
    const session = new LiveSession({ judge });
    await session.hear(speech.subarray(0, 12 * RATE));
    session.answer();
    judged(await hearsSpeech(speech, RATE, AbortSignal.abort()));
    await session.wait(60_000);
    expect(session.failures).toEqual([]);
    session.watchdog.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('takes a judge that fails for one that heard nothing', async () => {
    const session = new LiveSession({ judge: () => Promise.reject(new Error('no WebAssembly here')) });
    await session.hear(speech);
    await session.wait(60_000);
    expect(session.failures).toEqual([]);
  });
});

describe('what must be answered', () => {
  const spurt = (startMs: number, endMs: number, quietAfterMs: number, certainMs = endMs - startMs) => ({
    startMs,
    endMs,
    certainMs,
    quietAfterMs,
  });

  it('is a whole segment, 3 s into the speech', () => {
    expect(mustBeAnswered([spurt(1000, 9000, 0)], undefined)).toBe(4000);
    expect(mustBeAnswered([spurt(1000, 9000, 0)], 'segment')).toBe(4000);
    expect(mustBeAnswered([spurt(1000, 3800, 5000), spurt(8800, 10_000, 5000)], 'segment')).toBeUndefined();
  });

  it('is an utterance that is over, and no other, where utterances alone were asked for', () => {
    expect(mustBeAnswered([spurt(0, 44_000, 1000)], 'utterance')).toBeUndefined();
    expect(mustBeAnswered([spurt(0, 30_000, 2000)], 'utterance')).toBe(32_000);
    expect(mustBeAnswered([spurt(0, 2500, 2000)], undefined)).toBe(4500);
  });

  it('is nothing where little is certain', () => {
    expect(mustBeAnswered([], undefined)).toBeUndefined();
    expect(mustBeAnswered([spurt(0, 1900, 5000)], undefined)).toBeUndefined();
    expect(
      mustBeAnswered([spurt(0, 900, 5000), spurt(6000, 6900, 5000), spurt(20_000, 20_900, 5000)], undefined),
    ).toBeUndefined();
    expect(mustBeAnswered([spurt(0, 30_000, 5000, 1500)], undefined)).toBeUndefined();
  });
});
