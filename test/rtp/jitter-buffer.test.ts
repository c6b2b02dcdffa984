import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BufferedPacket, JitterBuffer } from '../../src/rtp/jitter-buffer.js';
import type { RtpCodec } from '../../src/rtp/rtp-codec.js';

const CODEC: RtpCodec = { payloadType: 0, name: 'PCMU', clockRate: 8000, channels: 1 };
const SETTINGS = { clockRate: 8000, targetMs: 80, maxMs: 500, maxSilenceMs: 10_000 };
const PACKET = 160;

type Out = { kind: 'audio' | 'concealed' | 'silence'; start: number; end: number; sequence?: number };

function setUp(settings = SETTINGS) {
  const out: Out[] = [];
  const buffer = new JitterBuffer(settings, {
    packet: ({ sequence, timestamp, duration }, skip) => {
      if (duration > 0) out.push({ kind: 'audio', start: timestamp + skip, end: timestamp + duration, sequence });
    },
    fill: (kind, timestamp, ticks) => out.push({ kind, start: timestamp, end: timestamp + ticks }),
  });
  const receive = (sequence: number, arrivalMs: number, timestamp = sequence * PACKET, extra: Partial<BufferedPacket> = {}) => {
    buffer.clock.observe(timestamp / 8, arrivalMs);
    const payload = new Uint8Array(PACKET);
    return buffer.insert({ sequence, timestamp, duration: PACKET, codec: CODEC, payload, arrivalMs, ...extra });
  };
  return { buffer, out, receive };
}

