// @ts-check
// How long importing each entry of the package takes, beside what a hand-written client would import.
import { askFreshChild } from './measuring/child-process.mjs';
import { compare } from './measuring/comparison.mjs';
import { interleave } from './measuring/pairs.mjs';

export const title = 'Import time: each entry in a fresh process, against the imports of a hand-written grpc-js client';

const BY_HAND = ['@grpc/grpc-js', '@grpc/proto-loader', 'rxjs'];

const ENTRIES = [
  { entry: 'behavioral-signals-rx', against: BY_HAND },
  { entry: 'behavioral-signals-rx/service', against: BY_HAND },
  { entry: 'behavioral-signals-rx/vad', against: ['node:path'] },
  // It is for browsers too: nothing is what it should cost.
  { entry: 'behavioral-signals-rx/predictions', against: ['node:path'] },
];

/** @param {{ quick: boolean, progress: (text: string) => void }} options */
export async function run({ quick, progress }) {
  const rows = [];
  for (const { entry, against } of ENTRIES) {
    for (const how of /** @type {const} */ (['import', 'require'])) {
      progress(`${how} ${entry}`);
      const measured = await interleave(
        quick ? 2 : 20,
        () => askFreshChild('import-timer', 'load', { how, modules: [entry] }),
        () => askFreshChild('import-timer', 'load', { how, modules: against }),
      );
      rows.push(
        compare({
          case: `${how} ${entry}`,
          measure: `time; baseline ${against.join(' + ')}`,
          unit: 'ms',
          as: 'difference',
          ...measured,
        }),
      );
    }
  }
  return { rows };
}
