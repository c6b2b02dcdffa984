import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { TASK_MODELS, type TaskModel } from '../src/engine/tasks/index.js';
import type { Report } from './report.js';

const ROOT = path.join(import.meta.dirname, '..');
const FILE = path.join(ROOT, 'docs/model-card.md');
const RESULTS = path.join(import.meta.dirname, 'results');

const STANDING = {
  claim: 'measured; makes claims',
  weak: 'weak indicator; claims only more than .10 above its prior',
  'not assessed': 'not assessed; never claims',
};

/** Writes docs/model-card.md from the task models; with `--check` it changes nothing, and gives 1 when the file is not what they say. */
export async function main(args: readonly string[]): Promise<number> {
  const card = modelCard(await storedReports());
  if (!args.includes('--check')) {
    await writeFile(FILE, card);
    return 0;
  }
  if ((await readFile(FILE, 'utf8').catch(() => '')) === card) return 0;
  console.error('docs/model-card.md is not what src/engine/tasks/ and evaluation/results/ say. Run: npm run generate');
  return 1;
}

/** The reports of `npm run evaluate` that the card quotes, by file name. */
export async function storedReports(): Promise<Report[]> {
  const names = (await readdir(RESULTS)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(names.map(async (name) => JSON.parse(await readFile(path.join(RESULTS, name), 'utf8')) as Report));
}

/** The whole document. */
export function modelCard(reports: readonly Report[]): string {
  const models = [...TASK_MODELS.behavior, ...TASK_MODELS.deepfake];
  return [
    '<!-- Generated from src/engine/tasks/ and evaluation/results/ by `npm run generate`; do not edit. -->',
    '# Model card of the local engine',
    INTRODUCTION,
    '| task | standing | prior | cap |\n|---|---|---|---|',
    ...models.map(
      ({ task, labels, card }) =>
        `| [${task}](#${anchor(task)}) | ${STANDING[card.standing]} | ${prior(labels, card.prior)} | ${labels.length > 0 ? decimal(card.cap) : '–'} |`,
    ),
    ...models.map(section),
    '## Evaluated',
    EVALUATED,
    ...reports.map(evaluated),
  ]
    .reduce((text, block) => text + (block.startsWith('| ') && text.endsWith('|') ? '\n' : '\n\n') + block)
    .concat('\n');
}

const INTRODUCTION = `The local service's engine measures speech with classical signal processing: published norms, and a few constants chosen or measured by this project, which the
modules name. What is trained are the voice activity detectors, by others (WebRTC's, Silero's), and one of two ways to count syllables: a small network that synthetic
speech taught ([how](../training/README.md)). It is not the vendor's model, and says so: \`engine: 'local'\` is on every prediction. It exists so that applications can be built
and tested against the contract. What it must not be used for stands below with each task, and for all of them in [responsible-use.md](responsible-use.md): never the
sole evidence in any decision about a person.

A posterior is log prior + weight x the sum of clipped log-likelihood ratios, normalised, at least .01 and at most the cap. The weight falls with the amount of
voiced speech (0 under 0.3 s, 1 from 1 s on), with noise, and, where it disturbs, with clipping: the worse the evidence, the closer to the prior. Logits, when
asked for, are the logarithms of the posteriors, and the log-odds of a score.`;

const EVALUATED = `Printed by \`npm run evaluate -- FOLDER\`, which runs on any folder with a ground truth ([its form](../evaluation/README.md)). The material: calls, monologues and
sentences at three speeds of two synthetic voices (flite slt and rms) and two people (telephone prompts; a reading of a novel), some of them in several encodings
and levels, noise, tones and silence. Part of it is in test/fixtures. \`pink10\` and \`pink5\` are eleven of the recordings in pink noise 10 and 5 dB below the speech, \`mulaw8k\` the
same through mu-law at 8 kHz; the conditions come on top. \`rate-held\` are sentences of four synthetic voices (flite awb and slt, two of espeak-ng) at 2.8 to 8.3
syllables a second; none of the voices took part in teaching. A few voices, half of them synthetic, are enough to find mistakes, and not to know how right
the engine is on yours. Accuracy of age, emotion, positivity, engagement and hesitation can't be measured on such material and is not claimed: only their ranges and
directions are tested. Throughput depends on the machine and is left out: run it on yours.`;

function section({ task, labels, card }: TaskModel): string {
  return [
    `## ${task}`,
    card.measures,
    [
      `- **Answers** ${labels.length > 0 ? labels.map((label) => `\`${label}\``).join(', ') : 'one score from 0 to 1, without a label'}.`,
      `- **Standing**: ${STANDING[card.standing]}.`,
      `- **Evidence it needs**: ${card.evidence}`,
      `- **To be expected on real speech**: ${card.expect}`,
      `- **May be used for**: ${card.use}`,
      `- **May not be used for**: ${card.avoid}`,
      `- **Sources**: ${card.sources.join('; ')}.`,
    ].join('\n'),
  ].join('\n\n');
}

function evaluated({ material, vad, measures, skipped }: Report): string {
  const rows = measures
    .filter(({ name }) => !name.startsWith('throughput'))
    .map(
      ({ name, text, target, pass }) =>
        `| ${name} | ${text} | ${target ?? ''} | ${pass === undefined ? '' : pass ? 'pass' : 'FAIL'} |`,
    );
  const left =
    skipped.length > 0 ? `\n\nLeft out: ${skipped.map(({ file, reason }) => `\`${file}\` (${reason})`).join(', ')}.` : '';
  return `### ${material}, VAD ${vad}\n\n| measure | value | target | |\n|---|---|---|---|\n${rows.join('\n')}${left}`;
}

function prior(labels: readonly string[], values: readonly number[]): string {
  return labels.length === 0 ? '–' : labels.map((label, i) => `${label} ${decimal(values[i]!)}`).join(', ');
}

function decimal(value: number): string {
  return value.toFixed(2).replace(/^0/, '');
}

function anchor(task: string): string {
  return task.toLowerCase();
}
