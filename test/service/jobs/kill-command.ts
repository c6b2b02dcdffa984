import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runKills } from './kill-run.js';
import { ServiceBundle } from './killable-service.js';

/** `npm run kill-service -- [--kills 100] [--seed 1]`: ends with 1 when anything that was acknowledged is lost, doubled or stuck. */
export async function main(args: readonly string[]): Promise<number> {
  const options = { kills: { type: 'string', default: '100' }, seed: { type: 'string', default: '1' } } as const;
  const { values } = parseArgs({ args: [...args], options });
  const [kills, seed] = [Number(values.kills), Number(values.seed)];
  if (!(Number.isInteger(kills) && kills > 0 && Number.isInteger(seed))) {
    console.error('npm run kill-service -- [--kills 100] [--seed 1]');
    return 2;
  }
  const bundle = await ServiceBundle.make();
  const dataDir = await mkdtemp(path.join(tmpdir(), 'kills-'));
  try {
    const onKill = (kill: number) => kill % 10 === 0 && console.error(`${kill} of ${kills} kills`);
    const { problems, ...report } = await runKills(bundle, dataDir, { seed, kills, onKill });
    console.log(
      `seed ${seed}: ${Object.entries(report)
        .map(([name, count]) => `${name} ${count}`)
        .join(', ')}`,
    );
    for (const problem of problems) console.log(`  ${problem}`);
    return problems.length === 0 ? 0 : 1;
  } finally {
    await bundle.remove();
    await rm(dataDir, { recursive: true });
  }
}
