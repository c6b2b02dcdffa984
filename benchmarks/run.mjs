// @ts-check
// `npm run bench`: runs all benchmarks, or those named, and prints a table of each.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuilt } from '../scripts/ensure-built.mjs';
import { describeMachine } from './measuring/machine.mjs';
import { table } from './measuring/table.mjs';

const BENCHMARKS = [
  'chunk-latency',
  'prediction-latency',
  'file-to-wire',
  'first-chunk',
  'memory',
  'operators',
  'gating',
  'rtp',
  'engine',
  'reconnect',
  'timeline',
  'batch-submissions',
  'batch-memory',
  'batch-results',
  'import-time',
];

const USAGE = `npm run bench -- [NAME ...] [--quick] [--json FILE]

  NAME          ${BENCHMARKS.join(', ')}; all when none is named
  --quick       a few pairs only, to see that everything runs; the figures mean nothing
  --json FILE   also writes the results, with the machine, to a file`;

/** @returns {{ names: string[], quick: boolean, json?: string }} */
function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { quick: { type: 'boolean', default: false }, json: { type: 'string' }, help: { type: 'boolean' } },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    const unknown = positionals.find((name) => !BENCHMARKS.includes(name));
    if (unknown !== undefined) throw new Error(`There is no benchmark "${unknown}".`);
    return {
      names: positionals.length > 0 ? positionals : BENCHMARKS,
      quick: values.quick,
      ...(values.json && { json: values.json }),
    };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    process.exit(2);
  }
}

const { names, quick, json } = readArguments();
await ensureBuilt();
const machine = describeMachine();
console.log(
  Object.entries(machine)
    .map(([key, value]) => `${key}: ${value}`)
    .join('; '),
);
if (quick) console.log('Quick run: it shows that the benchmarks work. Its figures decide nothing.');

const results = [];
for (const name of names) {
  const { title, run } = await import(`./${name}.mjs`);
  const startedMs = performance.now();
  const { rows, details, notes } = await run({
    quick,
    progress: (/** @type {string} */ text) => console.error(`${name}: ${text} ...`),
  });
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  results.push({ name, title, seconds, rows, ...(notes && { notes }), ...(details && { details }) });
  console.log(`\n${title} (${seconds} s)\n${table(rows, quick)}`);
  for (const note of notes ?? []) console.log(note);
}
console.log(
  '\nFigures: median [95 % interval]. Against baseline: the median of the pairs, or for percentiles the difference of the pooled ones.',
);

if (json !== undefined) {
  await mkdir(path.dirname(path.resolve(json)), { recursive: true });
  await writeFile(json, `${JSON.stringify({ machine, quick, results }, null, 2)}\n`);
  console.log(`Written to ${json}.`);
}
process.exit(0);
