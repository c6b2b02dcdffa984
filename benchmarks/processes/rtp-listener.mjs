// @ts-check
// Many RTP legs in one process: the library, decoded and resampled to 16-bit PCM at 16 kHz, or bare sockets that count packets.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { chunk, resample, toPcm16le } from 'behavioral-signals-rx';
import { bindRtp } from 'behavioral-signals-rx/telephony';
import { answerParent } from '../measuring/answer-parent.mjs';
import { percentile } from '../measuring/statistics.mjs';

/** @typedef {import('../rtp.mjs').Side} Side */

const TARGET_MS = 80;
const CHUNK_MS = 250;
const BUFFER_BYTES = 262_144;

/** @type {{ side: string, port: number, received: () => any, close: () => unknown }[]} */
let legs = [];
let emptyBytes = 0;
/** @type {number[]} */
let addedMs = [];
let startedCpu = process.cpuUsage();

answerParent({
  /** @param {{ side: Side, count: number }} parameter */
  async open({ side, count }) {
    emptyBytes = rssAfterCollection();
    for (let i = 0; i < count; i += 1) legs.push(side === 'dgram' ? await bareLeg() : await libraryLeg(side));
    return { ports: legs.map(({ port }) => port) };
  },
  begin() {
    addedMs = [];
    startedCpu = process.cpuUsage();
  },
  /** Resolves when nothing waits in our sockets any more, or after half a minute. */
  async readAll() {
    const untilMs = performance.now() + 30_000;
    while (ourSockets()?.some(({ unreadBytes }) => unreadBytes > 0) && performance.now() < untilMs) await wait(20);
  },
  take() {
    const { user, system } = process.cpuUsage(startedCpu);
    const received = legs.map((leg) => leg.received());
    const sum = (/** @type {string} */ key) => received.reduce((total, one) => total + (one[key] ?? 0), 0);
    return {
      cpuMs: (user + system) / 1000,
      received: sum('received'),
      dropped: ourSockets()?.reduce((total, { dropped }) => total + dropped, 0),
      late: sum('late'),
      p50: percentile(addedMs, 50),
      p99: percentile(addedMs, 99),
      max: percentile(addedMs, 100),
      grownBytes: rssAfterCollection() - emptyBytes,
    };
  },
  async close() {
    await Promise.all(legs.map((leg) => leg.close()));
    legs = [];
  },
});

/** @param {Exclude<Side, 'dgram'>} side */
async function libraryLeg(side) {
  const leg = await bindRtp({ codecs: ['PCMU'], rtcp: 'mux', jitter: { targetMs: TARGET_MS }, receiveBufferBytes: BUFFER_BYTES });
  made(leg.source, side).subscribe((chunk) => {
    // From capture, which the fastest packets tell, to output; the delay that was asked for is no addition.
    const nowMs = performance.timeOrigin + performance.now();
    if (chunk.timing.kind !== 'silence') addedMs.push(nowMs - Number(chunk.timing.capturedAtMs) - TARGET_MS);
  });
  return { side, port: leg.port, received: () => leg.statistics, close: () => leg.close() };
}

/**
 * @param {import('behavioral-signals-rx/telephony').RtpBinding['source']} audio
 * @param {Exclude<Side, 'dgram'>} side
 * @returns {import('rxjs').Observable<import('behavioral-signals-rx').AudioChunk>}
 */
function made(audio, side) {
  switch (side) {
    case 'decoded':
      return audio;
    case 'chunked':
      return audio.pipe(resample(16_000), toPcm16le(), chunk(CHUNK_MS));
    case 'chunked-8k':
      return audio.pipe(toPcm16le(), chunk(CHUNK_MS));
    case 'library':
      return audio.pipe(resample(16_000), toPcm16le());
  }
}

async function bareLeg() {
  const socket = createSocket({ type: 'udp4', recvBufferSize: BUFFER_BYTES });
  let received = 0;
  socket.on('message', () => {
    received += 1;
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { side: 'dgram', port: socket.address().port, received: () => ({ received }), close: () => socket.close() };
}

/** What the system says of our sockets: bytes that wait in them, and packets that it dropped because they were full; undefined where it says nothing. */
function ourSockets() {
  const ports = new Set(legs.map(({ port }) => port));
  let table;
  try {
    table = readFileSync('/proc/net/udp', 'latin1');
  } catch {
    return undefined;
  }
  return table.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const port = Number.parseInt(fields[1]?.split(':')[1] ?? '', 16);
    if (!ports.has(port)) return [];
    return [{ unreadBytes: Number.parseInt(fields[4]?.split(':')[1] ?? '', 16), dropped: Number(fields.at(-1)) }];
  });
}

function rssAfterCollection() {
  globalThis.gc?.();
  return process.memoryUsage.rss();
}
