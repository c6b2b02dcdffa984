import { describe, expect, it } from 'vitest';
import type { DtmfEvent, RtpEvent } from '../../src/events/index.js';
import {
  captureBytes,
  captureDatagrams,
  captureTruth,
  correlationOffset,
  type Heard,
  hearCapture,
  placed,
} from '../support/captures.js';

const PATIENT = { targetMs: 450, maxMs: 500, maxSilenceMs: 10_000 };

describe('a capture played to a receiver', () => {
  it.each([
    ['pcmu_clean', 8000],
    ['pcma_clean', 8000],
    ['g722_clean', 16_000],
    ['l16_16k_clean', 16_000],
    ['opus_clean', 48_000],
  ])('%s comes out whole, in one run of audio at %i Hz', async (name, sampleRate) => {
    const truth = captureTruth(name) as unknown as { packets: number; packet_ms: number; media_seconds: number };
    const heard = await hearCapture(name);
    expect(heard.statistics).toMatchObject({
      received: truth.packets,
      lost: 0,
      late: 0,
      duplicate: 0,
      reordered: 0,
      concealedMs: 0,
    });
    expectOneRun(heard);
    expect(new Set(heard.chunks.map(({ timing }) => timing.kind))).toEqual(new Set(['audio']));
    expect(heard.chunks[0]!.format).toEqual({ encoding: 'float32', channels: 1, sampleRate });
    expect(Math.abs(seconds(heard) - truth.media_seconds)).toBeLessThanOrEqual(truth.packet_ms / 1000);
  });

  it.each(['pcmu_impaired', 'opus_impaired'])('%s is accounted for packet by packet', async (name) => {
    const truth = captureTruth(name);
    const { statistics } = await hearCapture(name, { jitter: PATIENT });
    // The last packet before the SSRC changes leaves no trace when it is lost.
    const untold = truth.lost.filter((index) => index === truth.ssrc_change_at_packet - 1).length;
    expect(statistics).toMatchObject({
      received: truth.packets_sent - truth.lost.length,
      lost: truth.lost.length - untold,
      duplicate: truth.duplicated.length,
      reordered: arrivedBelowHighest(truth.packets.flatMap(([index, , , , , at]) => (at === null ? [] : [{ index, at }]))),
      late: 0,
      epochs: 2,
      concealedMs: truth.lost.length * truth.packet_ms,
      malformed: 0,
    });
  });

  it.each(['pcmu_impaired', 'opus_impaired'])('%s: what is later than 80 ms is late, counted and replaced', async (name) => {
    const truth = captureTruth(name);
    const late = truth.packets.filter(([, , , , media, arrival]) => arrival !== null && arrival - media > 0.08).length;
    expect(late).toBe(7);
    const { statistics } = await hearCapture(name);
    expect(statistics.late).toBe(late);
    expect(statistics.concealedMs).toBe((truth.lost.length + late) * truth.packet_ms);
  });

  it.each([
    ['pcmu_impaired', 'pcmu_clean', 80],
    ['pcmu_impaired', 'pcmu_clean', 450],
    ['opus_impaired', 'opus_clean', 80],
    ['opus_impaired', 'opus_clean', 450],
  ])('%s lies where %s does, before and after every impairment (target %i ms)', async (name, cleanName, targetMs) => {
    const sampleRate = 8000;
    const truth = captureTruth(name);
    const heard = await hearCapture(name, { jitter: { ...PATIENT, targetMs }, sampleRate });
    const clean = placed((await hearCapture(cleanName, { sampleRate })).chunks);
    expect(Math.abs(seconds(heard) - seconds(await hearCapture(cleanName, { sampleRate })))).toBeLessThanOrEqual(0.02);
    const audio = placed(heard.chunks);
    const impaired = [...truth.lost, ...truth.duplicated, 60, 75, 90, 100, 130, 150, 160, 180, 240, 260, 300, 350, 410, 470];
    const limit = sampleRate / 100;
    let compared = 0;
    for (const index of impaired) {
      for (const from of [index - 16, index + 1]) {
        const [start, end] = [from * 0.02, (from + 15) * 0.02];
        if (start < 0 || end > 9.98 || !truth.speech.some(([begin, stop]) => start > begin + 0.1 && end < stop - 0.1)) continue;
        compared += 1;
        const offset = correlationOffset(audio, clean, start * sampleRate, end * sampleRate, limit);
        expect(Math.abs(offset) / sampleRate, `packets ${from} to ${from + 14}`).toBeLessThanOrEqual(0.001);
      }
    }
    expect(compared).toBeGreaterThan(30);
  });

  it('a new SSRC is a new source at a position that goes on', async () => {
    const { chunks, events } = await hearCapture('pcmu_impaired');
    const [first, second, ...others] = [...new Set(chunks.map(({ timing }) => timing.source))];
    expect(others).toEqual([]);
    expect(second).not.toBe(first);
    expect(second).toEqual({ label: 'leg' });
    expectContiguous(chunks);
    const steps = events.filter((event): event is RtpEvent => event.type === 'rtp');
    expect(steps).toMatchObject([
      { state: 'started', ssrc: 0xa1a1a1a1, atMs: 0 },
      { state: 'changed', ssrc: 0xb2b2b2b2, atMs: 6000 },
    ]);
  });

  it('silence that was not sent is there, comfort noise is none, and each digit is one event', async () => {
    const heard = await hearCapture('pcmu_dtx_cn_dtmf');
    expect(heard.statistics).toMatchObject({ lost: 0, late: 0, concealedMs: 0, malformed: 0 });
    expectOneRun(heard);
    expect(seconds(heard)).toBeCloseTo(10, 2);
    const digits = heard.events.filter((event): event is DtmfEvent => event.type === 'dtmf');
    expect(digits).toEqual([
      { type: 'dtmf', digit: '4', startMs: 2000, durationMs: 160, stream: 'leg' },
      { type: 'dtmf', digit: '2', startMs: 8400, durationMs: 160, stream: 'leg' },
    ]);
    // Where packets came, they lie where those of the clean capture do.
    const clean = placed((await hearCapture('pcmu_clean')).chunks);
    for (const { timing, data, length } of heard.chunks) {
      if (timing.kind === 'audio') expect(data[0]).toEqual(clean.slice(timing.position, timing.position + length));
      else expect(data[0]!.every((sample) => sample === 0)).toBe(true);
    }
  });

  it('junk is counted by what it is, rare headers are read, and the payload type may switch', async () => {
    const truth = captureTruth('pcmu_junk_and_rare_headers');
    const heard = await hearCapture('pcmu_junk_and_rare_headers');
    const { received, lost, malformed, stun, unknownPayloadType, rtcp } = heard.statistics;
    expect({ received, lost }).toEqual({ received: truth.good_packets, lost: 0 });
    expect(malformed + stun + unknownPayloadType + rtcp + received).toBe(truth.datagrams_in_file);
    expect(unknownPayloadType).toBe(1);
    expect(heard.events.filter(({ type }) => type === 'format')).toMatchObject([{ codec: 'pcmu' }, { codec: 'pcma' }]);
    expectOneRun(heard);
    expect(seconds(heard)).toBe(6);
    const clean = placed((await hearCapture('pcmu_clean')).chunks);
    expect(placed(heard.chunks).slice(0, 24_000)).toEqual(clean.slice(0, 24_000));
    // A-law of the same speech differs from mu-law by rounding only.
    expect(correlationOffset(placed(heard.chunks), clean, 32_000, 40_000, 80)).toBe(0);
  });

  it.each([
    ['agent', 5004],
    ['customer', 5006],
  ])('one of two streams is chosen by its port: %s', async (label, port) => {
    const heard = await hearCapture('call_two_streams', { label, port });
    expect(heard.statistics).toMatchObject({ received: 705, lost: 0, strangers: 0 });
    expect(seconds(heard)).toBeCloseTo(14.1, 3);
  });

  it('wall time is when the samples were captured', async () => {
    const [first] = captureDatagrams(captureBytes('pcmu_clean'));
    const { chunks } = await hearCapture('pcmu_clean');
    for (const { timing, length } of chunks) {
      expect(timing.capturedAtMs! - first!.atMs).toBeCloseTo((timing.position + length) / 8 - 20, 1);
    }
  });
});

function seconds({ chunks }: Heard): number {
  return placed(chunks).length / chunks[0]!.format.sampleRate;
}

function expectContiguous(chunks: Heard['chunks']): void {
  let next = 0;
  for (const { timing, length } of chunks) {
    expect(timing.position).toBe(next);
    next += length;
  }
}

function expectOneRun({ chunks }: Heard): void {
  expect(new Set(chunks.map(({ timing }) => timing.source)).size).toBe(1);
  expectContiguous(chunks);
}

/** Packets that came after one that was sent later (RFC 4737's definition; `rtp.json` counts duplicates in as well). */
function arrivedBelowHighest(packets: { index: number; at: number }[]): number {
  let highest = -1;
  let count = 0;
  for (const { index } of packets.toSorted((a, b) => a.at - b.at)) {
    if (index < highest) count += 1;
    highest = Math.max(highest, index);
  }
  return count;
}
