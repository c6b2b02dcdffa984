import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { lastValueFrom, toArray } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../src/events/index.js';
import { type FromPcapOptions, fromPcap, type RtpChunk } from '../../src/telephony/index.js';
import { captureBytes, captureDatagrams, captureSdp, hearCapture, placed } from '../support/captures.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'pcap-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, bytes: Uint8Array): string {
  const target = path.join(folder, name);
  writeFileSync(target, bytes);
  return target;
}

async function play(target: string, options: FromPcapOptions = {}): Promise<{ chunks: RtpChunk[]; events: StreamEvent[] }> {
  const events: StreamEvent[] = [];
  const chunks = await lastValueFrom(
    fromPcap(target, { events: { next: (event) => events.push(event) }, ...options }).pipe(toArray()),
  );
  return { chunks, events };
}

describe('fromPcap', () => {
  it.each(['pcmu_impaired', 'opus_impaired', 'pcmu_dtx_cn_dtmf', 'pcmu_junk_and_rare_headers', 'g722_clean'])(
    '%s: the same audio and accounts as packet by packet',
    async (name) => {
      const expected = await hearCapture(name);
      const { chunks, events } = await play(file(`${name}.pcap`, captureBytes(name)), { sdp: captureSdp(name), label: 'leg' });
      expect(isSame(placed(chunks), placed(expected.chunks))).toBe(true);
      const { playoutDelayMs: _, ...counts } = expected.statistics;
      expect(events.find(({ type }) => type === 'rtp-statistics')).toMatchObject(counts);
      expect(events.filter(({ type }) => type === 'dtmf')).toEqual(expected.events.filter(({ type }) => type === 'dtmf'));
      expect(chunks.every(({ timing }) => timing.capturedAtMs === undefined)).toBe(true);
    },
  );

  it('takes the first stream, or the one that was sent to a port', async () => {
    const target = file('call.pcap', captureBytes('call_two_streams'));
    const [any, agent, customer] = [await play(target), await play(target, { port: 5004 }), await play(target, { port: 5006 })];
    expect(isSame(placed(any.chunks), placed(agent.chunks))).toBe(true);
    expect(isSame(placed(customer.chunks), placed(agent.chunks))).toBe(false);
    expect(placed(customer.chunks)).toHaveLength(14.1 * 8000);
  });

  it('plays at a speed: with capture times, each chunk when it would have been spoken', () => {
    const target = file('paced.pcap', captureBytes('pcmu_clean'));
    expect(() => fromPcap(target, { speed: 0 })).toThrow(expect.objectContaining({ option: 'fromPcap({ speed })' }));
    expect(() => fromPcap(target, { port: 0 })).toThrow(expect.objectContaining({ option: 'fromPcap({ port })' }));
    return expect(play(target, { speed: 100 })).resolves.toMatchObject({
      chunks: expect.arrayContaining([
        expect.objectContaining({ timing: expect.objectContaining({ capturedAtMs: expect.any(Number) }) }),
      ]),
    });
  });

  it('can be subscribed any number of times, and pauses while it is held', async () => {
    const source = fromPcap(file('twice.pcap', captureBytes('pcmu_clean')));
    const first = await lastValueFrom(source.pipe(toArray()));
    const heard: RtpChunk[] = [];
    await new Promise<void>((resolve, reject) => {
      source.subscribe({
        next: (chunk) => {
          const release = chunk.flow.hold();
          const count = heard.push(chunk);
          setImmediate(() => {
            expect(heard).toHaveLength(count);
            release();
          });
        },
        complete: resolve,
        error: reject,
      });
    });
    expect(isSame(placed(heard), placed(first))).toBe(true);
  });

  it.each<[string, (payload: Uint8Array) => Uint8Array, number]>([
    ['Ethernet with two VLAN tags', (ip) => Buffer.concat([Buffer.alloc(12), Buffer.from('88a800648100000a0800', 'hex'), ip]), 1],
    ['Linux cooked', (ip) => Buffer.concat([Buffer.alloc(14), Buffer.from('0800', 'hex'), ip]), 113],
    ['Linux cooked, version 2', (ip) => Buffer.concat([Buffer.alloc(20), ip]), 276],
    ['BSD loopback', (ip) => Buffer.concat([Buffer.alloc(4), ip]), 0],
    ['raw IP', (ip) => ip, 101],
  ])('reads captures of %s, IPv4 and IPv6, in pcap and pcapng', async (_, frame, linkType) => {
    const expected = placed((await hearCapture('pcmu_clean')).chunks);
    for (const wrap of [ipv4, ipv6]) {
      const frames = captureDatagrams(captureBytes('pcmu_clean')).map(({ atMs, payload }) => ({
        atMs,
        data: frame(wrap(payload)),
      }));
      for (const write of [pcap, pcapng]) {
        const { chunks } = await play(file('written', write(frames, linkType)));
        expect(isSame(placed(chunks), expected)).toBe(true);
      }
    }
  });

  it('plays what came before a capture was cut, and says so', async () => {
    const whole = captureBytes('pcmu_clean');
    const { chunks, events } = await play(file('cut.pcap', whole.subarray(0, whole.length - 100)));
    expect(placed(chunks)).toHaveLength(499 * 160);
    expect(events).toContainEqual(expect.objectContaining({ type: 'diagnostic', code: 'TRAILING_BYTES' }));
  });

  it.each<[string, () => Uint8Array, FromPcapOptions, string]>([
    ['is no capture', () => Buffer.from('RIFF....WAVEfmt this is no capture'), {}, 'UNRECOGNIZED_INPUT'],
    ['has no stream of the codecs', () => captureBytes('opus_clean'), {}, 'EMPTY_INPUT'],
    ['has nothing for the port', () => captureBytes('pcmu_clean'), { port: 9 }, 'EMPTY_INPUT'],
    ['is empty', () => new Uint8Array(0), {}, 'EMPTY_INPUT'],
    ['has a link layer that is not understood', () => pcap([{ atMs: 0, data: Buffer.alloc(60) }], 195), {}, 'UNSUPPORTED_FORMAT'],
    [
      'claims a packet of 2 GB',
      () => Buffer.concat([captureBytes('pcmu_clean').subarray(0, 32), Buffer.alloc(8, 0x7f)]),
      {},
      'CORRUPT_INPUT',
    ],
  ])('fails when the file %s', async (_, bytes, options, code) => {
    await expect(play(file('bad', bytes()), options)).rejects.toMatchObject({ code });
  });

  it('says that a compressed capture is to be unpacked', async () => {
    const packed = gzipSync(captureBytes('pcmu_clean'));
    await expect(play(file('bad', packed))).rejects.toThrow('this is gzip-compressed data, not a capture; unpack it first');
  });
});

