import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AudioStream } from '../../src/grpc/proto/types/behavioral_api/grpc/v1/AudioStream.js';
import { type LocalService, startLocalService } from '../../src/service/index.js';
import { levelMeter } from './level-meter.js';
import { WireClient } from './wire-client.js';

const meter = levelMeter();
let service: LocalService;
let client: WireClient;
beforeAll(async () => {
  service = await startLocalService({ engine: meter.engine });
  client = new WireClient(service);
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await service.close();
});

const config: AudioStream = { config: { encoding: 'LINEAR_PCM', sampleRateHertz: 16_000 } };
const audio: AudioStream = { audioContent: Buffer.alloc(640) };

describe('a stream is refused with INVALID_ARGUMENT and a plain sentence', () => {
  it.each<[string, AudioStream[], RegExp]>([
    ['when audio comes before the configuration', [audio], /Audio came before the configuration/],
    ['when the first message has no configuration', [{}], /first message has no configuration/],
    ['when the configuration comes with audio', [{ ...config, ...audio }], /configuration came with audio/],
    ['when a second configuration comes', [config, audio, config], /second configuration/],
    ['when a message splits a sample', [config, { audioContent: Buffer.alloc(641) }], /641 bytes, an odd number/],
    ['when the rate is missing', [{ config: {} }], /sample_rate_hertz is 0, but must be from 4000 to 384000/],
    ['when the rate is too low', [{ config: { sampleRateHertz: 3999 } }], /sample_rate_hertz is 3999/],
    ['when the rate is too high', [{ config: { sampleRateHertz: 384_001 } }], /sample_rate_hertz is 384001/],
    ['when the rate is negative', [{ config: { sampleRateHertz: -16_000 } }], /sample_rate_hertz is -16000/],
    ['when the encoding is unknown', [{ config: { sampleRateHertz: 16_000, encoding: 3 as 0 } }], /encoding is 3/],
    ['when the level is unknown', [{ config: { sampleRateHertz: 16_000, level: 5 as 0 } }], /level is 5/],
    ['when the project changes', [config, audio, { ...audio, cid: 77 }], /cid changed from 10000000 to 77/],
  ])('%s', async (_, messages, details) => {
    const call = client.call();
    for (const message of messages) call.send(message);
    expect(await call.status).toMatchObject({ code: status.INVALID_ARGUMENT, details: expect.stringMatching(details) });
  });

  it('when it ends before a configuration came', async () => {
    expect(await client.call().finish()).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: 'The stream ended before its configuration came.',
    });
  });
});

it.each([4_000, 384_000])('the edge of the range, %d Hz, is accepted', async (sampleRateHertz) => {
  expect(await client.call().configure({ sampleRateHertz }).finish()).toMatchObject({ code: status.OK });
});

it('an unset encoding is LINEAR_PCM, the only one, and an empty message is no audio', async () => {
  const call = client.call();
  call.send({ config: { sampleRateHertz: 16_000 } });
  call.send({});
  expect(await call.finish()).toMatchObject({ code: status.OK });
});

it('results of what came before a refused message are not lost, and the engine is let go', async () => {
  const call = client.call().configure().sendAudio(new Int16Array(16_000).fill(8192), 320);
  call.send({ audioContent: Buffer.alloc(3) });
  expect(await call.status).toMatchObject({ code: status.INVALID_ARGUMENT });
  expect(call.results.map(({ result }) => result[0]?.prediction[0]?.score)).toEqual(['0.25', '0.25']);
  expect(meter.streams.at(-1)).toMatchObject({ cancelled: true, ended: false });
});

it('other streams of the same connection go on', async () => {
  const [good, bad] = [client.call().configure(), client.call()];
  bad.send(audio);
  expect(await bad.status).toMatchObject({ code: status.INVALID_ARGUMENT });
  expect(await good.sendAudio(new Int16Array(8_000), 320).finish()).toMatchObject({ code: status.OK });
  expect(good.results).toHaveLength(1);
});
