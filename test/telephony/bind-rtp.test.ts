import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { firstValueFrom, lastValueFrom, Subject, take, toArray } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../src/events/index.js';
import { type BindRtpOptions, bindRtp, type RtpBinding, type RtpChunk } from '../../src/telephony/index.js';
import { bye, rtpPacket } from '../support/rtp-packets.js';

const opened: { close(): unknown }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map(async (one) => one.close()));
});

async function bind(options: BindRtpOptions = {}): Promise<RtpBinding> {
  const leg = await bindRtp(options);
  opened.push(leg);
  return leg;
}

async function sender(host = '127.0.0.1'): Promise<Socket> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.bind(0, host);
  await once(socket, 'listening');
  let closed = false;
  socket.once('close', () => {
    closed = true;
  });
  opened.push({ close: () => closed || socket.close() });
  return socket;
}

function send(socket: Socket, { host, port }: { host: string; port: number }, data: Uint8Array): Promise<unknown> {
  return new Promise((resolve, reject) => {
    socket.send(data, port, host, (error) => (error ? reject(error) : resolve(undefined)));
  });
}

/** Sends packets of 20 ms one after the other, as a burst. */
async function sendPackets(socket: Socket, leg: RtpBinding, count: number, { first = 0, ssrc = 1 } = {}): Promise<void> {
  for (let i = first; i < first + count; i += 1) await send(socket, leg, rtpPacket({ sequence: i, timestamp: i * 160, ssrc }));
}

function observed(): { events: Subject<StreamEvent>; next: (matches: (event: StreamEvent) => boolean) => Promise<StreamEvent> } {
  const events = new Subject<StreamEvent>();
  return {
    events,
    next: (matches) =>
      new Promise((resolve) => {
        const subscription = events.subscribe((event) => {
          if (!matches(event)) return;
          subscription.unsubscribe();
          resolve(event);
        });
      }),
  };
}