/** Compares many samples at once: `toEqual` looks at each. */
function isSame(a: Float32Array, b: Float32Array): boolean {
  return Buffer.from(a.buffer).equals(Buffer.from(b.buffer));
}

function udp(payload: Uint8Array): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(4000, 0);
  header.writeUInt16BE(5004, 2);
  header.writeUInt16BE(8 + payload.length, 4);
  return Buffer.concat([header, payload]);
}

function ipv4(payload: Uint8Array): Buffer {
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header[9] = 17;
  header.set([10, 0, 0, 1, 10, 0, 0, 2], 12);
  return Buffer.concat([header, udp(payload)]);
}

function ipv6(payload: Uint8Array): Buffer {
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header[6] = 17;
  header[23] = 1;
  header[39] = 2;
  return Buffer.concat([header, udp(payload)]);
}

type Frames = { atMs: number; data: Uint8Array }[];

/** Big-endian, nanoseconds: what the captures of the fixtures are not. */
function pcap(frames: Frames, linkType: number): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32BE(0xa1b23c4d, 0);
  header.writeUInt32BE(linkType, 20);
  return Buffer.concat([
    header,
    ...frames.flatMap(({ atMs, data }) => {
      const record = Buffer.alloc(16);
      record.writeUInt32BE(Math.floor(atMs / 1000), 0);
      record.writeUInt32BE(Math.round((atMs % 1000) * 1e6), 4);
      record.writeUInt32BE(data.length, 8);
      record.writeUInt32BE(data.length, 12);
      return [record, data];
    }),
  ]);
}

/** Nanoseconds, by the interface's option. */
function pcapng(frames: Frames, linkType: number): Buffer {
  const block = (type: number, body: Buffer) => {
    const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
    const edge = Buffer.alloc(8);
    edge.writeUInt32LE(type, 0);
    edge.writeUInt32LE(12 + padded.length, 4);
    return Buffer.concat([edge, padded, edge.subarray(4)]);
  };
  const section = Buffer.from('4d3c2b1a01000000ffffffffffffffff', 'hex');
  const description = Buffer.alloc(20);
  description.writeUInt16LE(linkType, 0);
  description.set([9, 0, 1, 0, 9], 8);
  const packets = frames.map(({ atMs, data }) => {
    const units = BigInt(Math.round(atMs * 1000)) * 1000n;
    const packet = Buffer.alloc(20);
    packet.writeUInt32LE(Number(units >> 32n), 4);
    packet.writeUInt32LE(Number(units & 0xffffffffn), 8);
    packet.writeUInt32LE(data.length, 12);
    packet.writeUInt32LE(data.length, 16);
    return block(6, Buffer.concat([packet, data]));
  });
  return Buffer.concat([block(0x0a0d0d0a, section), block(1, description), ...packets]);
}
