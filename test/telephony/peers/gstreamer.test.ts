import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { lastValueFrom, toArray } from 'rxjs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type BindRtpOptions, bindRtp, type RtpChunk, type RtpStatistics } from '../../../src/telephony/index.js';
import { bye } from '../../support/rtp-packets.js';
import { audioOf, dominantHz, expectOneRun, isInstalled, PATIENT_JITTER, Peers, seconds } from '../../support/rtp-peers.js';
import { makeWav, pcm16 } from '../../support/wav.js';

const PACKETS = 100;
const HZ = 440;
const SSRC = 7;
const peers = new Peers();
const folder = mkdtempSync(path.join(os.tmpdir(), 'gstreamer-'));

afterEach(() => peers.stop());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A tone of 2 s in packets of 20 ms, paced as it is spoken. */
const tone = (rate: number) => [
  ...`audiotestsrc is-live=true num-buffers=${PACKETS} samplesperbuffer=${rate / 50} freq=${HZ} wave=sine`.split(' '),
  ...`! audio/x-raw,rate=${rate},channels=1 !`.split(' '),
];
const payloader = (name: string, rest = '') =>
  `${name} ssrc=${SSRC} min-ptime=20000000 max-ptime=20000000 ${rest}`.trim().split(' ');

/** Plays a pipeline to its end, says the BYE that a bare payloader does not, and gives what was heard. */
async function play(pipeline: string[], options: BindRtpOptions): Promise<{ chunks: RtpChunk[]; statistics: RtpStatistics }> {
  const leg = await bindRtp({ rtcp: 'mux', jitter: PATIENT_JITTER, ...options });
  const heard = lastValueFrom(leg.source.pipe(toArray()));
  await peers.run('gst-launch-1.0', ['-q', ...pipeline, '!', 'udpsink', `host=${leg.host}`, `port=${leg.port}`]);
  const socket = createSocket('udp4').bind(0, leg.host);
  await once(socket, 'listening');
  socket.send(bye(SSRC), leg.port, leg.host, () => socket.close());
  return { chunks: await heard, statistics: leg.statistics };
}

