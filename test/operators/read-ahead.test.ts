import { readFileSync } from 'node:fs';
import path from 'node:path';
import { connect, identity, merge, type OperatorFunction, tap } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { StatisticsEvent, StreamEvent } from '../../src/events/index.js';
import { behavioralSignals } from '../../src/operators/behavioral-signals.js';
import { chunk } from '../../src/operators/chunk.js';
import { decode } from '../../src/operators/decode.js';
import { resample } from '../../src/operators/resample.js';
import { toPcm16le } from '../../src/operators/to-pcm16le.js';
import { fromReadable } from '../../src/sources/from-readable.js';
import { type PcmChunk, pcmSource } from '../support/audio.js';
import { startScriptedServer } from '../support/scripted-server.js';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A server that takes the stream and then reads nothing. */
async function deafServer() {
  const server = await startScriptedServer((call) => {
    call.pause();
    call.on('error', () => {});
  });
  cleanups.push(server.stop);
  return server.connection;
}

const fixture = (name: string) => readFileSync(path.join(import.meta.dirname, '../fixtures', name));

/** Two hours of a recording, a copy at a time. */
function* twoHoursOf(file: string, seconds: number): Generator<Buffer> {
  const bytes = fixture(file);
  for (let at = 0; at < 7200; at += seconds) yield bytes;
}

/** Two hours of 48 kHz stereo, a megabyte at a time. */
function* twoHoursOfWav(): Generator<Buffer> {
  const header = Buffer.from(fixture('formats/pcm_s16le.wav').subarray(0, 44));
  header.writeUInt16LE(2, 22);
  header.writeUInt32LE(48_000, 24);
  header.writeUInt32LE(192_000, 28);
  header.writeUInt16LE(4, 32);
  header.writeUInt32LE(0xffffffff, 40);
  yield header;
  for (let at = 0; at < 7200 * 192_000; at += 1 << 20) yield Buffer.alloc(1 << 20, 1);
}

/** Waits until a count has not moved for many turns of the event loop: everything that can move has. */
async function settled(count: () => number): Promise<void> {
  for (let before = -1; before !== count(); ) {
    before = count();
    for (let turn = 0; turn < 500; turn += 1) await new Promise(setImmediate);
  }
}

describe('a server that reads slowly', () => {
  it.each<[string, () => Iterable<Buffer>, number | undefined]>([
    ['WAV in chunks of 5 ms', twoHoursOfWav, 5],
    ['WAV in chunks of 250 ms', twoHoursOfWav, 250],
    ['WAV in chunks of 1000 ms', twoHoursOfWav, 1000],
    ['WAV without chunk()', twoHoursOfWav, undefined],
    ['MP3 in chunks of 250 ms', () => twoHoursOf('call/support.mp3', 14.1), 250],
    ['MP3 in chunks of 1000 ms', () => twoHoursOf('call/support.mp3', 14.1), 1000],
  ])('keeps at most 2 s of two hours ahead of its write-callbacks: %s', async (_, bytes, chunkMs) => {
    const connection = await deafServer();
    const events: StreamEvent[] = [];
    let decodedMs = 0;
    const cut = (chunkMs === undefined ? identity : chunk(chunkMs)) as OperatorFunction<PcmChunk, PcmChunk>;
    const subscription = fromReadable(bytes)
      .pipe(
        decode({ events: {} }),
        tap(({ length, format }) => {
          decodedMs += (length / format.sampleRate) * 1000;
        }),
        resample(16_000),
        toPcm16le({ events: { next: () => {} } }),
        cut,
        behavioralSignals({ ...connection, events: { next: (event) => events.push(event) } }),
      )
      .subscribe();
    await expect.poll(() => decodedMs).toBeGreaterThan(1000);
    await settled(() => decodedMs);
    const aheadMs = decodedMs;
    subscription.unsubscribe();
    const { sentMs, peakInFlightMs } = events.find((event): event is StatisticsEvent => event.type === 'statistics')!;
    expect(aheadMs - sentMs + peakInFlightMs).toBeLessThanOrEqual(2000);
    expect(aheadMs).toBeLessThan(600_000);
  });
});

describe('two sinks on one source', () => {
  it('both get everything through connect(), paced by the slower one', async () => {
    const connection = await deafServer();
    const { source$, probe } = pcmSource(3_600_000, 100);
    let fast = 0;
    const subscription = source$
      .pipe(
        connect((audio$) =>
          merge(
            audio$.pipe(
              tap(() => {
                fast += 1;
              }),
            ),
            audio$.pipe(behavioralSignals(connection)),
          ),
        ),
      )
      .subscribe();
    await expect.poll(() => probe.holds).toBeGreaterThan(0);
    await settled(() => probe.emitted);
    expect(fast).toBe(probe.emitted);
    expect(fast).toBeLessThan(6000);
    subscription.unsubscribe();
    expect(probe).toMatchObject({ holds: 0, unsubscribed: 1 });
  });
});
