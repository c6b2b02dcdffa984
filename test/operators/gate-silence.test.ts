import fc from 'fast-check';
import { concat, from, lastValueFrom, NEVER, of, tap, toArray } from 'rxjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ChunkTiming, sliceChunk } from '../../src/audio/index.js';
import type { GapEvent, GateEvent, StatisticsEvent, StreamEvent } from '../../src/events/index.js';
import { behavioralSignals } from '../../src/operators/behavioral-signals.js';
import { chunk } from '../../src/operators/chunk.js';
import { type GateSilenceOptions, gateSilence } from '../../src/operators/gate-silence.js';
import type { Prediction } from '../../src/predictions/index.js';
import { type LocalService, startLocalService } from '../../src/service/index.js';
import { comparePredictions } from '../../src/testing/index.js';
import { joined, recording, whiteNoise } from '../engine/support/recordings.js';
import { type PcmChunk, pausableSource, pcmChunk } from '../support/audio.js';
import { eventLog } from '../support/decoding.js';
import { loudnessVad } from '../support/loudness-vad.js';
import { unboundedFlow } from '../support/unbounded-flow.js';

const source = { label: 'test' };
const GAP_UNIT_MS = 160;

/** Audio of one source, cut at the given positions. */
function cutAt(samples: Int16Array, sampleRate: number, cuts: readonly number[], timing: Partial<ChunkTiming> = {}): PcmChunk[] {
  const whole = pcmChunk(samples, sampleRate, 0, source, unboundedFlow);
  const edges = [0, ...cuts, samples.length];
  const placed = { ...whole, timing: { ...whole.timing, ...timing } };
  return edges.slice(1).flatMap((to, i) => (to > edges[i]! ? [sliceChunk(placed, edges[i]!, to)] : []));
}

const gated = (input: readonly PcmChunk[], options: GateSilenceOptions) =>
  lastValueFrom(from(input).pipe(gateSilence(options), toArray()), { defaultValue: [] });

/** Runs of samples that went through, as start and end. */
function runs(output: readonly PcmChunk[]): [number, number][] {
  const merged: [number, number][] = [];
  for (const { timing, length } of output) {
    const last = merged.at(-1);
    if (last && last[1] === timing.position) last[1] += length;
    else merged.push([timing.position, timing.position + length]);
  }
  return merged;
}

/** Loud and silent stretches in turn, of the given lengths in units of 10 ms; no two samples near each other are alike. */
function pattern(stretches: readonly number[], sampleRate: number): { samples: Int16Array; loud: [number, number][] } {
  const unit = sampleRate / 100;
  const loud: [number, number][] = [];
  const parts = stretches.map((length, index) => {
    const start = stretches.slice(0, index).reduce((sum, before) => sum + before, 0) * unit;
    if (index % 2 === 1) loud.push([start, start + length * unit]);
    const level = index % 2 === 1 ? 20_000 : 100;
    return Int16Array.from({ length: length * unit }, (_, i) => (i % 16 < 8 ? 1 : -1) * (level + ((start + i) % 97)));
  });
  return { samples: Int16Array.from(parts.flatMap((part) => [...part])), loud };
}

const samplesOf = ({ data }: PcmChunk) => Array.from({ length: data.length / 2 }, (_, i) => data.readInt16LE(2 * i));

