import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findFfmpeg } from '../../src/index.js';
import { captureBytes, captureSdp } from '../support/captures.js';
import { bye, rtpPacket } from '../support/rtp-packets.js';
import { buildCli } from './support/built-cli.js';
import { call, RunningCli, runCli } from './support/run-cli.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'rtp-'));

beforeAll(buildCli, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const target = path.join(folder, name);
  writeFileSync(target, content);
  return target;
}

describe('pcap', () => {
  const capture = () => file('call.pcap', captureBytes('call_two_streams'));

  test('streams the one of two parties that was sent to a port', async () => {
    const [agent, customer] = [
      await runCli(['pcap', capture(), '--local', '--port', '5004']),
      await runCli(['pcap', capture(), '--local', '--port', '5006']),
    ];
    const genders = (result: typeof agent) => new Set(result.lines().flatMap(({ tasks }) => tasks.gender?.label ?? []));
    expect([agent.code, customer.code]).toEqual([0, 0]);
    expect(agent.stderr).toContain('call.pcap: rtp pcmu, 8000 Hz, 1 channel');
    expect(genders(agent)).toEqual(new Set(['female']));
    expect(genders(customer)).toEqual(new Set(['male']));
    expect(agent.stderr).not.toContain('OTHER_STREAMS');
  });

  test('says that there are others when it takes the first', async () => {
    const { code, stderr } = await runCli(['pcap', capture(), '--local']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^note OTHER_STREAMS: \d+ packets of other streams left out; --port chooses a stream$/m);
  });

  test('gives no advice on other streams that was followed', async () => {
    const bytes = captureBytes('pcmu_clean');
    // The SSRC of the last packet, which is no longer of the one stream.
    bytes.writeUInt32BE(0xdead, bytes.length - 160 - 4);
    const { code, stderr } = await runCli(['pcap', file('stray.pcap', bytes), '--local', '--port', '5004']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^note OTHER_STREAMS: 1 packet of other streams left out$/m);
  });

  test('takes the codecs from a session description, and says which audio it has no codec for', async () => {
    const opus = file('opus.pcap', captureBytes('opus_impaired'));
    const sdp = file('opus.sdp', captureSdp('opus_impaired'));
    const known = await runCli(['pcap', opus, '--local', '--sdp', sdp]);
    expect(known.code).toBe(0);
    expect(known.stderr).toContain('rtp opus, 16000 Hz');
    const unknown = await runCli(['pcap', opus, '--local']);
    expect(unknown.code).not.toBe(0);
    expect(unknown.stderr).toMatch(
      /^error EMPTY_INPUT: the capture has no RTP stream of PCMU.*; give --port, and --sdp or --codec$/m,
    );
  });

  test.each([
    [['--codec', 'GSM'], '--codec: must be PCMU'],
    [['--codec', 'opus:'], '--codec'],
    [['--sdp', '/nowhere.sdp'], '--sdp'],
    [['--port', '0'], '--port'],
    [['--jitter', '10001'], '--jitter'],
  ])('refuses %j', async (args, option) => {
    const { code, stderr } = await runCli(['pcap', capture(), '--local', ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain('error INVALID_OPTION');
    expect(stderr).toContain(option);
  });
});

describe('rtp', () => {
  test('says what to do about other senders, which no option of a capture does', async () => {
    const running = new RunningCli(['rtp', '--local', '--codec', 'PCMU', '--rtcp-mux']);
    await running.printed('stderr', /LISTENING: RTP on 127\.0\.0\.1:\d+/);
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(running.stderr)![1]);
    const socket = createSocket('udp4');
    const send = (data: Uint8Array) => new Promise((resolve) => socket.send(data, port, '127.0.0.1', resolve));
    for (const [i, ssrc] of [1, 1, 1, 2].entries()) await send(rtpPacket({ sequence: i, timestamp: i * 160, ssrc }));
    await send(bye(1));
    const { code, stderr } = await running.end();
    socket.close();
    expect(code).toBe(0);
    expect(stderr).toMatch(/^note OTHER_STREAMS: 1 packet of other streams left out; only one sender is heard, so each needs/m);
    expect(stderr).not.toContain('--port');
  });

  test('says where it listens, and streams what a sender sends until its BYE', async () => {
    const running = new RunningCli(['rtp', '--local', '--codec', 'PCMU', '--level', 'segment']);
    await running.printed('stderr', /LISTENING: RTP on 127\.0\.0\.1:\d+/);
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(running.stderr)![1]);
    const args = ['-v', 'error', '-re', '-t', '5', '-i', call, '-map_channel', '0.0.0', '-ar', '8000', '-c:a', 'pcm_mulaw'];
    const sender = spawn(
      findFfmpeg().path,
      [...args, '-rtpflags', 'send_bye', '-f', 'rtp', `rtp://127.0.0.1:${port}?pkt_size=172`],
      {
        stdio: 'ignore',
      },
    );
    const [code] = await once(running.child, 'close');
    sender.kill();
    expect(code).toBe(0);
    expect(running.stdout.trim().split('\n').length).toBeGreaterThan(0);
    expect(running.stderr).toContain('rtp: rtp pcmu, 8000 Hz, 1 channel');
  });
});
