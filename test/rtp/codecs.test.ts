import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { findFfmpeg } from '../../src/process/index.js';
import { DtmfDetector, type DtmfTone } from '../../src/rtp/dtmf-detector.js';
import { G722Decoder } from '../../src/rtp/g722-decoder.js';
import { opusDuration } from '../../src/rtp/opus-payload.js';
import { readRtcp } from '../../src/rtp/rtcp.js';
import { sdpAudio } from '../../src/rtp/sdp.js';
import { bye, senderReport } from '../support/rtp-packets.js';

function ffmpeg(args: string[], input?: Uint8Array): Buffer {
  return execFileSync(findFfmpeg().path, ['-v', 'error', ...args], { input, maxBuffer: 1e9 });
}

describe('G722Decoder', () => {
  const tones = 'aevalsrc=0.4*sin(440*2*PI*t)+0.3*sin(5200*2*PI*t)+0.2*random(0):s=16000:d=3';
  it.each([
    ['sound of both bands', () => ffmpeg(['-f', 'lavfi', '-i', tones, '-c:a', 'g722', '-f', 'g722', '-'])],
    ['random bytes', () => Buffer.from({ length: 50_000 }).map((_, i) => (i * 7919 + ((i * i) >> 3) * 31) & 0xff)],
  ])('gives the samples that ffmpeg gives, bit by bit: %s', (_, make) => {
    const bytes = make();
    const theirs = ffmpeg(['-f', 'g722', '-i', '-', '-f', 's16le', '-'], bytes);
    const decoder = new G722Decoder();
    const ours = Buffer.alloc(bytes.length * 4);
    let at = 0;
    for (let start = 0; start < bytes.length; start += 160) {
      for (const sample of decoder.decode(bytes.subarray(start, start + 160))) at = ours.writeInt16LE(sample * 32_768, at);
    }
    expect(ours.equals(theirs)).toBe(true);
  });
});

describe('opusDuration', () => {
  it.each([
    [[0x00], 480],
    [[0x18], 2880],
    [[0x60], 480],
    [[0x68], 960],
    [[0x80], 120],
    [[0xf8], 960],
    [[0xf9, 0], 1920],
    [[0xfb, 3], 2880],
    [[0xfb, 7], 0],
    [[0xfb], 0],
    [[], 0],
  ])('of %j is %i ticks', (bytes, ticks) => {
    expect(opusDuration(Uint8Array.from(bytes))).toBe(ticks);
  });
});

describe('DtmfDetector', () => {
  const event = (code: number, duration: number, isEnd = false) =>
    Uint8Array.from([code, (isEnd ? 0x80 : 0) | 10, duration >> 8, duration & 0xff]);

  function detect(packets: [number, Uint8Array][]): DtmfTone[] {
    const tones: DtmfTone[] = [];
    const detector = new DtmfDetector((tone) => tones.push(tone));
    for (const [timestamp, payload] of packets) detector.receive(timestamp, payload);
    detector.flush();
    return tones;
  }

  it('makes one tone of all packets of a key, however often its end is repeated', () => {
    const packets: [number, Uint8Array][] = [
      [1000, event(5, 160)],
      [1000, event(5, 320)],
      [1000, event(5, 480, true)],
      [1000, event(5, 480, true)],
      [1000, event(5, 480, true)],
      [3000, event(5, 160)],
      [3000, event(5, 640, true)],
      [5000, event(11, 800, true)],
    ];
    expect(detect(packets)).toEqual([
      { digit: '5', timestamp: 1000, duration: 480 },
      { digit: '5', timestamp: 3000, duration: 640 },
      { digit: '#', timestamp: 5000, duration: 800 },
    ]);
  });

  it('tells a key whose end was lost when the next one comes, and one that is held beyond 16 bits whole', () => {
    expect(
      detect([
        [1000, event(1, 320)],
        [9000, event(2, 0xffff)],
        [9000 + 0xffff, event(2, 1600, true)],
      ]),
    ).toEqual([
      { digit: '1', timestamp: 1000, duration: 320 },
      { digit: '2', timestamp: 9000, duration: 0xffff + 1600 },
    ]);
  });

  it('leaves what is no key alone', () => {
    expect(
      detect([
        [0, event(70, 1, true)],
        [0, Uint8Array.of(1, 2)],
        [0, event(16, 8, true)],
      ]),
    ).toMatchObject([{ digit: 'flash' }]);
  });
});