describe('gateSilence()', () => {
  it('lets exact slices through at their positions, all speech with its surroundings, whatever the chunking', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(8000, 16_000),
        fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: 100, max: 500 }),
        fc.boolean(),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }),
        fc.boolean(),
        async (sampleRate, stretches, preRollMs, hangoverMs, silence, shares, later) => {
          const { samples, loud } = pattern(stretches, sampleRate);
          const cuts = shares.map((share) => Math.floor(share * samples.length)).sort((a, b) => a - b);
          const { events, seen } = eventLog();
          const options = {
            preRollMs,
            hangoverMs,
            ...(silence && ({ whileGated: 'silence', keepaliveMs: 300 } as const)),
          };
          const output = await gated(cutAt(samples, sampleRate, cuts), { ...options, events, vad: loudnessVad({ later }) });
          for (const piece of output) {
            expect(samplesOf(piece)).toEqual(
              Array.from(samples.subarray(piece.timing.position, piece.timing.position + piece.length)),
            );
          }
          const through = runs(output);
          const perMs = sampleRate / 1000;
          for (const [start, end] of [...loud, [0, 0] as const]) {
            const from = Math.max(0, start - Math.round(preRollMs * perMs));
            const to = Math.min(samples.length, end + Math.round(hangoverMs * perMs));
            expect(through.some(([first, last]) => first <= from && last >= to)).toBe(true);
          }
          // Gaps are whole units, and what follows one says so.
          for (const [i, [start]] of through.entries()) {
            const first = output.find(({ timing }) => timing.position === start)!;
            expect(first.timing.skipped).toBe(i === 0 ? undefined : 'gated');
            if (i > 0) expect((start - through[i - 1]![1]) % (GAP_UNIT_MS * perMs)).toBe(0);
          }
          expect(output.filter(({ timing }) => timing.skipped).length).toBe(through.length - 1);
          // What isn't near speech is left out.
          const needed =
            loud.reduce((sum, [start, end]) => sum + end - start, 0) + (loud.length + 1) * (preRollMs + hangoverMs) * perMs;
          const most = needed + (loud.length + 2) * 2 * GAP_UNIT_MS * perMs + (silence ? samples.length * 0.1 : 0);
          const sent = output.reduce((sum, { length }) => sum + length, 0);
          expect(sent).toBeLessThanOrEqual(most);

          const gates = seen.filter((event): event is GateEvent => event.type === 'gate');
          const last = gates.at(-1)!;
          expect(last).toMatchObject({ state: 'ended', stream: 'test' });
          expect(last.sentMs).toBeCloseTo(sent / perMs, 6);
          expect(last.sentMs + last.savedMs).toBeCloseTo(samples.length / perMs, 6);
          expect(gates.slice(0, -1).map(({ state }) => state)).toEqual(
            gates.slice(0, -1).map((_, i) => (i % 2 === 0 ? 'opened' : 'closed')),
          );

          const whole = eventLog();
          const reference = await gated(cutAt(samples, sampleRate, []), { ...options, events: whole.events, vad: loudnessVad() });
          expect(runs(reference)).toEqual(through);
          expect(whole.seen.map((event) => ({ ...event, sentMs: 0, savedMs: 0 }))).toEqual(
            seen.map((event) => ({ ...event, sentMs: 0, savedMs: 0 })),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it('keeps the capture times of live audio', async () => {
    const { samples } = pattern([100, 50, 200, 50], 8000);
    const endMs = 1_700_000_000_000;
    const input = cutAt(samples, 8000, [3000, 9000, 9100, 20_000], { capturedAtMs: endMs });
    const output = await gated(input, { preRollMs: 100, hangoverMs: 200, vad: loudnessVad() });
    expect(runs(output).length).toBeGreaterThan(2);
    for (const { timing, length } of output) {
      expect(timing.capturedAtMs).toBeCloseTo(endMs - (samples.length - timing.position - length) / 8, 3);
    }
  });

  it('lets speech through with the chunk in which it is detected, and holds back no more than that', async () => {
    const { samples, loud } = pattern([300, 30], 16_000);
    const packets = cutAt(
      samples,
      16_000,
      Array.from({ length: 164 }, (_, i) => (i + 1) * 320),
    );
    let given = 0;
    const { source$ } = pausableSource<PcmChunk>((index) => {
      given = index;
      return packets[index];
    });
    const waited: number[] = [];
    const gated$ = source$.pipe(gateSilence({ preRollMs: 200, hangoverMs: 200, vad: loudnessVad() }));
    await lastValueFrom(
      gated$.pipe(
        tap(({ timing }) => {
          if (timing.position >= loud[0]![0]) waited.push(given - timing.position / 320);
        }),
      ),
    );
    // In packets; a promise settles between two of them.
    expect(waited).toHaveLength(15);
    expect(Math.max(...waited)).toBe(0);
  });

  it('ends and begins anew at a jump, at another rate and with another source', async () => {
    const silence = (seconds: number, rate: number) => new Int16Array(seconds * rate).fill(100);
    const other = { label: 'other' };
    const input = [
      pcmChunk(silence(3, 8000), 8000, 0, source, unboundedFlow),
      pcmChunk(silence(2, 8000), 8000, 40_000, source, unboundedFlow),
      pcmChunk(silence(2, 16_000), 16_000, 200_000, source, unboundedFlow),
      pcmChunk(silence(2, 16_000), 16_000, 0, other, unboundedFlow),
    ].map((piece, i) => (i === 1 ? { ...piece, timing: { ...piece.timing, skipped: 'dropped' as const } } : piece));
    const vad = loudnessVad();
    const { events, seen } = eventLog();
    const output = await gated(input, { preRollMs: 200, hangoverMs: 400, vad, events });
    const placed = output.map(({ timing, length, format }) => [
      timing.source.label,
      format.sampleRate,
      timing.position / format.sampleRate,
      (timing.position + length) / format.sampleRate,
      timing.skipped,
    ]);
    // The beginning and the end of each run are let through, and each gap has its own reason.
    expect(placed).toEqual([
      ['test', 8000, 0, 0.4, undefined],
      ['test', 8000, 2.64, 3, 'gated'],
      ['test', 8000, 5, 5.4, 'dropped'],
      ['test', 8000, 6.68, 7, 'gated'],
      ['test', 16_000, 12.5, 12.9, undefined],
      ['test', 16_000, 14.18, 14.5, 'gated'],
      ['other', 16_000, 0, 0.4, undefined],
      ['other', 16_000, 1.68, 2, 'gated'],
    ]);
    expect(vad.openStreams).toBe(0);
    expect(seen.at(-1)).toMatchObject({ type: 'gate', state: 'ended', stream: 'other', atMs: 2000 });
  });

  it('lets everything through, and says so, when the detector fails or can not be loaded', async () => {
    const { samples } = pattern([200, 20, 200], 8000);
    const input = cutAt(samples, 8000, [4000, 8000, 12_000, 16_000, 20_000, 24_000, 28_000]);
    let verdicts = 0;
    const fails = () => {
      verdicts += 1;
      if (verdicts > 150) throw new Error('out of memory');
    };
    for (const later of [false, true]) {
      verdicts = 0;
      const vad = loudnessVad({ later, before: fails });
      const { events, diagnostics } = eventLog();
      const output = await gated(input, { preRollMs: 100, hangoverMs: 200, vad, events });
      const [, [, openedForGood] = [0, 0], ...more] = runs(output);
      expect(more).toEqual([]);
      expect(openedForGood).toBe(samples.length);
      // 1.5 s were judged: from the pre-roll before that on, nothing is missing.
      expect(runs(output)[1]![0]).toBeLessThanOrEqual(1.4 * 8000);
      expect(diagnostics()).toEqual([
        expect.objectContaining({ code: 'VAD_FAILED', message: expect.stringContaining('out of memory'), stream: 'test' }),
      ]);
      expect(vad.openStreams).toBe(0);
    }
    const { events, codes } = eventLog();
    const missing = () => Promise.reject(new Error('not installed'));
    expect(runs(await gated(input, { vad: missing, events }))).toEqual([[0, samples.length]]);
    expect(codes()).toEqual(['VAD_FAILED']);
  });

  it('decides by every verdict that came before a failure of the detector, whatever the chunking', async () => {
    const { samples } = pattern([200, 20, 200], 8000);
    const output = async (cuts: readonly number[]) => {
      let verdicts = 0;
      const before = () => {
        verdicts += 1;
        if (verdicts > 150) throw new Error('out of memory');
      };
      const { events, codes } = eventLog();
      const options = { preRollMs: 100, hangoverMs: 200, vad: loudnessVad({ before }), events };
      const through = runs(await gated(cutAt(samples, 8000, cuts), options));
      expect(codes()).toEqual(['VAD_FAILED']);
      return through;
    };
    const whole = await output([]);
    expect(whole).toHaveLength(2);
    expect(whole[1]![0]).toBeGreaterThan(0.2 * 8000);
    expect(await output([12_345])).toEqual(whole);
    expect(await output(Array.from({ length: 160 }, (_, i) => 160 * i))).toEqual(whole);
  });

  it('loads a detector once, closes what it loaded and nothing else, also when it is unsubscribed in the middle', async () => {
    const { samples } = pattern([50, 50], 8000);
    const loaded = loudnessVad({ later: true });
    await gated(
      [
        ...cutAt(samples, 8000, []),
        ...cutAt(samples, 8000, []).map((piece) => ({ ...piece, timing: { source: { label: 'b' }, position: 0 } })),
      ],
      {
        vad: async () => loaded,
      },
    );
    expect(loaded).toMatchObject({ openStreams: 0, closed: 1 });
    const given = loudnessVad({ later: true });
    const subscription = concat(from(cutAt(samples, 8000, [100, 2000])), NEVER)
      .pipe(gateSilence({ vad: given }))
      .subscribe(() => subscription.unsubscribe());
    await expect.poll(() => given.openStreams).toBe(0);
    expect(given.closed).toBe(0);
  });

  it('refuses options out of range or at odds, and anything but mono 16-bit audio', async () => {
    const of1 = (options: object) => () => gateSilence(options as GateSilenceOptions);
    expect(of1({ preRollMs: -1 })).toThrow('gateSilence({ preRollMs })');
    expect(of1({ preRollMs: 6000 })).toThrow('gateSilence({ preRollMs })');
    expect(of1({ hangoverMs: 0 })).toThrow('gateSilence({ hangoverMs })');
    expect(of1({ threshold: 0 })).toThrow('gateSilence({ threshold })');
    expect(of1({ vad: 'silero' })).toThrow(/must be "light", a Vad, or a function/);
    expect(of1({ vad: null })).toThrow('gateSilence({ vad })');
    expect(of1({ whileGated: 'music' })).toThrow('gateSilence({ whileGated })');
    expect(of1({ keepaliveMs: 1000 })).toThrow('needs whileGated');
    expect(of1({ whileGated: 'silence', keepaliveMs: 10 })).toThrow('gateSilence({ keepaliveMs })');
    const stereo = { ...cutAt(new Int16Array(100), 8000, [])[0]!, format: { encoding: 's16le', channels: 2, sampleRate: 8000 } };
    await expect(lastValueFrom(of(stereo as unknown as PcmChunk).pipe(gateSilence()))).rejects.toMatchObject({
      code: 'FORMAT_MISMATCH',
    });
  });
});

