// @ts-check
// A gRPC server that computes nothing: discards audio, at a limited speed if asked to, or answers at fixed positions of it.
import grpc from '@grpc/grpc-js';
import { answerParent } from '../measuring/answer-parent.mjs';
import { StreamingApi } from './wire.mjs';

const BYTES_PER_MS = 32; // 16 kHz, 16 bits

answerParent({
  /**
   * Listens on a free port.
   *
   * - `bytesPerSecond`: reads no faster than this.
   * - `answerEveryMs`: answers in turn with a segment and an utterance of this length, as soon as its last sample has come.
   */
  listen: (/** @type {{ bytesPerSecond?: number, answerEveryMs?: number }} */ { bytesPerSecond, answerEveryMs }) => {
    const server = new grpc.Server({ 'grpc.max_receive_message_length': 16 * 1024 * 1024 });
    const handle = answerEveryMs ? answering(answerEveryMs) : bytesPerSecond ? slow(bytesPerSecond) : discard;
    const { service } = StreamingApi;
    // Unless it answers, it doesn't even decode what comes.
    const asBytes = { ...service.StreamAudio, requestDeserialize: (/** @type {Buffer} */ bytes) => bytes };
    server.addService(answerEveryMs ? service : { ...service, StreamAudio: asBytes }, {
      StreamAudio: handle,
      DeepfakeDetection: handle,
    });
    return new Promise((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      );
    });
  },
});

/** @param {grpc.ServerDuplexStream<any, any>} call */
function discard(call) {
  call.sendMetadata(new grpc.Metadata());
  call.on('data', () => {});
  call.on('end', () => call.end());
  call.on('error', () => {});
}

/** @param {number} bytesPerSecond */
function slow(bytesPerSecond) {
  return (/** @type {grpc.ServerDuplexStream<Buffer, any>} */ call) => {
    discard(call);
    const startedMs = performance.now();
    let bytes = 0;
    call.on('data', (message) => {
      bytes += message.length;
      const aheadMs = (bytes / bytesPerSecond) * 1000 - (performance.now() - startedMs);
      if (aheadMs < 2) return;
      call.pause();
      setTimeout(() => call.resume(), aheadMs);
    });
  };
}

/** @param {number} everyMs */
function answering(everyMs) {
  return (/** @type {grpc.ServerDuplexStream<any, any>} */ call) => {
    discard(call);
    let bytes = 0;
    let answers = 0;
    call.on('data', ({ cid, audioContent }) => {
      bytes += audioContent.length;
      while (bytes >= (answers + 1) * everyMs * BYTES_PER_MS) {
        const level = answers % 2 === 0 ? 'segment' : 'utterance';
        const [startTime, endTime] = [answers, answers + 1].map((count) => ((count * everyMs) / 1000).toFixed(3));
        const prediction = [
          { label: 'female', posterior: '0.9' },
          { label: 'male', posterior: '0.1' },
        ];
        const row = { id: String(answers), startTime, endTime, task: 'gender', level, finalLabel: 'female', prediction };
        call.write({ cid, pid: 1, messageId: answers, result: [row] });
        answers += 1;
      }
    });
  };
}
