import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { findFfmpeg } from '../../src/process/index.js';
import { Listener, placed } from '../support/captures.js';
import { rtpPacket } from '../support/rtp-packets.js';
import { SeededRandom } from '../support/seeded-random.js';

const START = 1_700_000_000_000;
const RATE = 16_000;

/** Opus packets of 20 ms: one fills a page of the Ogg that ffmpeg writes. The first two pages are headers. */
function opusPackets(options: string[]): Buffer[] {
  const speech = ['-i', 'test/fixtures/call/support_mulaw_8k.wav', '-af', 'pan=mono|c0=c0', '-t', '14'];
  const encoding = ['-c:a', 'libopus', '-frame_duration', '20', '-page_duration', '20000', ...options, '-f', 'ogg', '-'];
  const ogg = execFileSync(findFfmpeg().path, ['-v', 'error', ...speech, ...encoding]);
  const packets: Buffer[] = [];
  for (let at = 0; at < ogg.length; ) {
    const segments = ogg[at + 26]!;
    const start = at + 27 + segments;
    const end = start + ogg.subarray(at + 27, start).reduce((sum, bytes) => sum + bytes, 0);
    packets.push(ogg.subarray(start, end));
    at = end;
  }
  return packets.slice(2);
}

async function hear(packets: readonly Buffer[], isLost: (index: number) => boolean) {
  const listener = await Listener.open({ codecs: [{ payloadType: 97, name: 'opus', sampleRate: RATE }] });
  for (const [index, payload] of packets.entries()) {
    if (isLost(index)) continue;
    listener.receive(START + index * 20, rtpPacket({ payloadType: 97, sequence: index, timestamp: index * 960, payload }));
  }
  return listener.close();
}

describe('Opus that lost packets', () => {
  it.each([
    ['with forward error correction in its packets', ['-application', 'voip', '-b:a', '24k', '-fec', '1', '-packet_loss', '25']],
    ['without', ['-application', 'voip', '-b:a', '24k']],
  ])('%s: silence where they were, and speech after it', async (_, options) => {
    const packets = opusPackets(options);
    // Every eighth, and a burst.
    const isLost = (index: number) => index % 8 === 5 || (index >= 98 && index < 103);
    const lost = packets.filter((_packet, index) => isLost(index)).length;
    const whole = placed((await hear(packets, () => false)).chunks);
    const { statistics, chunks } = await hear(packets, isLost);
    expect(statistics).toMatchObject({ lost, undecodable: 0, late: 0, concealedMs: lost * 20, received: packets.length - lost });
    const audio = placed(chunks);
    expect(Math.abs(audio.length - whole.length)).toBeLessThanOrEqual(RATE * 0.02);
    const silent = chunks.filter(({ timing }) => timing.kind === 'concealed');
    expect(silent.every(({ data }) => data[0]!.every((sample) => sample === 0))).toBe(true);
    // The first packet after a loss: the decoder was told of it, else it would be more noise than speech.
    const after = packets.flatMap((_packet, index) => (index > 0 && isLost(index - 1) && !isLost(index) ? [index * 320] : []));
    expect(signalToNoise(whole, audio, after)).toBeGreaterThan(3);
    // By the next loss the two are the same speech.
    const before = packets.flatMap((_packet, index) => (!isLost(index) && isLost(index + 1) ? [index * 320] : []));
    expect(signalToNoise(whole, audio, before)).toBeGreaterThan(10);
  });

  it('says so of packets that libopus refuses, and goes on', async () => {
    const packets = opusPackets(['-b:a', '24k']).slice(0, 50);
    packets[10] = Buffer.from([0x4b, 0x41, 0xff, 0xff]);
    packets[20] = Buffer.from([0x03]);
    const { statistics, chunks } = await hear(packets, () => false);
    expect(statistics.undecodable).toBe(2);
    expect(placed(chunks)).toHaveLength(50 * 320);
  });

  it('survives stereo packets at which libopus reaches outside of its memory, and decodes what is sound after them', async () => {
    const random = new SeededRandom(1);
    const listener = await Listener.open({ codecs: [{ payloadType: 97, name: 'opus', channels: 2 }] });
    const sound = opusPackets(['-b:a', '24k']);
    let now = START;
    const receive = (index: number, payload: Uint8Array) => {
      now += 20;
      listener.receive(now, rtpPacket({ payloadType: 97, sequence: index, timestamp: index * 960, payload }));
    };
    for (let index = 0; index < 600; index += 1) {
      receive(
        index,
        Uint8Array.from({ length: 1 + random.below(300) }, () => random.below(256)),
      );
      // A decoder that broke is replaced meanwhile.
      if (index % 10 === 0) await new Promise(setImmediate);
    }
    const { undecodable } = listener.statistics;
    expect(undecodable).toBeGreaterThan(0);
    for (const { data } of listener.chunks) for (const samples of data) expect(samples.every(Number.isFinite)).toBe(true);
    listener.chunks.length = 0;
    for (const [index, payload] of sound.slice(0, 200).entries()) {
      receive(600 + index, payload);
      await new Promise(setImmediate);
    }
    listener.close();
    expect(listener.statistics.epochs).toBe(1);
    expect(listener.chunks.slice(100).every(({ timing }) => timing.kind === 'audio')).toBe(true);
  });
});

/** Of packets that begin at these samples, in dB. */
function signalToNoise(clean: Float32Array, heard: Float32Array, starts: readonly number[]): number {
  let [signal, noise] = [0, 0];
  for (const start of starts) {
    for (let i = start; i < start + 320; i += 1) {
      signal += clean[i]! ** 2;
      noise += (clean[i]! - heard[i]!) ** 2;
    }
  }
  return 10 * Math.log10(signal / noise);
}
