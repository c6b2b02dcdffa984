import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { AnalyzeManyOptions, BatchApi, BatchFileEvent } from '../batch/index.js';
import { fromFile, isBehavioralSignalsError, OptionError } from '../index.js';
import { type BatchFlags, openBatchApi, openLocalBatchApi, resultFormat } from './batch-flags.js';
import { type BatchProgress, batchProgress } from './batch-progress.js';
import { countText } from './count-text.js';
import { engineNotice } from './engine-notice.js';
import { describeError } from './error-report.js';
import { ExitCode, exitCodeOf } from './exit-code.js';
import { inputDurationMs } from './input-duration.js';
import { handleInterrupts } from './interrupts.js';
import { namedFiles } from './named-files.js';
import { printable } from './printable.js';
import { CSV_HEADER, resultLines } from './result-lines.js';
import { saveResults } from './save-results.js';

/** Options of `batch analyze`. */
export interface BatchAnalyzeFlags extends BatchFlags {
  readonly filesFrom?: string;
  readonly outDir?: string;
  readonly state?: string;
  readonly concurrency: number;
  readonly maxMinutes?: number;
  readonly dryRun?: boolean;
  readonly local?: boolean;
  readonly embeddings?: boolean;
  readonly generator?: boolean;
}

const STATE_FILE = '.batch-state.jsonl';

/** Analyses files and prints, or saves, their results. */
export async function runBatchAnalyze(names: readonly string[], flags: BatchAnalyzeFlags): Promise<ExitCode> {
  const files = namedFiles(names, flags.filesFrom);
  if (flags.generator && flags.api !== 'deepfakes') throw new OptionError('--generator', 'goes with --api deepfakes');
  if (flags.dryRun) return measure(files, flags);
  if (flags.outDir !== undefined) await makeFolder('--out-dir', flags.outDir);
  if (flags.state !== undefined) await makeFolder('--state', path.dirname(flags.state));
  let progress: BatchProgress | undefined;
  // From here on there may be a local service with recordings, which is not to be left behind.
  const interrupts = handleInterrupts(() =>
    progress?.note(flags.local ? 'stopping' : 'stopping; run the same command again to go on'),
  );
  try {
    const { api, close } = flags.local
      ? await openLocalBatchApi(flags)
      : { api: await openBatchApi(flags, { canRunLocally: true }), close: async () => {} };
    try {
      const isLive = !flags.plain && process.stderr.isTTY === true && process.env.TERM !== 'dumb' && !process.env.NO_COLOR;
      progress = batchProgress(isLive);
      return await analyze(api, files, { flags, progress, stop: interrupts.stop });
    } finally {
      await close();
    }
  } finally {
    interrupts.dispose();
  }
}

async function analyze(
  api: BatchApi,
  files: AsyncIterable<string>,
  { flags, progress, stop }: { flags: BatchAnalyzeFlags; progress: BatchProgress; stop: AbortSignal },
): Promise<ExitCode> {
  const format = resultFormat(flags);
  const { outDir, maxMinutes, concurrency, embeddings, generator } = flags;
  // A service that ends with this run knows nothing of it in the next one.
  const stateFile = flags.state ?? (outDir === undefined || flags.local ? undefined : path.join(outDir, STATE_FILE));
  const options: AnalyzeManyOptions = {
    concurrency,
    signal: stop,
    ...(embeddings && { embeddings }),
    ...(generator && { generatorDetection: true }),
    ...(stateFile !== undefined && { stateFile }),
    ...(outDir !== undefined && { save: (file, results, process) => saveResults(outDir, file, results, process) }),
    ...(maxMinutes !== undefined && { admit: minutesAdmit(maxMinutes) }),
  };
  if (format === 'csv' && outDir === undefined) print([CSV_HEADER]);
  let isLocalEngine = false;
  const counts = { completed: 0, failed: 0, skipped: 0, 'left-out': 0 };
  const onEvent = (event: BatchFileEvent) => {
    progress.show(event);
    if (event.state in counts) counts[event.state as keyof typeof counts] += 1;
    if (event.state === 'completed') isLocalEngine ||= event.results.predictions[0]?.engine === 'local';
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
    if (stop.aborted && isBehavioralSignalsError(error, 'ABORTED')) return ExitCode.interrupted;
    process.stderr.write(`${describeError(error)}\n`);
    return exitCodeOf(error);
  }
  const { completed, failed, skipped, 'left-out': leftOut } = counts;
  const others = [failed && `${failed} failed`, skipped && `${skipped} skipped`, leftOut && `${leftOut} left out`].filter(
    Boolean,
  );
  progress.note([`${countText(completed, 'file')} completed`, ...others].join(', '));
  if (isLocalEngine) progress.note(engineNotice('local'));
  progress.end();
  return failed > 0 ? ExitCode.failed : ExitCode.ok;
}

/** Says how many minutes of audio there are, and uploads nothing; a file that is named twice counts once, as it would be uploaded once. */
async function measure(files: AsyncIterable<string>, flags: BatchAnalyzeFlags): Promise<ExitCode> {
  const { maxMinutes } = flags;
  const isJson = resultFormat(flags) === 'json';
  const seen = new Set<string>();
  let totalMs = 0;
  let failures = 0;
  for await (const file of files) {
    if (seen.has(path.resolve(file))) continue;
    seen.add(path.resolve(file));
    try {
      const durationMs = await fileDurationMs(file);
      totalMs += durationMs;
      const line = isJson ? JSON.stringify({ file, durationMs: Math.round(durationMs) }) : `${file}: ${minutesText(durationMs)}`;
      print([line]);
    } catch (error) {
      failures += 1;
      process.stderr.write(`${printable(file)}: ${describeError(error)}\n`);
    }
  }
  const limit =
    maxMinutes === undefined ? '' : `, ${totalMs > maxMinutes * 60_000 ? 'more than' : 'within'} --max-minutes ${maxMinutes}`;
  const unmeasured = failures === 0 ? '' : `, and ${failures} that can't be measured`;
  const measured = countText(seen.size - failures, 'file');
  process.stderr.write(`${measured}, ${minutesText(totalMs)}${limit}${unmeasured}; nothing was uploaded\n`);
  return failures > 0 ? ExitCode.failed : ExitCode.ok;
}

/** Admits files as long as their audio, measured here, stays within a number of minutes. What can't be measured is not admitted. */
function minutesAdmit(maxMinutes: number): (file: string) => Promise<boolean> {
  let leftMs = maxMinutes * 60_000;
  return async (file) => {
    const durationMs = await fileDurationMs(file);
    if (durationMs > leftMs) return false;
    leftMs -= durationMs;
    return true;
  };
}

function fileDurationMs(file: string): Promise<number> {
  return inputDurationMs({ label: file, bytes$: fromFile(file) });
}

async function makeFolder(option: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: Error) => {
    throw new OptionError(option, `can't be used (${error.message})`);
  });
}

function minutesText(ms: number): string {
  return `${(ms / 60_000).toFixed(2)} min`;
}

function print(lines: readonly string[]): void {
  if (lines.length > 0) process.stdout.write(`${lines.map(printable).join('\n')}\n`);
}