describe('JitterBuffer', () => {
  it('lets a packet go when the target delay has passed since it came', () => {
    const { buffer, out, receive } = setUp();
    receive(0, 1000);
    buffer.drain(1079);
    expect(out).toEqual([]);
    buffer.drain(1080);
    expect(out).toEqual([{ kind: 'audio', start: 0, end: 160, sequence: 0 }]);
  });

  it('replaces what was lost when the packet after it is due, and refuses it when it comes after all', () => {
    const { buffer, out, receive } = setUp();
    receive(0, 0);
    receive(2, 40);
    buffer.drain(119);
    expect(out).toHaveLength(1);
    buffer.drain(120);
    expect(out.slice(1)).toMatchObject([
      { kind: 'concealed', start: 160, end: 320 },
      { kind: 'audio', start: 320 },
    ]);
    expect(receive(1, 121)).toBe(false);
  });

  it.each([1, 2])('keeps the order, and fills nothing twice, when who is given output %i asks for all that waits', (count) => {
    const out: Out[] = [];
    const flush = () => {
      if (out.length === count) buffer.flush();
    };
    const buffer = new JitterBuffer(SETTINGS, {
      packet: ({ sequence, timestamp, duration }) => {
        out.push({ kind: 'audio', start: timestamp, end: timestamp + duration, sequence });
        flush();
      },
      fill: (kind, timestamp, ticks) => {
        out.push({ kind, start: timestamp, end: timestamp + ticks });
        flush();
      },
    });
    for (const sequence of [0, 2, 3, 5]) {
      buffer.clock.observe(0, 0);
      const payload = new Uint8Array(PACKET);
      buffer.insert({ sequence, timestamp: sequence * PACKET, duration: PACKET, codec: CODEC, payload, arrivalMs: 0 });
    }
    buffer.drain(80 + 50);
    expect(out.map(({ kind, start, sequence }) => [kind, start / PACKET, sequence])).toEqual([
      ['audio', 0, 0],
      ['concealed', 1, undefined],
      ['audio', 2, 2],
      ['audio', 3, 3],
      ['concealed', 4, undefined],
      ['audio', 5, 5],
    ]);
  });

  it('takes a gap without missing numbers for silence', () => {
    const { buffer, out, receive } = setUp();
    receive(0, 0, 0);
    receive(1, 100, 800);
    buffer.drain(200);
    expect(out).toMatchObject([{ kind: 'audio' }, { kind: 'silence', start: 160, end: 800 }, { kind: 'audio', start: 800 }]);
  });

  it('fills silence as time passes, up to its limit, and then leaves time out', () => {
    const { buffer, out, receive } = setUp({ ...SETTINGS, maxSilenceMs: 1000 });
    receive(0, 0, 0);
    for (let now = 0; now <= 5000; now += 10) buffer.drain(now);
    expect(out.at(-1)!.end).toBe(160 + 8000);
    receive(1, 5000, 40_000);
    buffer.drain(5080);
    expect(out.at(-1)).toMatchObject({ kind: 'audio', start: 40_000 });
    expect(out.filter(({ kind }) => kind === 'silence').reduce((sum, { start, end }) => sum + end - start, 0)).toBe(8000);
  });

  it('one trigger inserts silence: what time has filled, a timestamp does not fill again', () => {
    const { buffer, out, receive } = setUp();
    receive(0, 0, 0);
    for (let now = 0; now <= 1000; now += 10) buffer.drain(now);
    receive(1, 1000, 8000);
    for (let now = 1000; now <= 1200; now += 10) buffer.drain(now);
    expectNoOverlap(out);
    expect(out.at(-1)).toMatchObject({ kind: 'audio', start: 8000 });
    expect(out.reduce((sum, { start, end }) => sum + end - start, 0)).toBe(8160);
  });

  it('lets a burst go on at once when it is longer than may wait', () => {
    const { buffer, out, receive } = setUp();
    for (let sequence = 0; sequence < 100; sequence += 1) receive(sequence, 0);
    buffer.drain(0);
    expect(buffer.waitingMs).toBeLessThanOrEqual(500);
    expect(out.every(({ kind }) => kind === 'audio')).toBe(true);
  });

  it('under loss, delay, duplication, reordering and wraps: in order, at exact times, within bounds', () => {
    const fates = fc.array(
      fc.record({
        isLost: fc.boolean(),
        delayMs: fc.integer({ min: 0, max: 300 }),
        pauseMs: fc.constantFrom(0, 0, 0, 0, 0, 60, 400),
      }),
      { minLength: 2, maxLength: 120 },
    );
    fc.assert(
      fc.property(
        fates,
        fc.integer({ min: 0, max: 2 ** 34 }),
        fc.integer({ min: 0, max: 70_000 }),
        (plan, startTime, startSequence) => {
          const { buffer, out, receive } = setUp();
          const arrivals: { atMs: number; sequence: number; timestamp: number }[] = [];
          let timestamp = startTime;
          for (const [index, { isLost, delayMs, pauseMs }] of plan.entries()) {
            timestamp += PACKET + pauseMs * 8;
            // The first one is never lost or late: it sets the clock.
            if (isLost && index > 0) continue;
            arrivals.push({
              atMs: (timestamp - startTime) / 8 + (index === 0 ? 0 : delayMs),
              sequence: startSequence + index,
              timestamp,
            });
          }
          arrivals.sort((a, b) => a.atMs - b.atMs);
          const accepted = new Set<number>();
          let now = 0;
          let hasCome = false;
          const wait = (untilMs: number) => {
            for (; now < untilMs; now += 10) {
              // Who relies on dueMs calls drain() as soon as something has come.
              const { dueMs } = buffer;
              const isIdle = !hasCome && now < dueMs;
              const before = out.length;
              buffer.drain(now);
              if (isIdle && out.length > before) throw new Error(`something was due before ${dueMs}`);
              hasCome = false;
            }
          };
          for (const { atMs, sequence, timestamp: at } of arrivals) {
            wait(atMs);
            hasCome = true;
            if (receive(sequence, atMs, at)) accepted.add(sequence);
            expect(buffer.length).toBeLessThanOrEqual(512);
          }
          wait(now + 700);
          buffer.flush();
          expect(out.flatMap(({ sequence }) => sequence ?? [])).toEqual([...accepted].sort((a, b) => a - b));
          expectNoOverlap(out);
          for (const { kind, start, sequence } of out) {
            if (kind === 'audio') expect(start).toBe(arrivals.find((packet) => packet.sequence === sequence)!.timestamp);
          }
          // Nothing is missing between the first and the last sample: pauses are shorter than what is filled.
          expect(out.reduce((sum, { start, end }) => sum + end - start, 0)).toBe(out.at(-1)!.end - out[0]!.start);
        },
      ),
      { numRuns: 300 },
    );
  });
});

function expectNoOverlap(out: Out[]): void {
  for (const [index, { start, end }] of out.entries()) {
    expect(end).toBeGreaterThan(start);
    if (index > 0) expect(start).toBeGreaterThanOrEqual(out[index - 1]!.end);
  }
}
