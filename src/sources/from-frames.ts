import { Observable } from 'rxjs';
import { ArrivalClock, type AudioChunk, LiveAudioBuffer, type Pcm } from '../audio/index.js';
import {
  expectNumber,
  expectOptions,
  isBehavioralSignalsError,
  OptionError,
  type OptionNames,
  SourceError,
} from '../errors/index.js';
import type { EventObserver } from '../events/index.js';
import { FlowGate, LIVE_LIMIT_NAMES, type LiveLimits, type ResolvedLiveLimits, resolveLiveLimits } from '../flow/index.js';
import type { FrameInput } from './frames/audio-frame.js';
import { FramePump, isFrameStream } from './frames/frame-pump.js';
import { FrameReader } from './frames/frame-reader.js';
import { lendGathered } from './lend-gathered.js';

/** Options of {@link fromFrames}. */
export interface FromFramesOptions {
  /** In Hz, 1,000 to 768,000. Needed for frames that are bare samples; frames that say another rate are refused. */
  sampleRate?: number | undefined;
  /** Interleaved channels, 1 to 64; frames that say another number are refused. Default: what frames say, else 1. */
  channels?: number | undefined;
  /** A name for events and messages. Default: `frames`. */
  label?: string | undefined;
  /**
   * Whether the frames are live: their producer doesn't wait, and what arrives is being said now. Frames are then pulled as they come
   * and wait within these limits, and chunks get `timing.capturedAtMs`. Default: false.
   */
  live?: boolean | LiveLimits | undefined;
  /** Receives the format of the frames, and diagnostics. Default: diagnostics become process warnings. */
  events?: EventObserver | undefined;
}

type Decoded = AudioChunk<Pcm<'float32'>>;

const consumed = new WeakSet<object>();

const NAMES: OptionNames<FromFramesOptions> = { sampleRate: true, channels: true, label: true, live: true, events: true };

/**
 * Turns frames of samples, as voice agent frameworks and browsers hand them over, into audio.
 *
 * Takes what gives `Int16Array`s or `Float32Array`s of interleaved samples, bare or as `{ data, sampleRate, channels }`: LiveKit's `AudioStream`,
 * an AudioWorklet's messages, a generator of your own. Samples are copied when they come. The output is what `decode()` gives, planar floats,
 * so that every operator can follow; 16-bit samples come through bit by bit.
 *
 * A frame is pulled only while nobody holds, so that a producer that waits to be asked is never ahead by more than one. With `live`, frames are
 * pulled as they come, and what has to wait for a slower consumer is bounded, as by `bufferLive()`. Frames bear no time of their own: a position
 * is the count of samples before it, dropped ones included, and a pause of the producer takes no time on the timeline; `live` frames are
 * captured when they arrive, less the jitter. When rate or channels change from one frame to the next, the timeline goes on in the new format.
 *
 * @param frames A web ReadableStream or an (async) iterable of frames, or a function that returns one, to subscribe more than once.
 * @returns Emits asynchronously, one chunk for each frame that has samples; completes when the frames do. Unsubscribing cancels the stream's
 * reader, or returns the iterator.
 * @throws OptionError for options out of range, and (as error notification) for bare samples without `sampleRate`; (as error notification)
 * SourceError `INVALID_FRAME` for a frame that isn't audio, is detached or contradicts itself or the options, `SOURCE_FAILED` with the
 * producer's error as `cause`, `SOURCE_CONSUMED` on the second subscription of an instance, `SOURCE_UNUSABLE` for a locked stream and for what
 * can't be iterated; OverflowError `QUEUE_OVERFLOW` with `live: { overflow: 'error' }`.
 * @example
 * fromFrames(new AudioStream(track, { sampleRate: 16_000, numChannels: 1 }), { live: true }).pipe(toPcm16le(), chunk(100), behavioralSignals())
 */
