import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Listener } from '../support/captures.js';
import { bye, rtpPacket } from '../support/rtp-packets.js';

const START = 1_700_000_000_000;

/** What may befall a packet on its way, or the sender before it. */
interface Fate {
  isLost: boolean;
  delayMs: number;
  pauseMs: number;
  /** Whether another sender goes on from the same address. */
  isOther: boolean;
}

const fate: fc.Arbitrary<Fate> = fc.record({
  isLost: fc.boolean(),
  delayMs: fc.integer({ min: 0, max: 200 }),
  pauseMs: fc.constantFrom(0, 0, 0, 0, 0, 0, 60, 400, 3000),
  isOther: fc.constantFrom(false, false, false, false, true),
});

async function hear(fates: readonly Fate[], saysBye: boolean, onlyWhenDue: boolean) {
  const listener = await Listener.open({ codecs: ['PCMU'], stall: { firstMs: 500, laterMs: 1000 } });
  listener.onlyWhenDue = onlyWhenDue;
  const sent: { atMs: number; data: Uint8Array }[] = [];
  let mediaMs = 0;
  let ssrc = 1;
  fates.forEach(({ isLost, delayMs, pauseMs, isOther }, sequence) => {
    mediaMs += pauseMs;
    if (isOther) ssrc += 1;
    if (!isLost) sent.push({ atMs: START + mediaMs + delayMs, data: rtpPacket({ sequence, timestamp: mediaMs * 8, ssrc }) });
    mediaMs += 20;
  });
  listener.wait(START - 700);
  for (const { atMs, data } of sent.sort((a, b) => a.atMs - b.atMs)) listener.receive(atMs, data);
  if (saysBye) listener.receiveRtcp(START + mediaMs + 250, bye(ssrc));
  listener.wait(START + mediaMs + 2500);
  const { advanced } = listener;
  listener.close();
  const { chunks, events, statistics, ended } = listener;
  return { heard: { chunks, events, statistics, ended }, advanced };
}

describe('RtpReceiver.dueMs', () => {
  it('names every moment at which there is something to do: who tells the time only then hears the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fate, { minLength: 1, maxLength: 60 }), fc.boolean(), async (fates, saysBye) => {
        const always = await hear(fates, saysBye, false);
        const whenDue = await hear(fates, saysBye, true);
        expect(whenDue.heard).toEqual(always.heard);
      }),
      { numRuns: 80 },
    );
  });

  it('is at once when more waits than may', async () => {
    const listener = await Listener.open({ codecs: ['PCMU'], jitter: { targetMs: 90, maxMs: 90, maxSilenceMs: 1000 } });
    listener.receiver.advance(START - 10);
    const due: boolean[] = [];
    for (let sequence = 0; sequence < 8; sequence += 1) {
      const nowMs = START + sequence * 20;
      listener.receiver.receive(rtpPacket({ sequence, timestamp: sequence * 160 }), nowMs, '192.0.2.1', 5004);
      due.push(listener.receiver.dueMs <= nowMs);
      listener.receiver.advance(nowMs);
    }
    // With the fifth, 100 ms wait, and from then on with each.
    expect(due).toEqual([false, false, false, false, true, true, true, true]);
    expect(listener.chunks.length).toBe(4);
    listener.close();
  });

  it('is about once a packet', async () => {
    const steady = Array.from({ length: 200 }, () => ({ isLost: false, delayMs: 3, pauseMs: 0, isOther: false }));
    const { advanced, heard } = await hear(steady, false, true);
    expect(heard.statistics).toMatchObject({ received: 200, late: 0 });
    expect(advanced).toBeLessThan(400);
  });
});
