import { Command, Option } from 'commander';
import type { BatchProcess } from '../batch/index.js';
import { isBehavioralSignalsError, OptionError } from '../index.js';
import { type BatchAnalyzeFlags, runBatchAnalyze } from './batch-analyze.js';
import {
  addBatchOptions,
  addVideoOption,
  type BatchFlags,
  openBatchCalls,
  resultFormat,
  type VideoFlags,
} from './batch-flags.js';
import { engineNotice } from './engine-notice.js';
import { describeError } from './error-report.js';
import { ExitCode, exitCodeOf } from './exit-code.js';
import { namedFiles } from './named-files.js';
import { numberOption } from './number-option.js';
import { printable } from './printable.js';
import { CSV_HEADER, resultLines } from './result-lines.js';
import { timeText } from './time-text.js';

type Exit = (code: ExitCode) => void;

/** Failures of the service as a whole, after which the next file would fare no better. */
const FATAL = new Set<ExitCode>([ExitCode.credentials, ExitCode.connection, ExitCode.usage]);

/** `batch`: whole recordings, analysed by the service in its own time. */
export function batchCommand(exit: Exit): Command {
  return new Command('batch')
    .description('analyse whole recordings over the REST API: submit, status, results, list, analyze')
    .addCommand(analyzeCommand(exit))
    .addCommand(submitCommand(exit))
    .addCommand(statusCommand(exit))
    .addCommand(resultsCommand(exit))
    .addCommand(listCommand(exit));
}

function analyzeCommand(exit: Exit): Command {
  const command = new Command('analyze')
    .description('submit recordings, wait for them, and print or save their results')
    .argument('[files...]', 'recordings')
    .option('--files-from <list>', 'a file with a path on each line, or - for standard input')
    .option('--out-dir <folder>', 'save results as JSON files there, and go on where an earlier run ended')
    .option('--state <file>', 'where to note what is done, to go on from there (default: in --out-dir)')
    .option('--concurrency <n>', 'files at a time', numberOption('--concurrency', { min: 1, max: 1000, whole: true }), 4)
    .option(
      '--max-minutes <n>',
      'upload no more audio than that; files that would go beyond are left out',
      numberOption('--max-minutes', { min: 0.001, max: 1_000_000 }),
    )
    .option('--dry-run', 'say how many files and minutes there are, and upload nothing')
    .addOption(
      new Option(
        '--local',
        'start a local service in this process for the run; it keeps nothing, so that --state has no use',
      ).conflicts(['baseUrl', 'credentials', 'state']),
    )
    .option('--embeddings', 'ask for feature embeddings; those of a voice are biometric data')
    .option('--generator', 'deepfakes: ask what made synthetic speech (experimental)')
    .addOption(csvOption());
  return addBatchOptions(command).action(async (files: string[], flags: BatchAnalyzeFlags) =>
    exit(await runBatchAnalyze(files, flags)),
  );
}

interface SubmitFlags extends VideoFlags {
  readonly filesFrom?: string;
  readonly embeddings?: boolean;
  readonly generator?: boolean;
}

function submitCommand(exit: Exit): Command {
  const command = new Command('submit')
    .description('submit recordings, or videos, and print their process IDs')
    .argument('[files...]', 'recordings')
    .option('--files-from <list>', 'a file with a path on each line, or - for standard input')
    .option('--embeddings', 'ask for feature embeddings; those of a voice are biometric data')
    .option('--generator', 'deepfakes: ask what made synthetic speech (experimental)');
  return addVideoOption(addBatchOptions(command)).action(async (names: string[], flags: SubmitFlags) => {
    const files = namedFiles(names, flags.filesFrom);
    const { embeddings, generator } = flags;
    if (generator && !flags.video && flags.api !== 'deepfakes') throw new OptionError('--generator', 'goes with --api deepfakes');
    const calls = await openBatchCalls(flags);
    const options = { embeddings, ...(generator && { generatorDetection: true }) };
    exit(
      await forEach(
        files,
        (file) => file,
        async (file) => showProcess(await calls.submit(file, options), flags, file),
      ),
    );
  });
}

function statusCommand(exit: Exit): Command {
  const command = new Command('status').description('ask where processes are').argument('<pids...>', 'process IDs');
  return addVideoOption(addBatchOptions(command)).action(async (pids: string[], flags: VideoFlags) => {
    const calls = await openBatchCalls(flags);
    exit(await forEach(pids.map(expectPid), processName, async (pid) => showProcess(await calls.status(pid), flags)));
  });
}

