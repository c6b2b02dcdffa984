// @ts-check
// Sends PCMU to many ports, 50 packets a second each, evenly spread over every 20 ms.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { answerParent } from '../measuring/answer-parent.mjs';

const PACKET_MS = 20;
const SAMPLES = 160;

/** @type {import('node:dgram').Socket} */
let socket;
/** @type {{ port: number, packet: Buffer, sequence: number }[]} */
let legs = [];
let openedMs = 0;
/** Packets that the system did not take. */
let refused = 0;

answerParent({
  /** @param {{ ports: number[] }} parameter */
  async open({ ports }) {
    // Addresses need no lookup; the usual one costs a packet a turn of the event loop's queue.
    const lookup = (/** @type {string} */ host, /** @type {unknown} */ _, /** @type {Function} */ found) => found(null, host, 4);
    socket = createSocket({ type: 'udp4', sendBufferSize: 1 << 20, lookup });
    const listening = once(socket, 'listening');
    socket.bind(0, '127.0.0.1');
    await listening;
    openedMs = performance.now();
    legs = ports.map((port, index) => {
      const packet = Buffer.alloc(12 + SAMPLES);
      packet[0] = 0x80;
      packet.writeUInt32BE(index + 1, 8);
      for (let i = 0; i < SAMPLES; i += 1) packet[12 + i] = (i * 37 + index) & 0xff;
      return { port, packet, sequence: 0 };
    });
  },
  /** Sends for a while. @param {{ ms: number }} parameter */
  send({ ms }) {
    const packets = Math.round(ms / PACKET_MS) * legs.length;
    const startedMs = performance.now();
    const startedCpu = process.cpuUsage();
    // Between two windows nothing is said, and the senders' clocks run on.
    const firstPacket = Math.round((startedMs - openedMs) / PACKET_MS);
    let sent = 0;
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        const due = Math.min(packets, Math.floor(((performance.now() - startedMs) * legs.length) / PACKET_MS));
        for (; sent < due; sent += 1) {
          const leg = legs[sent % legs.length];
          // A copy, because a packet may wait in the socket's queue.
          const packet = Buffer.from(leg.packet);
          packet.writeUInt16BE(leg.sequence & 0xffff, 2);
          packet.writeUInt32BE((firstPacket + Math.floor(sent / legs.length)) * SAMPLES, 4);
          leg.sequence += 1;
          socket.send(packet, leg.port, '127.0.0.1', countRefusal);
        }
        if (sent < packets) return;
        clearInterval(timer);
        const { user, system } = process.cpuUsage(startedCpu);
        resolve({ sent, refused, ms: performance.now() - startedMs, cpuMs: (user + system) / 1000 });
      }, 1);
    });
  },
  close() {
    socket.close();
  },
});

/** @param {Error | null} error */
function countRefusal(error) {
  if (error) refused += 1;
}
