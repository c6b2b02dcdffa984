import { Readable } from 'node:stream';
import { isObservable, type Observable, type Subscription } from 'rxjs';
import { expectOptions, OptionError, type OptionNames, PipelineError } from '../errors/index.js';
import { type Flow, Holder } from '../flow/index.js';
import { untilClosed } from './until-closed.js';

/** Options of {@link toReadable}. */
export interface ToReadableOptions {
  /** Whether the stream yields the values themselves instead of their bytes. Default: false. */
  objectMode?: boolean | undefined;
  /** Bytes (or values, in object mode) that the stream buffers before it pauses the source. Default: Node's. */
  highWaterMark?: number | undefined;
}

const NAMES: OptionNames<ToReadableOptions> = { objectMode: true, highWaterMark: true };

/**
 * Makes a Node Readable of an Observable: of the bytes of audio chunks, or with `objectMode` of whatever flows.
 *
 * The source is subscribed at the first read and paused while the stream's buffer is full. Float audio becomes little-endian 32-bit
 * floats with channels interleaved.
 *
 * @returns A stream that ends when the source completes and is destroyed with its error; destroying the stream unsubscribes.
 * @throws OptionError for a source that is no Observable; (as stream error) PipelineError `FORMAT_MISMATCH` for values without bytes
 * and, with `objectMode`, for null.
 * @example
 * toReadable(fromFile('call.mp3').pipe(decode(), resample(16_000), toPcm16le())).pipe(createWriteStream('call.s16le'))
 */
export function toReadable<T>(source: Observable<T>, options: ToReadableOptions = {}): Readable {
  expectOptions('toReadable', options, NAMES);
  const { objectMode = false, highWaterMark } = options;
  if (!isObservable(source)) throw new OptionError('toReadable(source)', 'must be an Observable', source);
  let subscription: Subscription | undefined;
  const above = new Holder();
  const state = { closed: false };
  return new Readable({
    objectMode,
    ...(highWaterMark !== undefined && { highWaterMark }),
    read() {
      subscription ??= source.pipe(untilClosed(state)).subscribe({
        next: (value) => {
          try {
            if (!this.push(objectMode ? notNull(value) : bytesOf(value))) above.hold((value as { flow?: Flow } | null)?.flow);
          } catch (error) {
            this.destroy(error as Error);
          }
        },
        complete: () => this.push(null),
        error: (error) => this.destroy(error instanceof Error ? error : new Error(String(error))),
      });
      above.release();
    },
    destroy(error, callback) {
      state.closed = true;
      subscription?.unsubscribe();
      above.release();
      callback(error);
    },
  });
}

function notNull<T>(value: T): T {
  if (value !== null) return value;
  throw new PipelineError('FORMAT_MISMATCH', 'toReadable() got null, which would end the stream; filter it out before');
}

function bytesOf(value: unknown): Uint8Array | string {
  if (value instanceof Uint8Array || typeof value === 'string') return value;
  const data = (value as { data?: unknown } | null)?.data;
  if (data instanceof Uint8Array) return data;
  if (Array.isArray(data) && data[0] instanceof Float32Array) return interleave(data as Float32Array[]);
  throw new PipelineError(
    'FORMAT_MISMATCH',
    'toReadable() needs audio chunks, bytes or strings; for other values use toReadable(source, { objectMode: true })',
  );
}

function interleave(channels: readonly Float32Array[]): Buffer {
  const length = channels[0]!.length;
  const bytes = Buffer.allocUnsafeSlow(length * channels.length * 4);
  channels.forEach((samples, channel) => {
    for (let i = 0; i < length; i += 1) bytes.writeFloatLE(samples[i]!, (i * channels.length + channel) * 4);
  });
  return bytes;
}
