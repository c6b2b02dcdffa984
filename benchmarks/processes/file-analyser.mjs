// @ts-check
// The local engine alone, fed from files: what the service's jobs do, without HTTP, store and queue.
import { availableParallelism } from 'node:os';
import { decode, fromFile, resample, toPcm16le } from 'behavioral-signals-rx';
import { createEngine } from 'behavioral-signals-rx/service';
import { concatMap, lastValueFrom } from 'rxjs';
import { answerParent } from '../measuring/answer-parent.mjs';

const RATE = 16_000;
const events = { next: () => {} };
const engine = createEngine({ workers: availableParallelism() });

/** @param {string} file */
async function analyse(file) {
  let results = 0;
  const stream = (await engine).open({
    sampleRate: RATE,
    analysis: 'behavior',
    onResult: () => {
      results += 1;
    },
  });
  const audio$ = fromFile(file).pipe(
    decode({ events }),
    resample(RATE),
    toPcm16le({ events }),
    concatMap(async ({ data, flow }) => {
      const release = flow.hold();
      const samples = new Int16Array(data.length / 2);
      data.copy(new Uint8Array(samples.buffer));
      await stream.push(samples);
      release();
    }),
  );
  await lastValueFrom(audio$);
  await stream.end();
  if (results === 0) throw new Error('the engine found no speech');
}

answerParent({
  /** Analyses a file some times, so many at once; how long each took, and all of them. */
  analyze: async (/** @type {{ file: string, count: number, concurrency: number }} */ { file, count, concurrency }) => {
    /** @type {number[]} */
    const each = [];
    let left = count;
    const startMs = performance.now();
    const work = async () => {
      while (left > 0) {
        left -= 1;
        const beganMs = performance.now();
        await analyse(file);
        each.push(performance.now() - beganMs);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    return { each, tookMs: performance.now() - startMs };
  },
});
