import { parseArgs } from 'node:util';
import { type ChaosReport, FRAME_MS, runChaos } from './support/chaos-run.js';

const USAGE = `npm run chaos -- [--minutes 10] [--seed 1] [--faults N] [--vad light|silero] [--speed N]

Streams a recording with known utterances to the local service behind faults, 20 a minute unless told otherwise, and compares with
the run without faults. Ends with 1 on any difference. --speed paces the audio; without it, it goes as fast as the service takes it.`;

/** `npm run chaos`. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      faults: { type: 'string' },
      vad: { type: 'string', default: 'silero' },
      speed: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const { vad } = values;
  const numbers = [values.minutes, values.seed, values.faults ?? '0', values.speed ?? '1'].map(Number);
  if (values.help || (vad !== 'light' && vad !== 'silero') || numbers.some((number) => !Number.isFinite(number))) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  let shownMs = 0;
  const report = await runChaos({
    minutes: Number(values.minutes),
    seed: Number(values.seed),
    vad,
    faults: values.faults === undefined ? undefined : Number(values.faults),
    speed: values.speed === undefined ? undefined : Number(values.speed),
    onProgress: (doneMs, ofMs, fired) => {
      if (performance.now() - shownMs < 2000) return;
      shownMs = performance.now();
      console.error(`${(doneMs / 60_000).toFixed(1)} of ${(ofMs / 60_000).toFixed(1)} minutes, ${fired} faults`);
    },
  });
  print(report, FRAME_MS[vad]);
  return report.problems.length === 0 ? 0 : 1;
}

function print({ plan, problems, ...report }: ChaosReport, frameMs: number): void {
  const kinds = new Map<string, number>();
  for (const { kind } of plan.faults) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  console.log(
    `seed ${plan.seed}: ${report.fired} of ${plan.faults.length} faults fired in ${(report.elapsedMs / 1000).toFixed(1)} s`,
  );
  console.log(`  ${[...kinds].map(([kind, count]) => `${kind} ${count}`).join(', ')}`);
  console.log(`${report.calls} calls; ${(report.replayedMs / 1000).toFixed(1)} s of audio came more than once`);
  console.log(
    `${report.utterances} known utterances; times moved by up to ${report.farthestShiftMs.toFixed(1)} ms (a frame is ${frameMs})`,
  );
  console.log(`memory afterwards: ${(report.memoryGrowthBytes / 2 ** 20).toFixed(1)} MiB more`);
  if (problems.length === 0) console.log('The same utterances, none missing, none twice; nothing left open.');
  else console.log(`${problems.length} problems with seed ${plan.seed}:\n  ${problems.slice(0, 20).join('\n  ')}`);
}
