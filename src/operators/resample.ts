import type { OperatorFunction } from 'rxjs';
import {
  type AudioChunk,
  asWished,
  type ChunkTiming,
  Continuity,
  loadResampler,
  offerWished,
  type Pcm,
  Resampler,
  resamplerNeeds,
  type WholeFilter,
  type Wish,
} from '../audio/index.js';
import { expectNumber } from '../errors/index.js';
import type { Flow } from '../flow/index.js';
import { expectChunk } from './expect-chunk.js';
import { mixed } from './mix-channels.js';
import { stageOperator } from './stage-operator.js';

/** Input handed to the filter at once, so that one long chunk doesn't become one long output. */
const SLICE_MS = 250;
const EXPECTED = { operator: 'resample()', encoding: 'float32' } as const;

/**
 * Converts audio to another sample rate: band-limited, delay compensated, and exact over any chunking.
 *
 * n input samples become round(n * rate / inputRate) output samples, the last of which come when the input ends or jumps. The
 * service takes any rate, so this is optional: it saves bandwidth above 16 kHz and costs it below. The filter is
 * Speex's (Valin) of quality 5, or 3 to raise a rate of 8 kHz or less: it keeps the telephone band, 0 to 3.4 kHz, within 0.3 dB.
 *
 * @param rate Target sample rate in Hz, 4,000 to 384,000.
 * @returns An operator on decoded (float32) audio of any channel count; audio that has the rate already passes unchanged. Completes
 * with its input; unsubscribing frees the filter.
 * @throws OptionError for a rate out of range; (as error notification) PipelineError `FORMAT_MISMATCH` for anything but decoded audio.
 * @example
 * fromFile('call.mp3').pipe(decode(), resample(16_000))
 */
export function resample<Channels extends number>(
  rate: number,
): OperatorFunction<AudioChunk<Pcm<'float32', Channels>>, AudioChunk<Pcm<'float32', Channels>>> {
  expectNumber('resample(rate)', rate, { min: 4000, max: 384_000, whole: true, unit: 'Hz' });
  return (input) => {
    const filter = filterTo(rate);
    return offerWished(resampleStage<Channels>(rate)(input), (wish) =>
      resampleStage<Channels>(rate, wish.mixes)(asWished(input, wishOfInput(wish, filter))),
    );
  };
}

/** What is wished of the input, so that the output is as wished. */
function wishOfInput({ borrows, whole }: Wish, filter: WholeFilter): Wish {
  // Not `keepsOne`: a filter ends when the number of channels changes. Nor what a filter behind this one needs, which counts what this one rounds.
  return { borrows, whole: whole && !whole.filter ? { ms: whole.ms, filter } : undefined };
}

/** The filter, as those know it who make pieces for it. */
function filterTo(rate: number): WholeFilter {
  // Of one rate at a time: a stream may name any number of them.
  let known: { fromRate: number; needs: ReturnType<typeof resamplerNeeds> } | undefined;
  const needs = (fromRate: number) => {
    if (known?.fromRate !== fromRate || !known.needs) known = { fromRate, needs: resamplerNeeds(fromRate, rate) };
    return known.needs;
  };
  return { rate, needs };
}

