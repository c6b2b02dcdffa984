import { parentPort, workerData } from 'node:worker_threads';
import { loadFft } from '../../audio/fft/index.js';
import { loadResampler } from '../../audio/resampler/index.js';
import { loadLightVad } from '../../vad/index.js';
import { INPUT_LENGTH, type SileroNetwork, type SileroStep, STATE_LENGTH } from '../../vad/silero/silero-runner.js';
import { sileroVad } from '../../vad/silero/silero-vad.js';
import { type AnalysisSettings, AnalysisStream } from '../analysis-stream.js';
import {
  PORTION,
  PROTOCOL,
  type WorkerCall,
  type WorkerReport,
  type WorkerRequest,
  type WorkerSettings,
} from './worker-message.js';

// What runs in a worker thread: the analysis of the streams that were pinned to it.

const port = parentPort!;
const settings = workerData as WorkerSettings;
const calls = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
let lastCall = 0;

function report(message: WorkerReport, transfer: readonly ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

/** Has the main thread do something. */
function ask<Value>(asked: WorkerCall, transfer: readonly Float32Array[]): Promise<Value> {
  lastCall += 1;
  const call = lastCall;
  return new Promise((resolve, reject) => {
    calls.set(call, { resolve, reject });
    report(
      { type: 'call', call, asked },
      transfer.map(({ buffer }) => buffer as ArrayBuffer),
    );
  });
}

/** One stream: its work is done in the order it came, and never two pieces at once. */
class PinnedStream {
  readonly #stream: number;
  readonly #analysis: AnalysisStream;
  #last: Promise<void> | undefined;
  #unreported = 0;
  #over = false;

  constructor(stream: number, analysis: AnalysisStream) {
    this.#stream = stream;
    this.#analysis = analysis;
  }

  push(samples: Int16Array): void {
    this.#do(
      () => this.#analysis.push(samples),
      () => {
        this.#unreported += samples.length;
        if (this.#unreported < PORTION) return;
        report({ type: 'consumed', stream: this.#stream, samples: this.#unreported });
        this.#unreported = 0;
      },
    );
  }

  end(): void {
    this.#do(
      () => this.#analysis.end(),
      () => {
        this.#over = true;
        streams.delete(this.#stream);
        report({ type: 'ended', stream: this.#stream });
      },
    );
  }

  cancel(): void {
    this.#over = true;
    streams.delete(this.#stream);
    this.#analysis.cancel();
  }

  #do(work: () => void | Promise<void>, then: () => void): void {
    if (this.#over) return;
    if (!this.#last) {
      try {
        const pending = work();
        if (!pending) then();
        else this.#wait(pending.then(() => this.#unlessOver(then)));
      } catch (error) {
        this.#fail(error);
      }
      return;
    }
    this.#wait(
      this.#last.then(async () => {
        if (this.#over) return;
        await work();
        this.#unlessOver(then);
      }),
    );
  }

  #wait(pending: Promise<void>): void {
    const guarded: Promise<void> = pending
      .catch((error: unknown) => this.#fail(error))
      .then(() => {
        if (this.#last === guarded) this.#last = undefined;
      });
    this.#last = guarded;
  }

  #unlessOver(then: () => void): void {
    if (!this.#over) then();
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    this.cancel();
    report({
      type: 'failed',
      stream: this.#stream,
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
}

const streams = new Map<number, PinnedStream>();

async function analysisSettings(): Promise<AnalysisSettings> {
  const [light] = await Promise.all([settings.vad.kind === 'light' ? loadLightVad() : undefined, loadFft(), loadResampler()]);
  const { vad, segmentation, language, models } = settings;
  return {
    vad: light ?? remoteSilero((vad as Extract<WorkerSettings['vad'], { kind: 'silero' }>).network),
    segmentation,
    language,
    ...(models.length > 0 && {
      models: {
        models,
        predict: (task: string, input: Float32Array) => ask<readonly number[]>({ method: 'model', task, input }, [input]),
      },
    }),
  };
}

function remoteSilero(network: SileroNetwork) {
  return sileroVad({
    ...network,
    run: ({ signals, frames, hears, ...batch }) => {
      const input = batch.input.slice(0, signals * frames * INPUT_LENGTH);
      const state = batch.state.slice(0, hears.length * STATE_LENGTH);
      return ask<SileroStep>({ method: 'silero', batch: { signals, frames, hears: hears.slice(), input, state } }, [
        input,
        state,
      ]);
    },
    close: () => {},
  });
}

function open(analysis: AnalysisSettings, { stream, options }: Extract<WorkerRequest, { type: 'open' }>): void {
  const onResult = (result: Extract<WorkerReport, { type: 'result' }>['result']) => report({ type: 'result', stream, result });
  try {
    streams.set(stream, new PinnedStream(stream, new AnalysisStream(analysis, { ...options, onResult })));
  } catch (error) {
    report({ type: 'failed', stream, message: (error as Error).stack ?? String(error) });
  }
}

function handle(analysis: AnalysisSettings, request: WorkerRequest): void {
  if (request.type === 'open') open(analysis, request);
  else if (request.type === 'push') streams.get(request.stream)?.push(request.samples);
  else if (request.type === 'end') streams.get(request.stream)?.end();
  else if (request.type === 'cancel') streams.get(request.stream)?.cancel();
  else if (request.type === 'answer') {
    const call = calls.get(request.call);
    calls.delete(request.call);
    if (request.error === undefined) call?.resolve(request.value as never);
    else call?.reject(new Error(request.error));
  } else {
    for (const stream of streams.values()) stream.cancel();
    port.close();
  }
}

if (settings?.protocol === PROTOCOL) {
  const analysis = await analysisSettings();
  port.on('message', (requests: readonly WorkerRequest[]) => {
    for (const request of requests) handle(analysis, request);
  });
  report({ type: 'ready' });
} else {
  report({ type: 'refused', message: 'it is of another version of this library' });
}
