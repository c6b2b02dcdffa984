import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RtpEvent } from '../../src/events/index.js';
import { Listener, placed } from '../support/captures.js';
import { bye, rtpPacket, senderReport } from '../support/rtp-packets.js';

const START = 1_700_000_000_000;

/** A sender of 20 ms packets of mu-law, who may be told to change. */
class Sender {
  sequence = 100;
  timestamp = 5000;
  ssrc = 1;
  atMs = START;
  readonly #listener: Listener;

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  speak(packets: number, { late = 0, payload }: { late?: number; payload?: Uint8Array } = {}): void {
    for (let i = 0; i < packets; i += 1) {
      const { sequence, timestamp, ssrc } = this;
      this.#listener.receive(this.atMs + late, rtpPacket({ sequence, timestamp, ssrc, ...(payload && { payload }) }));
      this.sequence += 1;
      this.timestamp += (payload?.length ?? 160) as number;
      this.atMs += (payload?.length ?? 160) / 8;
    }
  }

  /** Says nothing, while its clock runs on. */
  pause(ms: number): void {
    this.atMs += ms;
    this.timestamp += ms * 8;
  }
}

async function setUp(options: Parameters<typeof Listener.open>[0] = { codecs: ['PCMU'] }) {
  const listener = await Listener.open(options);
  return { listener, sender: new Sender(listener) };
}

function sources({ chunks }: Listener) {
  return [...new Set(chunks.map(({ timing }) => timing.source))];
}

function states({ events }: Listener) {
  return events.filter((event): event is RtpEvent => event.type === 'rtp').map(({ state }) => state);
}

