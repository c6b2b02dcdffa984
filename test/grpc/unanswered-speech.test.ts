import { lastValueFrom, toArray } from 'rxjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../src/events/index.js';
import type { StreamingOptions } from '../../src/grpc/index.js';
import { behavioralSignals } from '../../src/operators/behavioral-signals.js';
import { pace } from '../../src/operators/pace.js';
import type { Prediction } from '../../src/predictions/index.js';
import { startLocalService } from '../../src/service/index.js';
import { type Fault, type FaultyService, startFaultyService } from '../../src/testing/index.js';
import { recording } from '../engine/support/recordings.js';
import { type PcmChunk, pausableSource, pcmChunk } from '../support/audio.js';
import { sound } from '../support/sounds.js';

const RATE = 8000;
/** 50 s in which one of two people speaks six times. */
const turns = recording('call/humans_mulaw_8k.wav', 1).samples;
const speech = Int16Array.from([...turns, ...turns]);

let service: FaultyService | undefined;
afterEach(() => service?.close());

async function listen(pcm: Int16Array, faults: readonly Fault[], options: StreamingOptions = {}, speed = 2) {
  service = await startFaultyService({
    plan: { faults },
    service: { vad: 'light' },
    recording: { samples: pcm, sampleRate: RATE },
  });
  const events: StreamEvent[] = [];
  const { source$ } = pausableSource<PcmChunk>((index, flow, source) => {
    const from = index * 800;
    return from < pcm.length ? pcmChunk(pcm.subarray(from, from + 800), RATE, from, source, flow) : undefined;
  });
  const predictions = await lastValueFrom(
    source$.pipe(
      pace({ speed }),
      behavioralSignals({
        ...service.connection,
        responseTimeoutMs: 1500,
        drainTimeoutMs: 10_000,
        reconnect: { initialDelayMs: 1, maxDelayMs: 5 },
        events: { next: (event) => events.push(event) },
        ...options,
      }),
      toArray(),
    ),
  );
  return {
    predictions,
    causes: events.flatMap((event) => (event.type === 'session' && event.state === 'reconnecting' ? [event.cause] : [])),
    diagnostics: events.flatMap((event) => (event.type === 'diagnostic' ? [event.code] : [])),
  };
}

const starts = (predictions: readonly Prediction[]) =>
  predictions.filter(({ level }) => level === 'utterance').map(({ startMs }) => Math.round(startMs / 500));

describe('a session', () => {
  let expected: Prediction[];
  beforeAll(async () => {
    await using local = await startLocalService({ vad: 'light' });
    const { source$ } = pausableSource<PcmChunk>((index, flow, source) => {
      const from = index * 800;
      return from < speech.length ? pcmChunk(speech.subarray(from, from + 800), RATE, from, source, flow) : undefined;
    });
    expected = await lastValueFrom(source$.pipe(behavioralSignals(local.connection), toArray()));
    expect(starts(expected).length).toBeGreaterThanOrEqual(6);
  });

  it('notices that answers stay out, and has every utterance once from another call', async () => {
    const { predictions, causes, diagnostics } = await listen(speech, [{ kind: 'stall-writes', at: { sourceMs: 10_500 } }]);
    expect(causes).toEqual(['UNANSWERED']);
    expect(diagnostics).toEqual([]);
    expect(starts(predictions)).toEqual(starts(expected));
  }, 60_000);

  it('leaves a service alone that hears music and noise for minutes', async () => {
    const music = sound('chords with drums', 60, RATE);
    const noise = sound('white noise', 30, RATE);
    const quiet = Int16Array.from([...music, ...noise, ...sound('line hum', 60, RATE)]);
    const { causes, diagnostics } = await listen(quiet, [], {}, 20);
    expect([causes, diagnostics]).toEqual([[], []]);
  }, 60_000);
});
