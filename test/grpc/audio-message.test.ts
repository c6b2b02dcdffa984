import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AudioMessages } from '../../src/grpc/audio-message.js';
import { streamingService } from '../../src/grpc/package-definition.js';

describe('AudioMessages', () => {
  it('serialises what protobuf.js reads back as the same message, and as the same bytes', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 10n ** 18n }),
        fc.string({ minLength: 1, unit: 'grapheme' }),
        fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constantFrom(16_383, 16_384, 32_000, 2_097_152)),
        (cid, token, length) => {
          const audio = Buffer.alloc(length, 7);
          const bytes = new AudioMessages(String(cid), token).serialize(audio);
          const { requestSerialize, requestDeserialize } = streamingService.StreamAudio;
          const { audioContent, ...rest } = requestDeserialize(bytes);
          expect(rest).toMatchObject({ cid: String(cid), xAuthToken: token, config: null });
          expect(audioContent.equals(audio)).toBe(true);
          expect(bytes.equals(requestSerialize({ cid: String(cid), xAuthToken: token, audioContent: audio }))).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });
});
