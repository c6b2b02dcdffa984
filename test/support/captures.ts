import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { StreamEvent } from '../../src/events/index.js';
import {
  type ReceivedAudio,
  type RtpCodecOption,
  RtpReceiver,
  type RtpReceiverOptions,
  type RtpStatistics,
  rtpCodecs,
  sdpAudio,
} from '../../src/rtp/index.js';
import { PcapReader, type UdpDatagram, udpDatagram } from '../../src/rtp/pcap/index.js';

const FOLDER = path.join(path.dirname(fileURLToPath(import.meta.url)), '../fixtures/rtp');

/** What was done to the packets of a capture, from `rtp.json`. */
export interface CaptureTruth {
  media_seconds: number;
  packet_ms: number;
  packets_sent: number;
  datagrams_in_file: number;
  good_packets: number;
  junk: { bytes: number; hex: string }[];
  speech: [number, number][];
  lost: number[];
  duplicated: number[];
  arrive_out_of_order: number;
  late_90ms: number;
  late_400ms: number;
  clump_100_to_200ms: [number, number];
  ssrc_change_at_packet: number;
  /** Index, sequence number, timestamp, SSRC, media time and arrival in seconds; null: lost. */
  packets: [number, number, number, string, number, number | null][];
}

/** The bytes of a capture, unpacked. */
export function captureBytes(name: string): Buffer {
  return gunzipSync(readFileSync(path.join(FOLDER, `${name}.pcap.gz`)));
}

/** The session description that belongs to a capture. */
export function captureSdp(name: string): string {
  return readFileSync(path.join(FOLDER, `${name}.sdp`), 'utf8');
}

/** What is known about a capture. */
export function captureTruth(name: string): CaptureTruth {
  return JSON.parse(gunzipSync(readFileSync(path.join(FOLDER, 'rtp.json.gz'))).toString())[`${name}.pcap`];
}

/** The datagrams of a capture with the times at which they came. */
export function captureDatagrams(bytes: Uint8Array): (UdpDatagram & { atMs: number })[] {
  return [...new PcapReader().read(bytes)].flatMap(({ atMs, data, linkType }) => {
    const datagram = udpDatagram(data, linkType);
    return datagram ? [{ ...datagram, atMs }] : [];
  });
}

/** What a receiver made of datagrams. */
export interface Heard {
  chunks: ReceivedAudio[];
  events: StreamEvent[];
  statistics: RtpStatistics;
  ended: boolean;
}

/** Feeds a receiver what comes, at the times at which it comes, and lets time pass every 10 ms between. */
export class Listener implements Heard {
  /** Whether the receiver is told the time only when it has something to do. */
  onlyWhenDue = false;
  /** How often it was told the time. */
  advanced = 0;
  readonly chunks: ReceivedAudio[] = [];
  readonly events: StreamEvent[] = [];
  ended = false;
  receiver!: RtpReceiver;
  #nowMs: number | undefined;

  static async open(
    options: Partial<Omit<RtpReceiverOptions, 'codecs'>> & { codecs: readonly RtpCodecOption[] },
  ): Promise<Listener> {
    const listener = new Listener();
    listener.receiver = await RtpReceiver.load(
      {
        label: 'leg',
        sender: undefined,
        stall: { firstMs: 30_000, laterMs: 15_000 },
        jitter: { targetMs: 80, maxMs: 500, maxSilenceMs: 10_000 },
        ...options,
        codecs: rtpCodecs('codecs', options.codecs),
      },
      {
        audio: (chunk) => listener.chunks.push(chunk),
        event: (event) => listener.events.push(event),
        end: () => {
          listener.ended = true;
        },
      },
    );
    return listener;
  }

  get statistics(): RtpStatistics {
    return this.receiver.statistics;
  }

  /** Lets time pass up to a moment. */
  wait(untilMs: number): void {
    let now = this.#nowMs ?? untilMs;
    while (now < untilMs) {
      now = Math.min(untilMs, now + 10);
      if (this.onlyWhenDue && this.receiver.dueMs > now) continue;
      this.advanced += 1;
      this.receiver.advance(now);
    }
    this.#nowMs = now;
  }

  receive(atMs: number, data: Uint8Array, address = '192.0.2.1', port = 4000): void {
    this.wait(atMs);
    this.receiver.receive(data, atMs, address, port);
  }

  receiveRtcp(atMs: number, data: Uint8Array, address = '192.0.2.1'): void {
    this.wait(atMs);
    this.receiver.receiveRtcp(data, atMs, address);
  }

  /** Closes the leg, and gives back what it made. */
  close(): Heard {
    this.receiver.end();
    this.receiver.free();
    return this;
  }
}

/** Plays a capture's datagrams for a port, and for RTCP on the next one, to a receiver. */
export async function hearCapture(
  name: string,
  options: Partial<RtpReceiverOptions> & { port?: number; label?: string; sampleRate?: number } = {},
): Promise<Heard> {
  const { codecs } = sdpAudio(captureSdp(name), options.label === undefined ? {} : { label: options.label });
  const { port, label, sampleRate, ...rest } = options;
  const listener = await Listener.open({
    ...rest,
    codecs: codecs.map((codec) => (codec.name === 'opus' && sampleRate ? { ...codec, sampleRate } : codec)),
  });
  const datagrams = captureDatagrams(captureBytes(name));
  const rtpPort = port ?? datagrams[0]!.destinationPort;
  for (const { atMs, payload, destinationPort, sourceAddress, sourcePort } of datagrams) {
    if (destinationPort === rtpPort) listener.receive(atMs, payload, sourceAddress, sourcePort);
    else if (destinationPort === rtpPort + 1) listener.receiveRtcp(atMs, payload, sourceAddress);
  }
  return listener.close();
}

/** All audio at its position, on one timeline; what nothing was output for is zero. */
export function placed(chunks: readonly ReceivedAudio[]): Float32Array {
  const length = Math.max(0, ...chunks.map(({ timing, length }) => timing.position + length));
  const samples = new Float32Array(length);
  for (const { data, timing } of chunks) samples.set(data[0]!, timing.position);
  return samples;
}

/** By how many samples `heard` is later than `clean` in a range: where their cross-correlation is highest, within a limit. */
export function correlationOffset(heard: Float32Array, clean: Float32Array, from: number, to: number, limit: number): number {
  let best = { offset: 0, value: Number.NEGATIVE_INFINITY };
  const end = Math.min(to, clean.length, heard.length) - limit;
  for (let offset = -limit; offset <= limit; offset += 1) {
    let value = 0;
    for (let i = Math.max(from, limit); i < end; i += 1) value += clean[i]! * heard[i + offset]!;
    if (value > best.value) best = { offset, value };
  }
  return best.offset;
}