interface ResultsFlags extends VideoFlags {
  readonly raw?: boolean;
}

function resultsCommand(exit: Exit): Command {
  const command = new Command('results')
    .description('print the results of completed processes')
    .argument('<pids...>', 'process IDs')
    .addOption(csvOption())
    .addOption(new Option('--raw', "the service's own JSON").conflicts(['json', 'csv', 'plain']));
  return addVideoOption(addBatchOptions(command)).action(async (pids: string[], flags: ResultsFlags) => {
    const calls = await openBatchCalls(flags);
    const format = resultFormat(flags);
    let isLocalEngine = false;
    if (format === 'csv') print(CSV_HEADER);
    const show = async (pid: string) => {
      if (flags.raw) {
        print(JSON.stringify(await calls.rawResults(pid)));
        return;
      }
      const [{ name }, results] = [await calls.status(pid), await calls.results(pid)];
      isLocalEngine ||= results.predictions[0]?.engine === 'local';
      for (const line of resultLines(name || processName(pid), results, format)) print(line);
    };
    const code = await forEach(pids.map(expectPid), processName, show);
    if (isLocalEngine) process.stderr.write(`${engineNotice('local')}\n`);
    exit(code);
  });
}

/** Does something with each; one that fails is named, and the others go on, unless they would fare no better. */
async function forEach(
  items: Iterable<string> | AsyncIterable<string>,
  nameOf: (item: string) => string,
  work: (item: string) => Promise<void>,
): Promise<ExitCode> {
  let worst: ExitCode = ExitCode.ok;
  for await (const item of items) {
    try {
      await work(item);
    } catch (error) {
      process.stderr.write(`${printable(nameOf(item))}: ${describeError(error)}\n`);
      const code = exitCodeOf(error);
      if (FATAL.has(code) || isBehavioralSignalsError(error, 'INSUFFICIENT_CREDITS')) return code;
      worst = ExitCode.failed;
    }
  }
  return worst;
}

function processName(pid: string): string {
  return `process ${pid}`;
}

function expectPid(text: string): string {
  if (/^\d{1,19}$/.test(text)) return text;
  throw new OptionError('<pids...>', 'must be the IDs of processes, whole numbers', text);
}

function csvOption(): Option {
  return new Option('--csv', 'a row for each task of each segment or utterance').conflicts(['json', 'plain']);
}

interface ListFlags extends VideoFlags {
  readonly from?: string;
  readonly to?: string;
  readonly sort?: 'asc' | 'desc';
  readonly limit?: number;
}

function listCommand(exit: Exit): Command {
  const command = new Command('list')
    .description("list the project's processes")
    .option('--from <day>', 'the first day, YYYY-MM-DD')
    .option('--to <day>', 'the day after the last one, YYYY-MM-DD')
    .addOption(new Option('--sort <order>', 'by the time of submission').choices(['asc', 'desc']))
    .option('--limit <n>', 'end after so many', numberOption('--limit', { min: 1, max: 1_000_000, whole: true }));
  return addVideoOption(addBatchOptions(command)).action(async (flags: ListFlags) => {
    const { from: startDate, to: endDate, sort, limit = Number.POSITIVE_INFINITY } = flags;
    const calls = await openBatchCalls(flags);
    let count = 0;
    for await (const found of calls.list({ startDate, endDate, sort, pageSize: Math.min(100, limit) })) {
      showProcess(found, flags);
      count += 1;
      if (count >= limit) break;
    }
    exit(ExitCode.ok);
  });
}

function showProcess(found: BatchProcess, flags: BatchFlags, file = found.name): void {
  if (resultFormat(flags) === 'json') {
    print(JSON.stringify({ file, ...found }));
    return;
  }
  const { pid, state, statusMessage, durationMs, datetime } = found;
  const facts = [
    state,
    statusMessage !== state && statusMessage,
    durationMs !== undefined && timeText(durationMs),
    datetime,
    `pid ${pid}`,
  ];
  print(`${file}: ${facts.filter(Boolean).join(', ')}`);
}

function print(line: string): void {
  process.stdout.write(`${printable(line)}\n`);
}
