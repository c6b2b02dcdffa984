import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { AnalyzeManyOptions, BatchFileEvent } from '../batch/index.js';
import { isBehavioralSignalsError, OptionError } from '../index.js';
import { type BatchFlags, openBatchApi } from './batch-flags.js';
import { batchProgress } from './batch-progress.js';
import { countText } from './count-text.js';
import { describeError } from './error-report.js';
import { ExitCode, exitCodeOf } from './exit-code.js';
import { inputDurationMs } from './input-duration.js';
import { handleInterrupts } from './interrupts.js';
import { namedFiles } from './named-files.js';
import { openInput } from './open-input.js';
import { printable } from './printable.js';
import { CSV_HEADER, type ResultFormat, resultLines } from './result-lines.js';
import { saveResults } from './save-results.js';

/** Options of `batch analyze`. */
export interface BatchAnalyzeFlags extends BatchFlags {
  readonly filesFrom?: string;
  readonly outDir?: string;
  readonly state?: string;
  readonly concurrency: number;
  readonly maxMinutes?: number;
  readonly dryRun?: boolean;
  readonly csv?: boolean;
  readonly plain?: boolean;
  readonly embeddings?: boolean;
  readonly generator?: boolean;
}

const STATE_FILE = '.batch-state.jsonl';

/** Analyses files and prints, or saves, their results. */
export async function runBatchAnalyze(names: readonly string[], flags: BatchAnalyzeFlags): Promise<ExitCode> {
  const files = namedFiles(names, flags.filesFrom);
  const format = formatOf(flags);
  if (flags.dryRun) return measure(files, flags);
  const api = await openBatchApi(flags);
  const isLive = !flags.plain && process.stderr.isTTY === true && process.env.TERM !== 'dumb' && !process.env.NO_COLOR;
  const progress = batchProgress(isLive);
  const interrupts = handleInterrupts(() => progress.note('stopping; run the same command again to go on'));
  const { outDir, maxMinutes, concurrency, embeddings, generator } = flags;
  const stateFile = flags.state ?? (outDir === undefined ? undefined : path.join(outDir, STATE_FILE));
  const options: AnalyzeManyOptions = {
    concurrency,
    signal: interrupts.stop,
    ...(embeddings && { embeddings }),
    ...(generator && { generatorDetection: true }),
    ...(stateFile !== undefined && { stateFile: await withFolder(stateFile) }),
    ...(outDir !== undefined && { save: (file, results, process) => saveResults(outDir, file, results, process) }),
    ...(maxMinutes !== undefined && { admit: minutesAdmit(maxMinutes) }),
  };
  if (format === 'csv' && outDir === undefined) print([CSV_HEADER]);
  const counts = { completed: 0, failed: 0, skipped: 0, 'left-out': 0 };
  const onEvent = (event: BatchFileEvent) => {
    progress.show(event);
    if (event.state in counts) counts[event.state as keyof typeof counts] += 1;
    if (event.state === 'completed' && outDir === undefined) print(resultLines(event.file, event.results, format));
    if (event.state === 'failed' && format === 'json' && outDir === undefined) {
      const { code, message } = event.error;
      print([JSON.stringify({ file: event.file, state: 'failed', error: { code, message: printable(message) } })]);
    }
  };
  try {
    await new Promise<void>((resolve, reject) => {
      api.analyzeMany(files, options).subscribe({ next: onEvent, error: reject, complete: resolve });
    });
  } catch (error) {
    progress.end();
    if (interrupts.stop.aborted && isBehavioralSignalsError(error, 'ABORTED')) return ExitCode.interrupted;
    process.stderr.write(`${describeError(error)}\n`);
    return exitCodeOf(error);
  } finally {
    interrupts.dispose();
  }
  const { completed, failed, skipped, 'left-out': leftOut } = counts;
  const others = [failed && `${failed} failed`, skipped && `${skipped} skipped`, leftOut && `${leftOut} left out`].filter(
    Boolean,
  );
  progress.note([`${countText(completed, 'file')} completed`, ...others].join(', '));
  progress.end();
  return failed > 0 ? ExitCode.failed : ExitCode.ok;
}

/** Says how many minutes of audio there are, and uploads nothing. */
async function measure(files: AsyncIterable<string>, { json, maxMinutes }: BatchAnalyzeFlags): Promise<ExitCode> {
  let totalMs = 0;
  let count = 0;
  let worst: ExitCode = ExitCode.ok;
  for await (const file of files) {
    try {
      const durationMs = await inputDurationMs(openInput(file));
      totalMs += durationMs;
      count += 1;
      const line = json ? JSON.stringify({ file, durationMs: Math.round(durationMs) }) : `${file}: ${minutesText(durationMs)}`;
      print([line]);
    } catch (error) {
      worst = exitCodeOf(error);
      process.stderr.write(`${printable(file)}: ${describeError(error)}\n`);
    }
  }
  const limit =
    maxMinutes === undefined ? '' : `, ${totalMs > maxMinutes * 60_000 ? 'more than' : 'within'} --max-minutes ${maxMinutes}`;
  process.stderr.write(`${countText(count, 'file')}, ${minutesText(totalMs)}${limit}; nothing was uploaded\n`);
  return worst;
}

/** Admits files as long as their audio, measured here, stays within a number of minutes. What can't be measured is not admitted. */
function minutesAdmit(maxMinutes: number): (file: string) => Promise<boolean> {
  let leftMs = maxMinutes * 60_000;
  return async (file) => {
    const durationMs = await inputDurationMs(openInput(file));
    if (durationMs > leftMs) return false;
    leftMs -= durationMs;
    return true;
  };
}

function formatOf({ json, csv, plain }: BatchAnalyzeFlags): ResultFormat {
  if (json && csv) throw new OptionError('--csv', 'can not be combined with --json');
  if (csv) return 'csv';
  return json || (!plain && process.stdout.isTTY !== true) ? 'json' : 'plain';
}

async function withFolder(file: string): Promise<string> {
  await mkdir(path.dirname(file), { recursive: true });
  return file;
}

function minutesText(ms: number): string {
  return `${(ms / 60_000).toFixed(2)} min`;
}

function print(lines: readonly string[]): void {
  if (lines.length > 0) process.stdout.write(`${lines.map(printable).join('\n')}\n`);
}
