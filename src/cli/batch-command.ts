import { Command, Option } from 'commander';
import type { BatchProcess } from '../batch/index.js';
import { type BatchAnalyzeFlags, runBatchAnalyze } from './batch-analyze.js';
import { addBatchOptions, type BatchFlags, openBatchApi } from './batch-flags.js';
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
    .option('--embeddings', 'ask for feature embeddings; those of a voice are biometric data')
    .option('--generator', 'deepfakes: ask what made synthetic speech (experimental)')
    .addOption(new Option('--csv', 'a row for each task of each segment or utterance'))
    .addOption(new Option('--plain', 'lines for people; never redraw').conflicts(['json', 'csv']));
  return addBatchOptions(command).action(async (files: string[], flags: BatchAnalyzeFlags) =>
    exit(await runBatchAnalyze(files, flags)),
  );
}

interface SubmitFlags extends BatchFlags {
  readonly filesFrom?: string;
  readonly embeddings?: boolean;
}

function submitCommand(exit: Exit): Command {
  const command = new Command('submit')
    .description('submit recordings and print their process IDs')
    .argument('[files...]', 'recordings')
    .option('--files-from <list>', 'a file with a path on each line, or - for standard input')
    .option('--embeddings', 'ask for feature embeddings; those of a voice are biometric data');
  return addBatchOptions(command).action(async (names: string[], flags: SubmitFlags) => {
    const files = namedFiles(names, flags.filesFrom);
    const api = await openBatchApi(flags);
    let worst: ExitCode = ExitCode.ok;
    for await (const file of files) {
      try {
        showProcess(await api.submit(file, { embeddings: flags.embeddings }), flags, file);
      } catch (error) {
        worst = exitCodeOf(error);
        process.stderr.write(`${printable(file)}: ${describeError(error)}\n`);
        if (FATAL.has(worst)) break;
      }
    }
    exit(worst);
  });
}

function statusCommand(exit: Exit): Command {
  const command = new Command('status').description('ask where processes are').argument('<pids...>', 'process IDs');
  return addBatchOptions(command).action(async (pids: string[], flags: BatchFlags) => {
    const api = await openBatchApi(flags);
    for (const pid of pids) showProcess(await api.status(pid), flags);
    exit(ExitCode.ok);
  });
}

interface ResultsFlags extends BatchFlags {
  readonly csv?: boolean;
  readonly raw?: boolean;
}

function resultsCommand(exit: Exit): Command {
  const command = new Command('results')
    .description('print the results of completed processes')
    .argument('<pids...>', 'process IDs')
    .addOption(new Option('--csv', 'a row for each task of each segment or utterance').conflicts('json'))
    .addOption(new Option('--raw', "the service's own JSON").conflicts(['json', 'csv']));
  return addBatchOptions(command).action(async (pids: string[], flags: ResultsFlags) => {
    const api = await openBatchApi(flags);
    if (flags.csv) print(CSV_HEADER);
    for (const pid of pids) {
      if (flags.raw) {
        print(JSON.stringify(await api.rawResults(pid)));
        continue;
      }
      const [{ name }, results] = [await api.status(pid), await api.results(pid)];
      const format = flags.csv ? 'csv' : flags.json || !process.stdout.isTTY ? 'json' : 'plain';
      for (const line of resultLines(name || `process ${pid}`, results, format)) print(line);
    }
    exit(ExitCode.ok);
  });
}

interface ListFlags extends BatchFlags {
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
  return addBatchOptions(command).action(async (flags: ListFlags) => {
    const { from: startDate, to: endDate, sort, limit = Number.POSITIVE_INFINITY } = flags;
    const api = await openBatchApi(flags);
    let count = 0;
    for await (const found of api.list({ startDate, endDate, sort, pageSize: Math.min(100, limit) })) {
      showProcess(found, flags);
      count += 1;
      if (count >= limit) break;
    }
    exit(ExitCode.ok);
  });
}

function showProcess(found: BatchProcess, { json }: BatchFlags, file = found.name): void {
  if (json || !process.stdout.isTTY) {
    print(JSON.stringify({ file, ...found }));
    return;
  }
  const { pid, state, statusMessage, durationMs, datetime } = found;
  const facts = [state, statusMessage, durationMs !== undefined && timeText(durationMs), datetime, `pid ${pid}`];
  print(`${file}: ${facts.filter(Boolean).join(', ')}`);
}

function print(line: string): void {
  process.stdout.write(`${printable(line)}\n`);
}
