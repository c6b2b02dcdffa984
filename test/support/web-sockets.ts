import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import type { StreamEvent } from '../../src/events/index.js';
import type { TelephonyChunk } from '../../src/telephony/index.js';
import { SeededRandom } from './seeded-random.js';

/** A WebSocket over the loopback: what we are given, and the peer's end. */
export interface SocketPair {
  /** Ours, as a server gets it. */
  ours: WebSocket;
  /** The platform's. */
  peer: WebSocket;
  /** Sends messages one after the other: text as it is, objects as JSON, bytes as binary. Resolves when ours has read them. */
  send(...messages: (string | object | Uint8Array)[]): Promise<void>;
  close(): Promise<void>;
}

/** Opens a WebSocket over the loopback. */
export async function socketPair(): Promise<SocketPair> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const connected = once(server, 'connection');
  const peer = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [[ours]] = (await Promise.all([connected, once(peer, 'open')])) as [[WebSocket], unknown];
  return {
    ours,
    peer,
    send: async (...messages) => {
      for (const message of messages) {
        if (typeof message === 'string' || message instanceof Uint8Array) peer.send(message);
        else peer.send(JSON.stringify(message));
      }
      // Frames are read in order: when the ping is, so are they.
      const pinged = once(ours, 'ping');
      peer.ping();
      await pinged;
    },
    close: async () => {
      const closed = [ours, peer].map((socket) => socket.readyState === WebSocket.CLOSED || once(socket, 'close'));
      for (const client of server.clients) client.terminate();
      peer.terminate();
      await Promise.all(closed);
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A sine as mu-law would not do: bytes that tell where each is, of one packet of 20 ms at 8 kHz. */
export function packetBytes(index: number, length = 160): Buffer {
  return Buffer.alloc(length, (index * 7 + 1) & 0xff);
}

/** What a leg gave: [position, length, kind] of each chunk. */
export function placed(chunks: readonly TelephonyChunk[]): [number, number, string | undefined][] {
  return chunks.map(({ timing, length }) => [timing.position, length, timing.kind]);
}

/** Adds up neighbours of the same kind. */
export function spans(chunks: readonly TelephonyChunk[]): [start: number, end: number, kind: string | undefined][] {
  const output: [number, number, string | undefined][] = [];
  for (const { timing, length } of chunks) {
    const last = output.at(-1);
    if (last && last[1] === timing.position && last[2] === timing.kind) last[1] += length;
    else output.push([timing.position, timing.position + length, timing.kind]);
  }
  return output;
}

export function ofType<Type extends StreamEvent['type']>(events: readonly StreamEvent[], type: Type) {
  return events.filter((event): event is Extract<StreamEvent, { type: Type }> => event.type === type);
}

/** The same items, none further than `most` places from its own. */
export function shuffled<T>(items: readonly T[], most: number): T[] {
  const random = new SeededRandom(1);
  return items
    .map((item, index) => ({ item, at: index + random.between(0, most) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
