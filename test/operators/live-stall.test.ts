import { lastValueFrom, type Observable, Subject, toArray } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { GapEvent, StreamEvent } from '../../src/events/index.js';
import {
  behavioralSignals,
  bufferLive,
  channel,
  decode,
  fromFile,
  onlyUtterances,
  type Prediction,
  pace,
  toPcm16le,
  toReadable,
} from '../../src/index.js';
import { comparePredictions, startFaultyService } from '../../src/testing/index.js';
import { type PcmChunk, pausableSource, pcmChunk } from '../support/audio.js';
import { fixturePath } from '../support/decoding.js';
import { heardRuns, liesWhereHeard, MODULUS, markedChunk, startEchoServer } from '../support/echo-server.js';
import { unboundedFlow } from '../support/unbounded-flow.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const eventLog = () => {
  const seen: StreamEvent[] = [];
  return {
    events: { next: (event: StreamEvent) => void seen.push(event) },
    gaps: () => seen.filter((event): event is GapEvent => event.type === 'gap'),
    drops: () => seen.filter((event) => event.type === 'diagnostic' && event.code === 'AUDIO_DROPPED'),
  };
};

describe('a live source before a service that stops reading', () => {
  it('waits within its bound, loses whole runs beyond it, and has every result in its true place', async () => {
    const RATE = 16_000;
    const CHUNK = 1600;
    const MAX_MS = 5000;
    let stalled = () => {};
    const stall = new Promise<void>((resolve) => {
      stalled = resolve;
    });
    const server = await startEchoServer({
      utterance: 8000,
      onAudio: ({ received, call }) => {
        if (received !== 10 * CHUNK) return;
        call.pause();
        stalled();
      },
    });
    cleanups.push(server.stop);

    // A source that goes on whatever is held: nothing of it ever waits for the service.
    const microphone = new Subject<PcmChunk>();
    const source = { label: 'microphone' };
    let position = 0;
    const speak = async (chunks: number) => {
      for (let i = 0; i < chunks; i += 1) {
        microphone.next(markedChunk(CHUNK, RATE, position, source, unboundedFlow));
        position += CHUNK;
        await turn();
      }
    };
    const log = eventLog();
    const predictions = lastValueFrom(
      microphone.pipe(
        bufferLive({ maxBytes: (MAX_MS * RATE * 2) / 1000, events: log.events }),
        behavioralSignals({ ...server.connection, events: log.events }),
        toArray(),
      ),
    );
    await speak(12);
    await stall;
    await speak(600);
    const [echo] = server.calls;
    echo!.call.resume();
    // The newest of what was said meanwhile comes through before more is said.
    await expect.poll(() => echo!.messages.at(-1)?.at(-1)).toBe(((position - 1) % MODULUS) - 16_374);
    await speak(50);
    microphone.complete();
    const all = await predictions;

    // One run was lost. What the transport had taken came before it, and of what had to wait exactly the newest after it.
    const gaps = log.gaps();
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toMatchObject({ reason: 'dropped', stream: 'microphone', endMs: 61_200 - MAX_MS });
    expect(log.drops()).toMatchObject([{ atMs: gaps[0]!.startMs }]);
    expect(heardRuns(echo!)).toEqual([
      { from: 0, length: gaps[0]!.startMs * 16 },
      { from: (gaps[0]!.endMs * 16) % MODULUS, length: position - gaps[0]!.endMs * 16 },
    ]);
    expect(all.some(({ startMs }) => startMs >= gaps[0]!.endMs)).toBe(true);
    expect(all.every((prediction) => liesWhereHeard(prediction, server.calls))).toBe(true);
    expect(all.at(-1)!.endMs).toBe((position / RATE) * 1000);
  });

  it('has the utterances after the stall where they were spoken, as without a stall', async () => {
    const REPEATS = 3;
    const voice$ = fromFile(fixturePath('call/humans_mulaw_8k.wav')).pipe(decode(), channel(0), toPcm16le());
    const bytes = Buffer.concat(await toReadable(voice$).toArray());
    const once = new Int16Array(new Uint8Array(bytes).buffer);
    const recording = Int16Array.from({ length: REPEATS * once.length }, (_, i) => once[i % once.length]!);
    const said = () =>
      pausableSource<PcmChunk>((index, flow, source) => {
        const samples = recording.subarray(index * 800, (index + 1) * 800);
        return samples.length > 0 ? pcmChunk(samples, 8000, index * 800, source, flow) : undefined;
      }).source$;
    const service = await startFaultyService({
      plan: { faults: [{ kind: 'stall-reads', at: { sourceMs: 10_000 }, forMs: 1200 }] },
      service: { vad: 'light' },
    });
    const quietService = await startFaultyService({ plan: { faults: [] }, service: { vad: 'light' } });
    cleanups.push(service.close, quietService.close);
    const log = eventLog();
    const predict = (audio$: Observable<PcmChunk>, { connection }: typeof service): Promise<Prediction[]> =>
      lastValueFrom(audio$.pipe(behavioralSignals({ ...connection, events: log.events }), onlyUtterances(), toArray()));
    const undisturbed = await predict(said(), quietService);
    expect(log.gaps()).toEqual([]);
    const disturbed = await predict(said().pipe(pace({ speed: 20 }), bufferLive({ maxMs: 4000, events: log.events })), service);
    expect(service.fired).toHaveLength(1);

    // 1.2 s without reading are 24 s of the source, of which the transport takes about 4 s and the buffer 4.
    const gaps = log.gaps();
    expect(gaps.every(({ reason, stream }) => reason === 'dropped' && stream === 'test')).toBe(true);
    expect(log.drops()).toHaveLength(gaps.length);
    expect(gaps.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0)).toBeGreaterThan(5000);
    const resumedMs = Math.max(...gaps.map(({ endMs }) => endMs)) + 1000;
    const since = (predictions: readonly Prediction[]) => predictions.filter(({ startMs }) => startMs > resumedMs);
    expect(since(undisturbed).length).toBeGreaterThan(2);
    const comparison = comparePredictions(since(undisturbed), since(disturbed), { toleranceMs: 60 });
    expect(comparison).toMatchObject({ missing: [], extra: [], duplicated: [], shifted: [] });
    // What is live has a latency.
    expect(since(disturbed).every(({ latencyMs }) => latencyMs !== undefined)).toBe(true);
  });
});