describe('bindRtp', () => {
  it.each([
    ['127.0.0.1', 'next-port'],
    ['127.0.0.1', 'mux'],
    ['::1', 'next-port'],
    ['::1', 'mux'],
  ] as const)('on %s with RTCP %s: audio from a port that is known before, until BYE', async (host, rtcp) => {
    const leg = await bind({ host, rtcp, codecs: ['PCMU'] });
    expect(leg.rtcpPort).toBe(rtcp === 'mux' ? undefined : leg.port + 1);
    const heard = lastValueFrom(leg.source.pipe(toArray()));
    const socket = await sender(host);
    await sendPackets(socket, leg, 10);
    await send(socket, { host, port: leg.rtcpPort ?? leg.port }, bye(1));
    const chunks = await heard;
    expect(chunks.map(({ timing, length }) => [timing.position, length])).toEqual(
      Array.from({ length: 10 }, (_, i) => [i * 160, 160]),
    );
    expect(chunks[0]!.format).toEqual({ encoding: 'float32', channels: 1, sampleRate: 8000 });
    expect(leg.statistics).toMatchObject({ received: 10, lost: 0, rtcp: 1 });
  });

  it('keeps what comes before it is subscribed, and completes on close()', async () => {
    const { events, next } = observed();
    const leg = await bind({ rtcp: 'mux', events, jitter: { targetMs: 0 } });
    const started = next((event) => event.type === 'rtp' && event.state === 'started');
    await sendPackets(await sender(), leg, 5);
    await started;
    const heard = lastValueFrom(leg.source.pipe(toArray()));
    const ended = next((event) => event.type === 'rtp' && event.state === 'ended');
    while (leg.statistics.received < 5) await new Promise(setImmediate);
    await leg.close();
    await ended;
    expect((await heard).filter(({ timing }) => timing.kind === 'audio')).toHaveLength(5);
  });

  it('frees its ports when it is unsubscribed', async () => {
    const leg = await bind({});
    leg.source.subscribe().unsubscribe();
    await leg.close();
    const again = await bind({ port: leg.port });
    expect(again.port).toBe(leg.port);
  });

  it('can be subscribed once', async () => {
    const leg = await bind({});
    leg.source.subscribe();
    await expect(lastValueFrom(leg.source)).rejects.toMatchObject({ code: 'SOURCE_CONSUMED' });
  });

  it('hears the first confirmed sender only, and counts the others', async () => {
    const leg = await bind({ rtcp: 'mux', codecs: ['PCMU'] });
    const heard = lastValueFrom(leg.source.pipe(toArray()));
    const [caller, stranger] = [await sender(), await sender()];
    await send(stranger, leg, rtpPacket({ sequence: 500, timestamp: 9, ssrc: 7 }));
    await sendPackets(caller, leg, 5);
    await sendPackets(stranger, leg, 5, { first: 501, ssrc: 7 });
    await sendPackets(stranger, leg, 5, { first: 5, ssrc: 1 });
    await sendPackets(caller, leg, 5, { first: 5 });
    await send(caller, leg, bye(1));
    expect((await heard).filter(({ timing }) => timing.kind === 'audio')).toHaveLength(10);
    expect(leg.statistics).toMatchObject({ received: 10, strangers: 10, epochs: 1, lost: 0 });
  });

  it('hears a given sender only, from the first packet on', async () => {
    const [caller, stranger] = [await sender(), await sender()];
    const leg = await bind({ rtcp: 'mux', sender: { address: '127.0.0.1', port: caller.address().port } });
    const heard = lastValueFrom(leg.source.pipe(toArray()));
    await sendPackets(stranger, leg, 5, { ssrc: 7 });
    await sendPackets(caller, leg, 5);
    await send(caller, leg, bye(1));
    expect((await heard).filter(({ timing }) => timing.kind === 'audio')).toHaveLength(5);
    expect(leg.statistics).toMatchObject({ received: 5, strangers: 5 });
  });

  it('survives anything that is sent to its ports', async () => {
    const leg = await bind({ codecs: ['PCMU'] });
    const heard = lastValueFrom(leg.source.pipe(toArray()));
    const socket = await sender();
    const junk = ['', '80', '800001', '000100002112a442', '16feff0000', '4000000100', '80c80006', '9f00000000000000', '80cb0001'];
    await sendPackets(socket, leg, 2);
    for (const hex of junk) {
      await send(socket, leg, Buffer.from(hex, 'hex'));
      await send(socket, { host: leg.host, port: leg.rtcpPort! }, Buffer.from(hex, 'hex'));
    }
    await sendPackets(socket, leg, 2, { first: 2 });
    await send(socket, { host: leg.host, port: leg.rtcpPort! }, bye(1));
    expect((await heard).filter(({ timing }) => timing.kind === 'audio')).toHaveLength(4);
    expect(leg.statistics).toMatchObject({ received: 4, stun: 1, dtls: 1 });
    expect(leg.statistics.malformed).toBeGreaterThanOrEqual(12);
  });

  it('says when nothing comes, and when it goes on; a stall ends nothing', async () => {
    const { events, next } = observed();
    const stalled = next((event) => event.type === 'rtp' && event.state === 'stalled');
    const leg = await bind({ rtcp: 'mux', events, stall: { firstMs: 50, laterMs: 50 }, codecs: ['PCMU'] });
    const heard = firstValueFrom(leg.source);
    expect(await stalled).toMatchObject({ stream: 'rtp' });
    const resumed = next((event) => event.type === 'rtp' && event.state === 'resumed');
    await sendPackets(await sender(), leg, 5);
    expect(await resumed).toMatchObject({ state: 'resumed' });
    expect((await heard).timing.position).toBe(0);
  });

  it('drops whole chunks within its bound when the consumer is slow, and says so', async () => {
    const leg = await bind({ rtcp: 'mux', codecs: ['PCMU'], maxBytes: 4096, events: new Subject() });
    const heard: RtpChunk[] = [];
    let release: (() => void) | undefined;
    const complete = new Promise<void>((resolve) => {
      leg.source.subscribe({
        next: (chunk) => {
          heard.push(chunk);
          release ??= chunk.flow.hold();
        },
        complete: resolve,
      });
    });
    const socket = await sender();
    await sendPackets(socket, leg, 100);
    while (leg.statistics.received < 100) await new Promise(setImmediate);
    await leg.close();
    release?.();
    await complete;
    expect(heard.length).toBeLessThanOrEqual(1 + 4096 / 640);
    expect(heard.some(({ timing }) => timing.skipped === 'dropped')).toBe(true);
    expect(heard.at(-1)!.timing.position).toBe(99 * 160);
  });

  it('takes a free port of a range, even where RTCP follows, and says when none is left', async () => {
    const probe = await bind({});
    const first = probe.port + (probe.port % 2);
    await probe.close();
    const one = await bind({ portRange: [first, first + 3] });
    const two = await bind({ portRange: [first, first + 3] });
    expect([one.port % 2, two.port % 2]).toEqual([0, 0]);
    await expect(bind({ portRange: [first, first + 3] })).rejects.toMatchObject({
      code: 'PORT_UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining('bindRtp({ portRange })'),
    });
  });

  it('says which port is in use, and which host is none', async () => {
    const leg = await bind({});
    await expect(bind({ port: leg.port })).rejects.toMatchObject({
      code: 'PORT_UNAVAILABLE',
      message: expect.stringMatching(/^bindRtp\(\{ port \}\).*EADDRINUSE/),
    });
    await expect(bind({ port: leg.port - 1 })).rejects.toMatchObject({ code: 'PORT_UNAVAILABLE' });
    await expect(bind({ host: '192.0.2.1' })).rejects.toMatchObject({
      code: 'PORT_UNAVAILABLE',
      message: expect.stringContaining('bindRtp({ host })'),
    });
  });

  it.each<[BindRtpOptions, string]>([
    [{ port: 65_536 }, 'bindRtp({ port })'],
    [{ port: 5004, portRange: [1, 2] }, 'bindRtp({ portRange })'],
    [{ portRange: [5004, 5004] }, 'bindRtp({ portRange })[1]'],
    [{ rtcp: 'none' as 'mux' }, 'bindRtp({ rtcp })'],
    [{ sender: { address: 'pbx' } }, 'bindRtp({ sender: { address } })'],
    [{ jitter: { targetMs: 501 } }, 'bindRtp({ jitter: { targetMs } })'],
    [{ codecs: [] }, 'bindRtp({ codecs })'],
    [{ codecs: ['GSM' as 'PCMU'] }, 'bindRtp({ codecs[0] })'],
    [{ codecs: ['PCMU', { payloadType: 0, name: 'PCMA' }] }, 'bindRtp({ codecs })'],
    [{ codecs: [{ payloadType: 96, name: 'opus', clockRate: 8000 }] }, 'bindRtp({ codecs[0].clockRate })'],
    [{ sdp: 'v=0' }, 'bindRtp({ sdp })'],
    [{ stall: { firstMs: 0 } }, 'bindRtp({ stall: { firstMs } })'],
    [{ maxBytes: 1 }, 'bindRtp({ maxBytes })'],
  ])('refuses %j at once', async (options, option) => {
    await expect(bindRtp(options)).rejects.toMatchObject({ code: 'INVALID_OPTION', option });
  });

  it.each<[string, (event: StreamEvent) => boolean]>([
    ['it hears who sends', (event) => event.type === 'rtp'],
    ['it hears the format', (event) => event.type === 'format'],
    ['it is told a key', (event) => event.type === 'dtmf'],
  ])('ends once, without audio or an error after that, when its consumer leaves as %s', async (_, isTime) => {
    const told: string[] = [];
    const { events, next } = observed();
    const codecs = ['PCMU', { payloadType: 101, name: 'telephone-event' }] as const;
    const leg = await bind({ rtcp: 'mux', events, codecs, jitter: { targetMs: 0 } });
    let heardAfter = 0;
    let hasLeft = false;
    const subscription = leg.source.subscribe(() => {
      if (hasLeft) heardAfter += 1;
    });
    const ended = next((event) => event.type === 'rtp' && event.state === 'ended');
    events.subscribe((event) => {
      told.push(event.type === 'rtp' ? event.state : event.type);
      if (!isTime(event) || hasLeft) return;
      hasLeft = true;
      subscription.unsubscribe();
    });
    const socket = await sender();
    await sendPackets(socket, leg, 5);
    const key = { payloadType: 101, sequence: 5, timestamp: 800, payload: Uint8Array.of(5, 0x80, 0, 160) };
    await send(socket, leg, rtpPacket(key)).catch(() => {});
    await ended;
    await leg.close();
    expect(heardAfter).toBe(0);
    expect(told.filter((state) => state === 'ended')).toHaveLength(1);
    expect(told.filter((type) => type === 'rtp-statistics')).toHaveLength(1);
  });

  it('lets operators take what they need', async () => {
    const leg = await bind({ rtcp: 'mux', codecs: ['PCMU'] });
    const heard = lastValueFrom(leg.source.pipe(take(2), toArray()));
    await sendPackets(await sender(), leg, 5);
    expect(await heard).toHaveLength(2);
    await leg.close();
  });
});