describe('readRtcp', () => {
  function read(data: Uint8Array) {
    const seen: unknown[] = [];
    const isWhole = readRtcp(data, {
      senderReport: (...report) => seen.push(['report', ...report]),
      bye: (ssrc) => seen.push(['bye', ssrc]),
    });
    return { isWhole, seen };
  }

  it('reads a compound packet', () => {
    const { isWhole, seen } = read(Buffer.concat([senderReport(9, 1_700_000_000_250, 4000), bye(9)]));
    expect(isWhole).toBe(true);
    expect(seen).toEqual([
      ['report', 9, expect.closeTo(1_700_000_000_250, 2), 4000],
      ['bye', 9],
    ]);
  });

  it('refuses what was cut anywhere, and keeps what came before', () => {
    const data = Buffer.concat([senderReport(9, 0, 0), bye(9)]);
    for (let length = 29; length < data.length; length += 1) {
      if (length === 36) continue;
      expect(read(data.subarray(0, length))).toMatchObject({ isWhole: false, seen: [['report', 9, expect.anything(), 0]] });
    }
    expect(read(Buffer.alloc(0)).isWhole).toBe(false);
  });
});

describe('sdpAudio', () => {
  const section = (lines: string[]) =>
    ['v=0', 'o=- 0 0 IN IP4 0.0.0.0', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0', ...lines, ''].join('\r\n');

  it('reads codecs with their payload types, in order, and leaves out what can’t be received', () => {
    const sdp = section([
      'm=audio 5004 RTP/AVP 107 18 0 9 118 101 10',
      'a=rtpmap:107 OPUS/48000/2',
      'a=rtpmap:18 G729/8000',
      'a=rtpmap:118 L16/16000',
      'a=rtpmap:101 telephone-event/8000',
      'a=rtpmap:10 L16/8000/1',
      'a=rtcp-mux',
      'a=mid:audio0',
    ]);
    expect(sdpAudio(sdp)).toEqual({
      codecs: [
        { payloadType: 107, name: 'opus', clockRate: 48_000, channels: 1 },
        { payloadType: 0, name: 'PCMU', clockRate: 8000, channels: 1 },
        { payloadType: 9, name: 'G722', clockRate: 8000, channels: 1 },
        { payloadType: 118, name: 'L16', clockRate: 16_000, channels: 1 },
        { payloadType: 101, name: 'telephone-event', clockRate: 8000, channels: 1 },
        { payloadType: 10, name: 'L16', clockRate: 8000, channels: 1 },
      ],
      address: '192.0.2.9',
      port: 5004,
      rtcpMux: true,
      label: 'audio0',
    });
  });

  it('knows stereo Opus, and finds a section by its label', () => {
    const sdp = section([
      'm=video 1 RTP/AVP 96',
      'm=audio 2 RTP/AVP 0',
      'a=label:agent',
      'm=audio 4 RTP/AVP 97',
      'a=rtpmap:97 opus/48000/2',
      'a=fmtp:97 sprop-stereo=1;useinbandfec=1',
      'a=label:customer',
    ]);
    expect(sdpAudio(sdp)).toMatchObject({ port: 2, label: 'agent', rtcpMux: false });
    expect(sdpAudio(sdp, { label: 'customer' })).toMatchObject({ port: 4, codecs: [{ channels: 2 }] });
    expect(() => sdpAudio(sdp, { label: 'nobody' })).toThrow(/agent, customer/);
  });

  it.each([
    ['', 'an audio section'],
    ['this is no SDP', 'an audio section'],
    [section(['m=video 1 RTP/AVP 96']), 'an audio section'],
    [section(['m=audio 1 RTP/AVP 18', 'a=rtpmap:18 G729/8000']), 'but offers 18'],
    [section(['m=audio 1 RTP/AVP 101', 'a=rtpmap:101 telephone-event/8000']), 'must offer'],
  ])('refuses %j', (sdp, message) => {
    expect(() => sdpAudio(sdp)).toThrow(message);
  });
});
