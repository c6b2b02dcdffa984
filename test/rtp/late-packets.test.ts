import { describe, expect, it } from 'vitest';
import { Listener } from '../support/captures.js';
import { rtpPacket } from '../support/rtp-packets.js';

const START = 1_700_000_000_000;

/** Packets of 20 ms that come at once every so many, as from a sender that reads its recording in large pieces. */
async function hear(packets: number, atATime: number, targetMs: number) {
  const listener = await Listener.open({ codecs: ['PCMU'], jitter: { targetMs, maxMs: 500, maxSilenceMs: 10_000 } });
  for (let i = 0; i < packets; i += 1) {
    const burst = Math.floor(i / atATime) * atATime;
    listener.receive(START + burst * 20, rtpPacket({ sequence: i, timestamp: i * 160 }));
  }
  listener.close();
  const told = listener.events.filter(({ type }) => type === 'diagnostic');
  return { late: listener.statistics.late, told };
}

describe('packets that keep coming too late', () => {
  it('are told of once, with how late they came and what to change', async () => {
    const { late, told } = await hear(400, 14, 80);
    expect(late).toBeGreaterThan(50);
    const message = expect.stringMatching(/^leg: 13 of \d+ packets came up to 260 ms behind .* jitter\.targetMs is 80 ms/);
    expect(told).toEqual([expect.objectContaining({ code: 'LATE_PACKETS', stream: 'leg', message })]);
  });

  it('are in time with the wait that the message asks for', async () => {
    expect(await hear(400, 14, 260)).toEqual({ late: 0, told: [] });
  });

  it('are not told of when they are few', async () => {
    const { late, told } = await hear(28, 14, 80);
    expect(late).toBeGreaterThan(0);
    expect(told).toEqual([]);
  });
});
