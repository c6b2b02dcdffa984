import type { Engine, EngineResult, EngineStreamOptions, TaskResult } from '../../../src/engine/index.js';
import type { Recording } from './recordings.js';

/** What the engine makes of a recording that is pushed in pieces cut at the given sample positions. */
export async function analyse(
  engine: Engine,
  { samples, sampleRate }: Recording,
  options: Partial<EngineStreamOptions> = {},
  cuts: readonly number[] = [],
): Promise<EngineResult[]> {
  const results: EngineResult[] = [];
  const stream = engine.open({ sampleRate, analysis: 'behavior', ...options, onResult: (result) => results.push(result) });
  let from = 0;
  for (const cut of [...cuts, samples.length]) {
    await stream.push(samples.subarray(from, cut));
    from = cut;
  }
  await stream.end();
  return results;
}

/** The results of one level. */
export function utterances(results: readonly EngineResult[]): EngineResult[] {
  return results.filter(({ level }) => level === 'utterance');
}

/** The answer to one question. */
export function answer(result: EngineResult, task: string): TaskResult {
  const found = result.tasks.find((candidate) => candidate.task === task);
  if (!found) throw new Error(`no ${task} among ${result.tasks.map((candidate) => candidate.task)}`);
  return found;
}

/** All numbers anywhere in the results. */
export function numbers(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  if (Array.isArray(value)) return value.flatMap(numbers);
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbers) : [];
}