export function fromFrames(
  frames: FrameInput | (() => FrameInput),
  options: FromFramesOptions = {},
): Observable<AudioChunk<Pcm<'float32'>>> {
  expectOptions('fromFrames', options, NAMES);
  const { sampleRate, channels, label = 'frames', live = false, events } = options;
  if (sampleRate !== undefined) {
    expectNumber('fromFrames({ sampleRate })', sampleRate, { min: 1000, max: 768_000, whole: true, unit: 'Hz' });
  }
  if (channels !== undefined) expectNumber('fromFrames({ channels })', channels, { min: 1, max: 64, whole: true });
  if (typeof live !== 'boolean' && (typeof live !== 'object' || live === null)) {
    throw new OptionError('fromFrames({ live })', 'must be true, false or { maxBytes, maxMs, overflow }', live);
  }
  const ofLive = (option: string) => `fromFrames({ live: { ${option} } })`;
  if (typeof live === 'object') expectOptions(ofLive, live, LIVE_LIMIT_NAMES);
  const limits = live ? resolveLiveLimits(live === true ? {} : live, ofLive) : undefined;

  const audio = new Observable<Decoded>((subscriber) => {
    const reader = new FrameReader(label, { sampleRate, channels }, events);
    const output: Output = {
      emit: (chunk) => subscriber.next(chunk),
      complete: () => subscriber.complete(),
      error: (error) => subscriber.error(error),
    };
    const open = (observer: ConstructorParameters<typeof FramePump>[1]) => {
      const instance = typeof frames === 'function' ? make(frames, label) : frames;
      claim(instance, label);
      try {
        return new FramePump(instance, { ...observer, fail: (error) => observer.fail(failure(error, label)) });
      } catch (cause) {
        throw new SourceError('SOURCE_UNUSABLE', `${label}: the frames can't be read: ${messageOf(cause)}`, { cause });
      }
    };
    try {
      return limits
        ? playLive(open, reader, output, { name: `fromFrames(${label})`, limits, events })
        : play(open, reader, output);
    } catch (error) {
      subscriber.error(error);
      return undefined;
    }
  });
  return lendGathered(audio);
}

type Output = Pick<ConstructorParameters<typeof LiveAudioBuffer<Decoded>>[0], 'emit' | 'complete' | 'error'>;
type Open = (observer: ConstructorParameters<typeof FramePump>[1]) => FramePump;

/** Pulls while nobody holds. */
function play(open: Open, reader: FrameReader, { emit, complete, error }: Output): () => void {
  /** A frame that came when somebody had begun to hold. */
  let waiting: Decoded | undefined;
  const gate = new FlowGate({ onResume: advance });
  const pump = open({
    frame: (frame) => {
      try {
        waiting = reader.read(frame, gate);
      } catch (failed) {
        error(failed);
        return;
      }
      advance();
    },
    end: () => {
      reader.end();
      complete();
    },
    fail: error,
  });
  function advance(): void {
    if (gate.isHeld) return;
    const chunk = waiting;
    waiting = undefined;
    if (chunk) emit(chunk);
    if (!gate.isHeld) pump.pull();
  }
  pump.pull();
  return () => {
    gate.end();
    pump.stop();
  };
}

/** Pulls always; what can't be emitted at once waits within the limits. */
function playLive(
  open: Open,
  reader: FrameReader,
  output: Output,
  buffering: { name: string; limits: ResolvedLiveLimits; events: EventObserver | undefined },
): () => void {
  const clock = new ArrivalClock();
  const buffer = new LiveAudioBuffer<Decoded>({ ...buffering, ...output });
  const pump = open({
    frame: (frame) => {
      const arrivedAtMs = Date.now();
      try {
        const chunk = reader.read(frame, buffer.flow, (mediaMs) => clock.capturedAtMs(mediaMs, arrivedAtMs));
        if (chunk) buffer.push(chunk);
      } catch (failed) {
        buffer.endWithError(failed);
      }
      if (buffer.isOpen) pump.pull();
      else pump.stop();
    },
    end: () => {
      reader.end();
      buffer.end();
    },
    fail: (error) => buffer.endWithError(error),
  });
  pump.pull();
  return () => {
    buffer.stop();
    pump.stop();
  };
}

function make(factory: () => FrameInput, label: string): FrameInput {
  try {
    return factory();
  } catch (cause) {
    throw new SourceError('SOURCE_UNUSABLE', `${label}: the function that makes the frames threw: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** Notes that an instance has been subscribed, and refuses it when it was before or can't be read. */
function claim(instance: FrameInput, label: string): void {
  const isObject = typeof instance === 'object' && instance !== null && !ArrayBuffer.isView(instance);
  if (!isObject || !(isFrameStream(instance) || Symbol.asyncIterator in instance || Symbol.iterator in instance)) {
    throw new SourceError(
      'SOURCE_UNUSABLE',
      `${label}: frames must be a web ReadableStream or an (async) iterable of frames, or a function that returns one`,
    );
  }
  if (consumed.has(instance)) {
    throw new SourceError(
      'SOURCE_CONSUMED',
      `${label}: these frames were already subscribed once and are gone; pass a factory, fromFrames(() => …), to read them again`,
    );
  }
  consumed.add(instance);
}

function failure(error: unknown, label: string): SourceError {
  if (isBehavioralSignalsError(error, 'SOURCE_FAILED')) return error as SourceError;
  return new SourceError('SOURCE_FAILED', `${label}: the frames ended with an error: ${messageOf(error)}`, { cause: error });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
