import { expect, it } from 'vitest';
import { SERVICE_NAME, streamingService } from '../../src/grpc/package-definition.js';

it('names both methods as the wire does', () => {
  const { StreamAudio, DeepfakeDetection } = streamingService;
  expect([StreamAudio.path, DeepfakeDetection.path]).toEqual([
    `/${SERVICE_NAME}/StreamAudio`,
    `/${SERVICE_NAME}/DeepfakeDetection`,
  ]);
  expect([StreamAudio.requestStream, StreamAudio.responseStream]).toEqual([true, true]);
});

it('puts the fields under their documented tags', () => {
  const bytes = streamingService.StreamAudio.requestSerialize({
    cid: '10000119',
    xAuthToken: 'T',
    config: { encoding: 'LINEAR_PCM', sampleRateHertz: 16_000, level: 'utterance', logits: false },
  });
  // cid (1): varint; x_auth_token (2): text; config (3): a message of sample_rate_hertz (2), level (3), logits (4).
  expect([...bytes]).toEqual([0x08, 0xf7, 0xad, 0xe2, 0x04, 0x12, 1, 0x54, 0x1a, 9, 0x08, 0, 0x10, 0x80, 0x7d, 0x18, 1, 0x20, 0]);
});

it('reads 64-bit numbers and enums as text, and tells an absent optional field from an empty one', () => {
  const { responseSerialize, responseDeserialize } = streamingService.StreamAudio;
  const read = responseDeserialize(
    responseSerialize({
      cid: '9223372036854775807',
      pid: 7,
      messageId: 1,
      result: [{ id: '1', task: 'gender', prediction: [{ label: 'male', posterior: '' }], level: 1 }],
    }),
  );
  expect(read).toMatchObject({ cid: '9223372036854775807', pid: '7', messageId: 1, result: [{ level: 'utterance' }] });
  expect(read.result[0]?.prediction[0]?.posterior).toBe('');
  expect(read.result[0]?.prediction[0]).not.toHaveProperty('score');
  expect(read.result[0]?.embedding).toBeUndefined();
});