describe('gateSilence() before a session', () => {
  let service: LocalService;
  beforeAll(async () => {
    service = await startLocalService({ vad: 'light' });
    return () => service.close();
  });

  /** A call of 100 s in which somebody speaks seven times, with pauses of 9 s on a quiet line between. */
  function longPauses() {
    const parts = [recording('call/humans_mulaw_8k.wav', 0), recording('call/support_mulaw_8k.wav', 0)].map(
      ({ samples }) => samples,
    );
    const call = joined([...parts, ...parts], 9 * 8000);
    const line = whiteNoise(call.length, 12);
    return { samples: call.map((sample, i) => sample + line[i]!), sampleRate: 8000 };
  }

  async function stream(options?: GateSilenceOptions) {
    const { samples, sampleRate } = longPauses();
    const cuts = Array.from({ length: Math.floor(samples.length / 320) }, (_, i) => (i + 1) * 320);
    const events: StreamEvent[] = [];
    const next = (event: StreamEvent) => void events.push(event);
    const audio$ = from(cutAt(samples, sampleRate, cuts));
    const predictions: Prediction[] = await lastValueFrom(
      (options ? audio$.pipe(gateSilence({ ...options, events: { next } })) : audio$).pipe(
        chunk(250),
        behavioralSignals({ ...service.connection, events: { next } }),
        toArray(),
      ),
    );
    return { predictions, events, totalMs: samples.length / 8 };
  }

  it.each([
    ['nothing', {}],
    ['silence', { whileGated: 'silence', keepaliveMs: 2000 }],
  ] as const)('gets the same utterances at the same times for half the audio, sending %s meanwhile', async (_, options) => {
    const [all, some] = [await stream(), await stream(options)];
    expect(all.predictions.filter(({ level }) => level === 'utterance').length).toBeGreaterThanOrEqual(12);
    const { missing, extra, duplicated, shifted } = comparePredictions(all.predictions, some.predictions, {
      level: 'utterance',
      tasks: false,
      toleranceMs: 50,
    });
    expect({ missing, extra, duplicated, shifted }).toEqual({ missing: [], extra: [], duplicated: [], shifted: [] });

    const statistics = some.events.find((event): event is StatisticsEvent => event.type === 'statistics')!;
    const ended = some.events.findLast((event): event is GateEvent => event.type === 'gate')!;
    expect(statistics.sentMs).toBeCloseTo(ended.sentMs, 3);
    expect(statistics.sentMs).toBeLessThan(all.totalMs * 0.6);
    // The session hears of all that was saved.
    const gaps = some.events.filter((event): event is GapEvent => event.type === 'gap');
    expect(new Set(gaps.map(({ reason }) => reason))).toEqual(new Set(['gated']));
    expect(gaps.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0)).toBeCloseTo(ended.savedMs, 3);
  });
});