describe.skipIf(!isInstalled('gst-launch-1.0') /* Debian: gstreamer1.0-tools, gstreamer1.0-plugins-base, -good and -bad */)(
  'GStreamer as the sender',
  () => {
    it.each<[string, string[], number, BindRtpOptions]>([
      [
        'PCMU whose numbers and timestamps wrap',
        [...tone(8000), 'mulawenc', '!', ...payloader('rtppcmupay', 'seqnum-offset=65500 timestamp-offset=4294960000')],
        8000,
        { codecs: ['PCMU'] },
      ],
      ['PCMA', [...tone(8000), 'alawenc', '!', ...payloader('rtppcmapay')], 8000, { codecs: ['PCMA'] }],
      [
        'L16',
        [...tone(16_000), 'audioconvert', '!', ...payloader('rtpL16pay', 'pt=96')],
        16_000,
        { codecs: [{ payloadType: 96, name: 'L16', clockRate: 16_000 }] },
      ],
      [
        'Opus',
        [...tone(48_000), 'opusenc', '!', ...payloader('rtpopuspay', 'pt=97')],
        48_000,
        { codecs: [{ payloadType: 97, name: 'opus' }] },
      ],
    ])('%s comes whole', async (_, pipeline, rate, options) => {
      const { chunks, statistics } = await play(pipeline, options);
      expect(statistics).toMatchObject({ lost: 0, duplicate: 0, reordered: 0, late: 0, malformed: 0, undecodable: 0, epochs: 1 });
      expect(chunks[0]!.format).toEqual({ encoding: 'float32', channels: 1, sampleRate: rate });
      expectOneRun(chunks);
      expect(Math.abs(seconds(audioOf(chunks)) - PACKETS / 50)).toBeLessThanOrEqual(0.04);
      expect(dominantHz(audioOf(chunks))).toBeCloseTo(HZ, -1);
    });

    it('a network that loses, doubles and delays packets is told in numbers, and moves nothing', async () => {
      const netsim =
        'netsim drop-probability=0.15 duplicate-probability=0.2 delay-probability=0.2 min-delay=10 max-delay=60 allow-reordering=true';
      const pipeline = [
        ...tone(8000),
        'mulawenc',
        '!',
        ...payloader('rtppcmupay', 'seqnum-offset=65500'),
        '!',
        ...netsim.split(' '),
      ];
      const { chunks, statistics } = await play(pipeline, { codecs: ['PCMU'] });
      const { received, lost, duplicate, late, concealedMs } = statistics;
      expect(lost).toBeGreaterThan(0);
      expect(duplicate).toBeGreaterThan(0);
      // What is lost before the first and after the last packet leaves no trace.
      expect(received + lost).toBeLessThanOrEqual(PACKETS);
      expect(received + lost).toBeGreaterThanOrEqual(PACKETS - 10);
      expect(concealedMs).toBe((lost + late) * 20);
      expectOneRun(chunks);
      const audio = audioOf(chunks);
      expect(seconds(audio)).toBeCloseTo((received - late) * 0.02, 5);
      // One tone, wherever it was cut: each packet lies where its neighbours say that the wave goes on.
      const phases = audio.map(({ data, timing }) => phase(data[0]!, timing.position, 8000));
      for (const one of phases) expect(Math.abs(turned(one - phases[0]!))).toBeLessThan(0.1);
    });

    it('Opus with DTX: what was not sent is silence of its length', async () => {
      const rate = 48_000;
      const sound = (s: number) => (s < 1 || s >= 2.5 ? 12_000 * Math.sin(2 * Math.PI * HZ * s) : 0);
      const samples = Array.from({ length: rate * 3.5 }, (_, i) => Math.round(sound(i / rate)));
      const wav = path.join(folder, 'pause.wav');
      writeFileSync(wav, makeWav({ sampleRate: rate, data: pcm16(samples) }));
      const source = `filesrc location=${wav} ! wavparse ! audioconvert ! opusenc dtx=true audio-type=voice bitrate-type=vbr !`;
      const pipeline = [...source.split(' '), ...payloader('rtpopuspay', 'pt=97 dtx=true')];
      const { chunks, statistics } = await play(pipeline, { codecs: [{ payloadType: 97, name: 'opus', sampleRate: 16_000 }] });
      expect(statistics).toMatchObject({ lost: 0, undecodable: 0, epochs: 1 });
      expect(statistics.received).toBeLessThan(150);
      expect(statistics.silenceMs).toBeGreaterThan(500);
      expectOneRun(chunks);
      const [first, pause, second] = [
        [0.1, 0.9],
        [1.2, 2.4],
        [2.6, 3.4],
      ].map(([from, to]) => power(chunks, from!, to!));
      expect(first!).toBeGreaterThan(0.01);
      expect(second!).toBeGreaterThan(0.01);
      expect(pause!).toBeLessThan(first! / 1000);
    });
  },
);

/** The phase of the tone at position 0, by the samples at another. */
function phase(samples: Float32Array, position: number, rate: number): number {
  let [re, im] = [0, 0];
  samples.forEach((sample, i) => {
    const angle = (2 * Math.PI * HZ * (position + i)) / rate;
    re += sample * Math.cos(angle);
    im += sample * Math.sin(angle);
  });
  return Math.atan2(re, im);
}

/** An angle between -pi and pi. */
function turned(angle: number): number {
  return Math.atan2(Math.sin(angle), Math.cos(angle));
}

/** The mean power of what lies between two times, in seconds. */
function power(chunks: readonly RtpChunk[], from: number, to: number): number {
  const { sampleRate } = chunks[0]!.format;
  let [sum, count] = [0, 0];
  for (const { data, timing } of chunks) {
    data[0]!.forEach((sample, i) => {
      const at = (timing.position + i) / sampleRate;
      if (at < from || at >= to) return;
      sum += sample * sample;
      count += 1;
    });
  }
  return sum / count;
}
