import { lastValueFrom, toArray } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { findFfmpeg } from '../../../src/process/index.js';
import { type BindRtpOptions, bindRtp, type RtpChunk } from '../../../src/telephony/index.js';
import { audioOf, dominantHz, expectOneRun, PATIENT_JITTER, Peers, seconds } from '../../support/rtp-peers.js';

const SECONDS = 2;
const HZ = 440;
const peers = new Peers();

afterEach(() => peers.stop());

/** ffmpeg sends a tone in real time and says BYE at its end. */
async function play(codec: string[], rate: number, options: BindRtpOptions): Promise<{ chunks: RtpChunk[]; lost: number }> {
  const leg = await bindRtp({ ...options, jitter: PATIENT_JITTER });
  const heard = lastValueFrom(leg.source.pipe(toArray()));
  const tone = `sine=frequency=${HZ}:sample_rate=${rate}:duration=${SECONDS}`;
  const address = `rtp://127.0.0.1:${leg.port}?rtcpport=${leg.rtcpPort}&pkt_size=${rate === 8000 ? 172 : 652}`;
  const args = ['-v', 'error', '-re', '-f', 'lavfi', '-i', tone, ...codec, '-rtpflags', 'send_bye', '-f', 'rtp', address];
  const [chunks] = await Promise.all([heard, peers.run(findFfmpeg().path, args)]);
  return { chunks, lost: leg.statistics.lost };
}

describe('ffmpeg as the sender', () => {
  it.each<[string, string[], number, number, BindRtpOptions]>([
    ['PCMU', ['-c:a', 'pcm_mulaw'], 8000, 8000, { codecs: ['PCMU'] }],
    ['PCMA', ['-c:a', 'pcm_alaw'], 8000, 8000, { codecs: ['PCMA'] }],
    ['G722', ['-c:a', 'g722'], 16_000, 16_000, { codecs: ['G722'] }],
    [
      'L16',
      ['-c:a', 'pcm_s16be', '-payload_type', '96'],
      16_000,
      16_000,
      { codecs: [{ payloadType: 96, name: 'L16', clockRate: 16_000 }] },
    ],
    [
      'Opus',
      ['-c:a', 'libopus', '-frame_duration', '20', '-payload_type', '97'],
      48_000,
      16_000,
      { codecs: [{ payloadType: 97, name: 'opus', sampleRate: 16_000 }] },
    ],
  ])('%s comes over loopback whole, until BYE', async (_, codec, rate, heardRate, options) => {
    const { chunks, lost } = await play(codec, rate, options);
    expect(lost).toBe(0);
    expect(chunks[0]!.format).toEqual({ encoding: 'float32', channels: 1, sampleRate: heardRate });
    expectOneRun(chunks);
    const audio = audioOf(chunks);
    expect(Math.abs(seconds(audio) - SECONDS)).toBeLessThanOrEqual(0.08);
    expect(dominantHz(audio)).toBeCloseTo(HZ, -1);
    const wallMs = Date.now() - audio.at(-1)!.timing.capturedAtMs!;
    expect(wallMs).toBeGreaterThan(0);
    expect(wallMs).toBeLessThan(5000);
  });
});
