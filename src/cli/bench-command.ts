import os from 'node:os';
import { Command, Option } from 'commander';
import { OptionError, type StreamingOptions } from '../index.js';
import { type BenchTimes, benchRun } from './bench-run.js';
import { type BenchService, startBenchService } from './bench-service.js';
import { bundledCall } from './bundled-call.js';
import { resolveCredentials } from './credentials.js';
import { engineNotice } from './engine-notice.js';
import { ExitCode } from './exit-code.js';
import { inputDurationMs } from './input-duration.js';
import { handleInterrupts } from './interrupts.js';
import { openInput } from './open-input.js';
import { percentile } from './percentile.js';
import { printable } from './printable.js';

/** The recommended size of a message, and the size of a telephony packet. */
const CHUNKS_MS = [20, 250];

interface BenchFlags {
  readonly endpoint?: string;
  readonly credentials?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** One line of the result. */
interface Figure {
  readonly chunkMs: number;
  readonly what: string;
  readonly count: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** `bench`: how late chunks reach the wire, and predictions come back. */
export function benchCommand(exit: (code: ExitCode) => void): Command {
  return new Command('bench')
    .description('measure latencies with live-paced audio, against a local service or an endpoint')
    .argument('[input]', 'a file to send (default: the bundled call)')
    .option(
      '--endpoint <host:port>',
      'measure this service instead of a local one; it needs --yes, because audio sent costs money',
    )
    .option('--credentials <file>', 'file with cid and apiKey, instead of the environment')
    .option('--yes', 'agree to sending the audio that is stated to the endpoint')
    .addOption(new Option('--json', 'one JSON object a line; the default when piped'))
    .action(async (name: string | undefined, flags: BenchFlags) => exit(await bench(name, flags)));
}

async function bench(name: string | undefined, { endpoint, credentials, yes, json }: BenchFlags): Promise<ExitCode> {
  if (name === '-') throw new OptionError('[input]', 'must be a file: standard input can be read only once');
  const say = (text: string) => process.stderr.write(`${printable(text)}\n`);
  const input = name === undefined ? bundledCall() : openInput(name);
  const durationMs = await inputDurationMs(input);
  const minutes = ((durationMs * CHUNKS_MS.length) / 60_000).toFixed(2);
  const place = endpoint ?? 'a local service, in a process of its own';
  say(`bench sends ${input.label} ${CHUNKS_MS.length} times at real time: ${minutes} min of audio, to ${place}.`);
  if (endpoint !== undefined && !yes) {
    throw new OptionError('--yes', `is needed to send ${minutes} min of audio to ${endpoint}, which may be billed`);
  }
  const interrupts = handleInterrupts(() => say('Ending; what was measured so far is shown. Ctrl-C again leaves at once.'));
  let service: BenchService | undefined;
  try {
    let streaming: StreamingOptions;
    if (endpoint === undefined) {
      service = await startBenchService();
      streaming = service.streaming;
    } else streaming = { endpoint, ...(await resolveCredentials(credentials)) };
    const figures: Figure[] = [];
    for (const chunkMs of CHUNKS_MS) {
      if (interrupts.stop.aborted) break;
      const onWire = service?.nextConnection();
      const times = await benchRun(input, chunkMs, streaming, interrupts.stop);
      figures.push(...describe(chunkMs, times, await onWire));
    }
    const asJson = json ?? !process.stdout.isTTY;
    const machine = `${os.cpus()[0]?.model.trim() ?? 'unknown processor'} x ${os.cpus().length}, Node ${process.versions.node}`;
    process.stdout.write(asJson ? jsonLines(figures, machine, endpoint) : `${table(figures)}\n\n${machine}\n`);
    if (endpoint === undefined) say(engineNotice('local'));
    return ExitCode.ok;
  } finally {
    service?.close();
    interrupts.dispose();
  }
}

function describe(chunkMs: number, times: BenchTimes, onWire: readonly number[] | undefined): Figure[] {
  // The first message on the wire is the configuration.
  const wire = onWire?.slice(1).flatMap((at, index) => (index < times.dueAt.length ? [at - times.dueAt[index]!] : []));
  const series: [string, readonly number[]][] = [
    ['last sample due to hand-over to gRPC', times.handOver],
    ['last sample due to bytes on the wire', wire ?? []],
    ['end of a segment to its prediction', times.segments],
    ['end of an utterance to its prediction', times.utterances],
  ];
  return series.flatMap(([what, values]) => {
    if (values.length === 0) return [];
    const [p50Ms = 0, p95Ms = 0, p99Ms = 0] = [0.5, 0.95, 0.99].map((share) => percentile(values, share));
    return [{ chunkMs, what, count: values.length, p50Ms, p95Ms, p99Ms }];
  });
}

function table(figures: readonly Figure[]): string {
  const row = (...cells: string[]) =>
    cells
      .map((cell, index) => (index === 1 ? cell.padEnd(37) : cell.padStart(index === 0 ? 7 : 6)))
      .join(' ')
      .trimEnd();
  const ms = (value: number) => value.toFixed(value < 10 ? 1 : 0);
  return [
    row('chunk', 'latency, in ms', 'p50', 'p95', 'p99', 'count'),
    ...figures.map(({ chunkMs, what, count, p50Ms, p95Ms, p99Ms }) =>
      row(`${chunkMs} ms`, what, ms(p50Ms), ms(p95Ms), ms(p99Ms), String(count)),
    ),
  ].join('\n');
}

function jsonLines(figures: readonly Figure[], machine: string, endpoint: string | undefined): string {
  const engine = endpoint === undefined ? 'local' : 'remote';
  return figures.map((figure) => `${JSON.stringify({ engine, ...figure, machine })}\n`).join('');
}