/** @param mixes See {@link Wish}; the result is lent. Default: channels are kept. */
function resampleStage<Channels extends number>(
  rate: number,
  mixes?: Wish['mixes'],
): OperatorFunction<AudioChunk<Pcm<'float32', Channels>>, AudioChunk<Pcm<'float32', Channels>>> {
  type Chunk = AudioChunk<Pcm<'float32', Channels>>;
  return stageOperator<Chunk, Chunk>('resample()', () => {
    const continuity = new Continuity();
    let run: ResamplerRun | undefined;

    function* finish(flow: Flow): Generator<Chunk> {
      const ending = run;
      run = undefined;
      if (!ending) return;
      const tail = ending.flush(flow);
      if (tail) yield tail as Chunk;
    }

    function* processInSlices(chunk: Chunk, flow: Flow, isContinued: boolean, slice: number): Generator<Chunk> {
      if (!isContinued) {
        yield* finish(flow);
        if (chunk.format.sampleRate !== rate) run = new ResamplerRun(chunk, rate, mixes !== undefined);
      }
      if (!run) {
        yield { ...(mixes ? (mixed(chunk) as Chunk) : chunk), flow };
        return;
      }
      for (let from = 0; from < chunk.length; from += slice) {
        const output = run.process(chunk, from, Math.min(from + slice, chunk.length), flow);
        if (output) yield output as Chunk;
      }
    }

    return {
      ready: loadResampler(),
      free: () => run?.free(),
      process(chunk, flow) {
        expectChunk(chunk, EXPECTED);
        mixes?.(chunk);
        const slice = Math.ceil((SLICE_MS * chunk.format.sampleRate) / 1000);
        const isContinued = continuity.follow(chunk) === 'continues';
        if (!isContinued || !run || chunk.length > slice) return processInSlices(chunk, flow, isContinued, slice);
        const output = run.process(chunk, 0, chunk.length, flow);
        return output ? [output as Chunk] : [];
      },
      flush: finish,
    };
  });
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Uninterrupted audio of one source, from its first sample through one resampler. */
class ResamplerRun {
  readonly #resampler: Resampler;
  readonly #format: Pcm<'float32'>;
  readonly #timing: ChunkTiming;
  readonly #mixes: boolean;
  #position: number;
  #skipped: ChunkTiming['skipped'];
  /** Capture time of the source's sample 0, where the source is live or paced. */
  #capturedAtZeroMs: number | undefined;

  constructor(first: AudioChunk<Pcm<'float32'>>, rate: number, mixes: boolean) {
    const { sampleRate } = first.format;
    const channels = mixes ? 1 : first.format.channels;
    this.#mixes = mixes;
    this.#resampler = new Resampler({ fromRate: sampleRate, toRate: rate, channels, reuses: mixes });
    this.#format = { encoding: 'float32', channels, sampleRate: rate };
    this.#timing = first.timing;
    this.#skipped = first.timing.skipped;
    this.#position = Math.round((first.timing.position * rate) / sampleRate);
  }

  process(chunk: AudioChunk<Pcm<'float32'>>, from: number, to: number, flow: Flow): AudioChunk<Pcm<'float32'>> | undefined {
    const { capturedAtMs, position } = chunk.timing;
    this.#capturedAtZeroMs =
      capturedAtMs === undefined ? undefined : capturedAtMs - ((position + chunk.length) / chunk.format.sampleRate) * 1000;
    const whole = from === 0 && to === chunk.length;
    const input = whole ? chunk.data : chunk.data.map((samples) => samples.subarray(from, to));
    const data = this.#mixes ? this.#resampler.processMixed(input) : this.#resampler.process(input);
    return this.#chunk(data, flow, chunk.timing.kind);
  }

  flush(flow: Flow): AudioChunk<Pcm<'float32'>> | undefined {
    const data = this.#resampler.flush();
    this.#resampler.free();
    return this.#chunk(data, flow, this.#timing.kind);
  }

  free(): void {
    this.#resampler.free();
  }

  #chunk(data: Float32Array[], flow: Flow, kind: ChunkTiming['kind']): AudioChunk<Pcm<'float32'>> | undefined {
    const length = data[0]?.length ?? 0;
    if (length === 0) return undefined;
    const position = this.#position;
    this.#position += length;
    const endMs = (this.#position / this.#format.sampleRate) * 1000;
    const skipped = this.#skipped;
    this.#skipped = undefined;
    // No spreads: of 20 ms of live audio they took as long as the samples.
    const timing: Writable<ChunkTiming> = { source: this.#timing.source, position };
    if (this.#capturedAtZeroMs !== undefined) timing.capturedAtMs = this.#capturedAtZeroMs + endMs;
    if (kind) timing.kind = kind;
    if (skipped) timing.skipped = skipped;
    return { data, format: this.#format, length, timing, flow };
  }
}
