import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { lastValueFrom, toArray } from 'rxjs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../../src/events/index.js';
import { PcapReader } from '../../../src/rtp/pcap/index.js';
import { bindRtp, fromPcap, type RtpBinding } from '../../../src/telephony/index.js';
import { captureBytes, placed } from '../../support/captures.js';
import { audioOf, isInstalled, PATIENT_JITTER, Peers } from '../../support/rtp-peers.js';

/** Speech, a digit, a pause with comfort noise, speech: the beginning of a capture. */
const CAPTURE_MS = 3600;
const peers = new Peers();
const folder = mkdtempSync(path.join(os.tmpdir(), 'sipp-'));
const opened: Socket[] = [];

afterEach(() => {
  peers.stop();
  for (const socket of opened.splice(0)) socket.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The first frames of a capture, as a file. */
function beginning(name: string, ms: number): string {
  const bytes = captureBytes(name);
  const reader = new PcapReader();
  let [firstMs, end] = [Number.NaN, 0];
  for (const { atMs } of reader.read(bytes)) {
    if (Number.isNaN(firstMs)) firstMs = atMs;
    if (atMs - firstMs >= ms) break;
    end = reader.byteOffset;
  }
  const file = path.join(folder, `${name}.pcap`);
  writeFileSync(file, bytes.subarray(0, end));
  return file;
}

/** A call as SIPp makes it: invites, plays the capture, hangs up. */
function scenario(capture: string, ms: number): string {
  const via = 'Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]';
  const request = (method: string, number: number, to: string, rest: string[]) =>
    [
      `${method} sip:leg@[remote_ip]:[remote_port] SIP/2.0`,
      via,
      'From: <sip:sipp@[local_ip]>;tag=[call_number]',
      `To: <sip:leg@[remote_ip]>${to}`,
      'Call-ID: [call_id]',
      `CSeq: ${number} ${method}`,
      'Contact: <sip:sipp@[local_ip]:[local_port]>',
      ...rest,
    ].join('\n');
  const offer = [
    'Content-Type: application/sdp',
    'Content-Length: [len]',
    '',
    'v=0',
    'o=- 1 1 IN IP4 [local_ip]',
    's=-',
    'c=IN IP4 [media_ip]',
    't=0 0',
    'm=audio [media_port] RTP/AVP 0 13 101',
    'a=rtpmap:101 telephone-event/8000',
  ];
  const none = ['Content-Length: 0', '', ''];
  return `<?xml version="1.0" encoding="UTF-8" ?>
<scenario name="a call">
  <send retrans="500"><![CDATA[\n\n${request('INVITE', 1, '', offer)}\n\n]]></send>
  <recv response="200"></recv>
  <send><![CDATA[\n\n${request('ACK', 1, '[peer_tag_param]', none)}]]></send>
  <nop><action><exec play_pcap_audio="${capture}"/></action></nop>
  <pause milliseconds="${ms + 200}"/>
  <send retrans="500"><![CDATA[\n\n${request('BYE', 2, '[peer_tag_param]', none)}]]></send>
  <recv response="200"></recv>
</scenario>`;
}

/** The signalling, as drachtio and the like do it for a program: answers an offer with the port of a leg, and closes that at the end of the call. */
async function answerCalls(host: string, bind: (sdp: string) => Promise<RtpBinding>): Promise<number> {
  const socket = createSocket('udp4');
  opened.push(socket);
  let leg: Promise<RtpBinding> | undefined;
  socket.on('message', async (data, { address, port }) => {
    const [head = '', body = ''] = data.toString().split('\r\n\r\n');
    const method = head.split(' ', 1)[0];
    if (method === 'ACK') return;
    const headers = head.split('\r\n').filter((line) => /^(Via|From|Call-ID|CSeq):/i.test(line));
    const to = `${/^To:.*$/im.exec(head)?.[0].replace(/;tag=.*/, '')};tag=leg`;
    let answer = '';
    if (method === 'INVITE') {
      leg ??= bind(body);
      const { port: rtpPort } = await leg;
      answer = `v=0\r\no=- 1 1 IN IP4 ${host}\r\ns=-\r\nc=IN IP4 ${host}\r\nt=0 0\r\nm=audio ${rtpPort} RTP/AVP 0 13 101\r\n`;
    } else {
      await (await leg)?.close();
    }
    const contact = [`Contact: <sip:leg@${host}>`, 'Content-Type: application/sdp', `Content-Length: ${answer.length}`];
    socket.send(['SIP/2.0 200 OK', ...headers, to, ...contact, '', answer].join('\r\n'), port, address);
  });
  socket.bind(0, host);
  await once(socket, 'listening');
  return socket.address().port;
}

const canPlay = isInstalled('sipp') && process.getuid?.() === 0;

describe.skipIf(!canPlay /* Debian: sip-tester; it plays captures through a raw socket, which only root may open */)(
  'SIPp as the caller',
  () => {
    it('is heard as its capture sounds: speech, comfort noise, a digit, and the end of the call', async () => {
      const capture = beginning('pcmu_dtx_cn_dtmf', CAPTURE_MS);
      const file = path.join(folder, 'call.xml');
      writeFileSync(file, scenario(capture, CAPTURE_MS));
      const events: StreamEvent[] = [];
      let heard: Promise<Float32Array> | undefined;
      let binding: RtpBinding | undefined;
      let offered = '';
      const port = await answerCalls('127.0.0.1', async (sdp) => {
        offered = sdp;
        binding = await bindRtp({ sdp, jitter: PATIENT_JITTER, events: { next: (event) => events.push(event) } });
        heard = lastValueFrom(binding.source.pipe(toArray())).then((chunks) => placed(audioOf(chunks)));
        return binding;
      });
      const limits = ['-m', '1', '-nostdin', '-timeout', '30s', '-timeout_error'];
      const args = [`127.0.0.1:${port}`, '-sf', file, '-i', '127.0.0.1', '-mi', '127.0.0.1', ...limits];
      await peers.run('sipp', args, { TERM: 'xterm' });

      const truth = { sdp: offered, port: 5004, jitter: PATIENT_JITTER };
      const expected = placed(audioOf(await lastValueFrom(fromPcap(capture, truth).pipe(toArray()))));
      const audio = await heard!;
      expect(audio).toHaveLength(expected.length);
      expect(audio.every((sample, i) => sample === expected[i])).toBe(true);
      expect(binding!.statistics).toMatchObject({ lost: 0, late: 0, malformed: 0, unknownPayloadType: 0, epochs: 1 });
      expect(events.filter(({ type }) => type === 'dtmf')).toEqual([
        { type: 'dtmf', digit: '4', startMs: 2000, durationMs: 160, stream: 'rtp' },
      ]);
    });
  },
);