describe('a leg in trouble', () => {
  it('silence of the sender is filled as it passes, up to the limit, and the rest is left out', async () => {
    const { listener, sender } = await setUp();
    sender.speak(10);
    sender.pause(60_000);
    sender.speak(10);
    listener.close();
    const silence = listener.chunks
      .filter(({ timing }) => timing.kind === 'silence')
      .reduce((sum, { length }) => sum + length, 0);
    expect(silence / 8).toBe(10_000);
    expect(listener.chunks.at(-10)!.timing.position).toBe(10 * 160 + 60_000 * 8);
    expect(sources(listener)).toHaveLength(1);
    expect(listener.statistics).toMatchObject({ lost: 0, late: 0, silenceMs: 10_000 });
  });

  it('timestamps that stood still while nothing was said: a new epoch where time is, and nothing is dropped for long', async () => {
    const { listener, sender } = await setUp();
    sender.speak(50);
    sender.atMs += 5000;
    sender.speak(50);
    listener.close();
    expect(states(listener)).toEqual(['started', 'changed']);
    expect(listener.statistics).toMatchObject({ lost: 0, epochs: 2, late: 4 });
    const last = listener.chunks.at(-1)!;
    expect((last.timing.position + last.length) / 8).toBeCloseTo(7000, -2);
  });

  it('a burst after the network stalled belongs where its timestamps say', async () => {
    const { listener, sender } = await setUp();
    sender.speak(50);
    const stalledFrom = sender.atMs;
    for (let i = 0; i < 75; i += 1) {
      listener.receive(
        stalledFrom + 1500 + i / 10,
        rtpPacket({ sequence: sender.sequence + i, timestamp: sender.timestamp + i * 160 }),
      );
    }
    sender.sequence += 75;
    sender.pause(1520);
    sender.sequence += 1;
    sender.speak(50);
    listener.close();
    expect(sources(listener)).toHaveLength(1);
    const last = listener.chunks.at(-1)!;
    expect(last.timing.position + last.length).toBe((50 + 76 + 50) * 160);
  });

  it('a way that has become longer costs a few packets, not all of them', async () => {
    const { listener, sender } = await setUp();
    sender.speak(50);
    sender.speak(200, { late: 150 });
    listener.close();
    expect(sources(listener)).toHaveLength(1);
    expect(listener.statistics.late).toBeLessThanOrEqual(12);
  });

  it('sequence numbers that start again are a new epoch, confirmed by three packets, without loss', async () => {
    const { listener, sender } = await setUp();
    sender.speak(20);
    sender.sequence = 40_000;
    sender.timestamp = 3_000_000_000;
    sender.speak(20);
    listener.close();
    expect(states(listener)).toEqual(['started', 'changed']);
    expect(placed(listener.chunks)).toHaveLength(40 * 160);
    expect(listener.statistics).toMatchObject({ received: 40, lost: 0, concealedMs: 0 });
  });

  it('one stray packet of another SSRC, or far away, changes nothing', async () => {
    const { listener, sender } = await setUp();
    for (let i = 0; i < 10; i += 1) {
      sender.speak(5);
      listener.receive(sender.atMs, rtpPacket({ sequence: 60_000 + i * 7, timestamp: 9, ssrc: 99 }));
      listener.receive(sender.atMs, rtpPacket({ sequence: sender.sequence + 20_000, timestamp: 9 }));
    }
    listener.close();
    expect(sources(listener)).toHaveLength(1);
    expect(listener.statistics).toMatchObject({ received: 50, lost: 0, strangers: 10 });
  });

  it('two streams of one sender side by side: the first one stays', async () => {
    const { listener, sender } = await setUp();
    for (let i = 0; i < 50; i += 1) {
      sender.speak(1);
      listener.receive(sender.atMs, rtpPacket({ sequence: i, timestamp: i * 160, ssrc: 2 }));
    }
    listener.close();
    // The other's first packet came before anybody was confirmed.
    expect(listener.statistics).toMatchObject({ received: 50, epochs: 1, strangers: 49 });
  });

  it('packets of any length, changing on the way, lie end to end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 960 }), { minLength: 3, maxLength: 60 }), async (lengths) => {
        const { listener, sender } = await setUp();
        for (const length of lengths) sender.speak(1, { payload: Buffer.alloc(length, 1) });
        listener.close();
        expect(placed(listener.chunks)).toHaveLength(lengths.reduce((sum, length) => sum + length, 0));
        expect(listener.statistics).toMatchObject({ lost: 0, late: 0, concealedMs: 0 });
      }),
      { numRuns: 30 },
    );
  });

  it('BYE ends the leg after what was on its way; of another SSRC or from elsewhere it is ignored', async () => {
    const { listener, sender } = await setUp();
    sender.speak(10);
    listener.receiveRtcp(sender.atMs, bye(7));
    listener.receiveRtcp(sender.atMs, bye(1), '198.51.100.9');
    sender.speak(10);
    listener.receiveRtcp(sender.atMs, bye(1));
    sender.speak(2);
    expect(listener.ended).toBe(false);
    listener.wait(sender.atMs + 300);
    expect(listener.ended).toBe(true);
    expect(listener.chunks.filter(({ timing }) => timing.kind === 'audio')).toHaveLength(22);
  });

  it('time after BYE is no silence of the sender, as time before it is', async () => {
    const { listener, sender } = await setUp();
    sender.speak(10);
    sender.pause(500);
    listener.wait(sender.atMs);
    const silence = () => listener.chunks.filter(({ timing }) => timing.kind === 'silence').length;
    const before = silence();
    expect(before).toBeGreaterThan(10);
    listener.receiveRtcp(sender.atMs, bye(1));
    listener.wait(sender.atMs + 300);
    expect(listener.ended).toBe(true);
    expect(silence()).toBe(before);
  });

  it('says once that nothing comes, and that it goes on', async () => {
    const { listener, sender } = await setUp();
    listener.wait(START);
    listener.wait(START + 29_990);
    expect(listener.events).toEqual([]);
    listener.wait(START + 40_000);
    expect(listener.events).toMatchObject([{ type: 'rtp', state: 'stalled', quietMs: 30_000 }]);
    sender.atMs = START + 40_000;
    sender.speak(3);
    listener.wait(sender.atMs + 20_000);
    expect(states(listener)).toEqual(['stalled', 'started', 'resumed', 'stalled']);
  });

  it('wall time follows sender reports whose clock is sane, and no others', async () => {
    const { listener, sender } = await setUp();
    sender.speak(10);
    listener.wait(sender.atMs + 100);
    const byArrival = listener.chunks.at(-1)!;
    sender.pause(100);
    listener.receiveRtcp(sender.atMs, senderReport(1, sender.atMs - 300, sender.timestamp));
    sender.speak(10);
    listener.wait(sender.atMs + 80);
    const byReport = listener.chunks.filter(({ timing }) => timing.kind === 'audio').at(-1)!;
    listener.receiveRtcp(sender.atMs, senderReport(1, sender.atMs - 3_600_000, sender.timestamp));
    sender.speak(10);
    listener.close();
    const again = listener.chunks.filter(({ timing }) => timing.kind === 'audio').at(-1)!;
    const offset = ({ timing, length }: typeof again) => timing.capturedAtMs! - START - (timing.position + length) / 8;
    expect([byArrival, byReport, again].map((chunk) => Math.round(offset(chunk)))).toEqual([-20, -300, -20]);
  });

  it('tells how fast the sender’s clock runs', async () => {
    const { listener } = await setUp();
    for (let i = 0; i < 60 * 50; i += 1) {
      // 200 ppm fast, with a little jitter.
      listener.receive(START + i * 20 * (1 - 200e-6) + ((i * 7919) % 5), rtpPacket({ sequence: i, timestamp: i * 160 }));
    }
    expect(listener.statistics.driftPpm).toBeCloseTo(200, -1);
    expect(listener.statistics.interarrivalJitterMs).toBeGreaterThan(0.5);
    expect(listener.statistics.late).toBe(0);
  });

  it('payloads that libopus refuses are replaced, and counted', async () => {
    const { listener } = await setUp({ codecs: [{ payloadType: 97, name: 'opus', sampleRate: 16_000 }] });
    for (let i = 0; i < 10; i += 1) {
      // Code 3 with a padding length beyond the packet: valid by its first bytes only.
      const payload = i < 3 ? Buffer.from([0xf8, 0xff, 0xfe]) : Buffer.from([0x4b, 0x41, 0xff, 0xff]);
      listener.receive(START + i * 20, rtpPacket({ payloadType: 97, sequence: i, timestamp: i * 960, payload }));
    }
    listener.close();
    expect(listener.statistics.undecodable).toBe(7);
    expect(placed(listener.chunks).length).toBeGreaterThanOrEqual(10 * 320);
  });

  it('never throws, whatever comes, and memory stays bounded', async () => {
    const random = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .record({
          payloadType: fc.constantFrom(0, 8, 9, 13, 72, 97, 101),
          sequence: fc.integer({ min: 0, max: 65_535 }),
          timestamp: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
          ssrc: fc.integer({ min: 1, max: 3 }),
          payload: fc.uint8Array({ maxLength: 60 }),
        })
        .map(rtpPacket),
      fc.constantFrom(bye(1), senderReport(2, 0, 0), senderReport(1, START, 99)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(random, fc.integer({ min: 0, max: 500 })), { maxLength: 300 }), async (datagrams) => {
        const { listener } = await setUp({
          codecs: ['PCMU', 'PCMA', 'G722', 'CN', { payloadType: 101, name: 'telephone-event' }],
        });
        let now = START;
        for (const [data, ms] of datagrams) {
          now += ms;
          listener.receive(now, data);
          listener.receiveRtcp(now, data);
          expect(listener.receiver.waitingMs).toBeLessThan(4000);
        }
        listener.close();
        let last = { position: 0, source: undefined as unknown };
        for (const { timing, length, data } of listener.chunks) {
          expect(data[0]).toHaveLength(length);
          if (timing.source === last.source) expect(timing.position).toBeGreaterThanOrEqual(last.position);
          last = { position: timing.position + length, source: timing.source };
        }
      }),
      { numRuns: 60 },
    );
  });
});
