import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { identity, lastValueFrom, map, tap, toArray } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Release } from '../../src/flow/index.js';
import { chunk } from '../../src/operators/chunk.js';
import { resample } from '../../src/operators/resample.js';
import { toPcm16le } from '../../src/operators/to-pcm16le.js';
import { bindRtp, type RtpBinding } from '../../src/telephony/index.js';
import { bye, rtpPacket } from '../support/rtp-packets.js';

const PACKETS = 40;
const opened: { close(): unknown }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map(async (one) => one.close()));
});

/** What a leg says: 20 ms of mu-law that no other packet of any leg has. */
function said(leg: number, sequence: number): Uint8Array {
  return Uint8Array.from({ length: 160 }, (_, i) => (i * (leg + 3) + sequence * 17 + leg * 101) & 0xff);
}

/** Sends the packets of all legs in turns, as one burst, then BYE. */
async function speak(legs: readonly RtpBinding[]): Promise<void> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  opened.push(socket);
  const send = (data: Uint8Array, port: number) =>
    new Promise<void>((resolve, reject) => {
      socket.send(data, port, '127.0.0.1', (error) => (error ? reject(error) : resolve()));
    });
  for (let sequence = 0; sequence < PACKETS; sequence += 1) {
    for (const [leg, { port }] of legs.entries()) {
      await send(rtpPacket({ sequence, timestamp: sequence * 160, ssrc: leg + 1, payload: said(leg, sequence) }), port);
    }
  }
  for (const [leg, { port }] of legs.entries()) await send(bye(leg + 1), port);
}

/**
 * @param isStranger Whether something stands between the leg and what follows, which then can't borrow.
 * @param chunkMs Chunks of this duration, for which the leg gathers packets.
 */
async function heard(isStranger: boolean, chunkMs?: number): Promise<string[]> {
  const legs: RtpBinding[] = [];
  for (let i = 0; i < 3; i += 1) legs.push(await bindRtp({ codecs: ['PCMU'], rtcp: 'mux' }));
  opened.push(...legs);
  const recordings = legs.map(({ source }, index) => {
    const input = isStranger ? source.pipe(map((chunk) => chunk)) : source;
    let held: Release | undefined;
    let count = 0;
    return lastValueFrom(
      input.pipe(
        resample(16_000),
        toPcm16le(),
        chunkMs === undefined ? identity : chunk(chunkMs),
        tap(({ flow }) => {
          count += 1;
          // The first leg's consumer is slow: what comes meanwhile waits behind the filter, and in the leg.
          if (index !== 0 || count % 5 !== 0) return;
          held = flow.hold();
          setTimeout(() => held?.(), 25);
        }),
        toArray(),
      ),
    );
  });
  await speak(legs);
  const chunks = await Promise.all(recordings);
  for (const all of chunkMs === undefined ? [] : chunks) {
    expect(new Set(all.slice(0, -1).map(({ length }) => length))).toEqual(new Set([chunkMs! * 16]));
    for (const { timing } of all.slice(0, -1)) expect(timing.position % (chunkMs! * 16)).toBe(0);
  }
  return chunks.map((all) => Buffer.concat(all.map(({ data }) => data)).toString('base64'));
}

describe('legs of RTP that lend their audio', () => {
  it('have memory in common, and each is heard as if it were alone, also when one waits for a slow consumer', async () => {
    const lent = await heard(false);
    expect(lent).toEqual(await heard(true));
    expect(lent.map((audio) => Buffer.from(audio, 'base64').length)).toEqual([0, 1, 2].map(() => PACKETS * 320 * 2));
    expect(new Set(lent).size).toBe(3);
  });

  it.each([20, 50, 250])('gather packets for chunks of %i ms, and nothing else changes', async (chunkMs) => {
    const gathered = await heard(false, chunkMs);
    expect(gathered).toEqual(await heard(true, chunkMs));
    expect(gathered.map((audio) => Buffer.from(audio, 'base64').length)).toEqual([0, 1, 2].map(() => PACKETS * 320 * 2));
  });
});
