// @ts-check
// Streams long audio to a server, with backpressure or without, and tells how much memory that took.
import grpc from '@grpc/grpc-js';
import { chunk, decode, fromReadable, resample, toPcm16le } from 'behavioral-signals-rx';
import { answerParent } from '../measuring/answer-parent.mjs';
import { endlessAudio } from './endless-audio.mjs';
import { sendToServer } from './send-to-server.mjs';
import { API_KEY, FIRST_CID, StreamingApi } from './wire.mjs';

const events = { next: () => {} };

/** @typedef {{ format: 'wav' | 'mp3', minute: string, seconds: number, port: number }} Task */

/** @param {Task} task */
async function prepared({ format, minute, seconds }) {
  const audio = await endlessAudio(format, minute, seconds);
  return fromReadable(audio).pipe(decode({ events }), resample(16_000), toPcm16le({ events }), chunk(250));
}

/** Runs the work; what the process had in memory at most, in MiB. @param {() => Promise<number>} work Resolves to bytes of audio sent. */
async function withPeak(work) {
  const startMs = performance.now();
  const bytes = await work();
  return { peakMiB: process.resourceUsage().maxRSS / 1024, bytes, ms: performance.now() - startMs };
}

answerParent({
  library: (/** @type {Task} */ task) => withPeak(async () => sendToServer(await prepared(task), task.port)),

  /** The baseline: the same operators into `call.write()`, as one writes it without thinking of who is faster. */
  naive: (/** @type {Task} */ task) =>
    withPeak(async () => {
      let bytes = 0;
      const credentials = { cid: FIRST_CID, xAuthToken: API_KEY };
      const client = new StreamingApi(`127.0.0.1:${task.port}`, grpc.credentials.createInsecure());
      const call = client.StreamAudio();
      call.write({ ...credentials, config: { encoding: 'LINEAR_PCM', sampleRateHertz: 16_000 } });
      (await prepared(task)).subscribe({
        next: ({ data }) => {
          bytes += data.length;
          call.write({ ...credentials, audioContent: data });
        },
        complete: () => call.end(),
        error: (error) => call.destroy(error),
      });
      call.on('data', () => {});
      await new Promise((resolve, reject) => call.on('end', resolve).on('error', reject));
      return bytes;
    }),
});
