import { parseArgs } from 'node:util';
import { MAX_GROWTH_BYTES, runSoak } from './support/soak-run.js';

const USAGE = `npm run soak -- [--hours 1] [--seed 1] [--vad light|silero]

Streams hours of audio to the local service as fast as it goes, with a new call every 15 s and seven faults in five minutes, and samples memory
(after a garbage collection) and handles. Ends with 1 when they grow or something is lost.`;

const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1);

/** `npm run soak`. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      hours: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      vad: { type: 'string', default: 'light' },
      help: { type: 'boolean', default: false },
    },
  });
  const { vad } = values;
  const [hours, seed] = [Number(values.hours), Number(values.seed)];
  if (values.help || (vad !== 'light' && vad !== 'silero') || !(hours > 0) || !Number.isFinite(seed)) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const report = await runSoak({
    hours,
    seed,
    vad,
    onSample: ({ atMs, memory, handles }) =>
      console.error(`${(atMs / 3_600_000).toFixed(2)} h: ${mib(memory)} MiB, ${handles} handles`),
  });
  const { utterances, faults, rotations, elapsedMs, bytesPerHour, handlesPerHour, problems } = report;
  console.log(
    `seed ${seed}: ${hours} h in ${(elapsedMs / 1000).toFixed(0)} s, ${((hours * 3_600_000) / elapsedMs).toFixed(0)} times real time`,
  );
  console.log(`${utterances} utterances, ${faults} faults, ${rotations} rotations`);
  console.log(
    `memory ${mib(bytesPerHour)} MiB an hour (limit: ${mib(MAX_GROWTH_BYTES)} in all), handles ${handlesPerHour.toFixed(2)} an hour`,
  );
  console.log(problems.length === 0 ? 'Flat, nothing left open.' : `Problems with seed ${seed}:\n  ${problems.join('\n  ')}`);
  return problems.length === 0 ? 0 : 1;
}
