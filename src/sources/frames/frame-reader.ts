import { endianness } from 'node:os';
import type { AudioChunk, Pcm, SourceId } from '../../audio/index.js';
import { AudioInspector } from '../../audio/inspector/index.js';
import { codecName, deinterleave, type SampleFormat } from '../../audio/sample-format/index.js';
import { isBehavioralSignalsError, OptionError, SourceError } from '../../errors/index.js';
import { type EventObserver, emitEvent } from '../../events/index.js';
import type { Flow } from '../../flow/index.js';
import type { AudioFrame, FrameSamples } from './audio-frame.js';

/** What frames are that don't say so themselves. */
export interface FrameFormat {
  readonly sampleRate: number | undefined;
  readonly channels: number | undefined;
}

const ORDER = endianness() === 'LE' ? 'le' : 'be';
/** As for raw samples. */
const LIMITS = { sampleRate: [1000, 768_000], channels: [1, 64] } as const;

/** Makes audio on its source's timeline of the frames of one subscription, copying their samples. */
export class FrameReader {
  readonly #label: string;
  readonly #source: SourceId;
  readonly #given: FrameFormat;
  readonly #events: EventObserver | undefined;
  readonly #inspector: AudioInspector;
  #count = -1;
  #position = 0;
  #format: Pcm<'float32'> | undefined;
  #sampleFormat: SampleFormat | undefined;
  #hasNonFinite = false;

  constructor(label: string, given: FrameFormat, events: EventObserver | undefined) {
    this.#label = label;
    this.#source = { label };
    this.#given = given;
    this.#events = events;
    this.#inspector = new AudioInspector({ label, events });
  }

  /**
   * Reads a frame.
   *
   * @param capturedAtMs Tells when the frame was captured from where it ends on the timeline; undefined for audio that isn't live.
   * @returns undefined for a frame without samples.
   * @throws SourceError `INVALID_FRAME` for what is no frame of audio; OptionError for bare samples without a rate.
   */
  read(frame: unknown, flow: Flow, capturedAtMs?: (mediaMs: number) => number): AudioChunk<Pcm<'float32'>> | undefined {
    this.#count += 1;
    const { samples, sampleRate, channels } = this.#checked(frame);
    if (samples.length === 0) return undefined;
    const stored: SampleFormat = `${nameOf(samples) === 'Int16Array' ? 's16' : 'float32'}${ORDER}`;
    const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
    const { channels: data, nonFinite } = deinterleave(bytes, stored, channels);
    const format = this.#follow(sampleRate, channels, stored);
    if (nonFinite > 0) this.#reportNonFinite();
    const length = samples.length / channels;
    this.#inspector.push({ data, length, format: { container: 'frames', codec: codecName(stored), sampleRate, channels } });
    const position = this.#position;
    this.#position += length;
    const captured = capturedAtMs?.((this.#position / sampleRate) * 1000);
    const timing = { source: this.#source, position, ...(captured !== undefined && { capturedAtMs: captured }) };
    return { data, format, length, timing, flow };
  }

  /** The frames are over. */
  end(): void {
    this.#inspector.end();
  }

  #follow(sampleRate: number, channels: number, stored: SampleFormat): Pcm<'float32'> {
    const known = this.#format;
    if (known?.sampleRate === sampleRate && known.channels === channels && this.#sampleFormat === stored) return known;
    // Positions count samples at the chunk's own rate.
    if (known) this.#position = Math.round((this.#position * sampleRate) / known.sampleRate);
    this.#format = { encoding: 'float32', channels, sampleRate };
    this.#sampleFormat = stored;
    const { label: stream } = this.#source;
    const codec = codecName(stored);
    emitEvent(this.#events, { type: 'format', container: 'frames', codec, sampleRate, channels, decoder: 'in-process', stream });
    return this.#format;
  }

  /** Takes a frame apart, whatever it is. */
  #checked(frame: unknown): { samples: FrameSamples; sampleRate: number; channels: number } {
    try {
      if (isSamples(frame)) return this.#sized({ data: frame });
      if (typeof frame !== 'object' || frame === null || ArrayBuffer.isView(frame) || Array.isArray(frame)) {
        throw this.#invalid(`is ${describe(frame)}, not an Int16Array, a Float32Array or { data, sampleRate, channels }`);
      }
      const { data, sampleRate, channels, samplesPerChannel } = frame as Partial<AudioFrame>;
      if (!isSamples(data)) throw this.#invalid(`has ${describe(data)} for data, not an Int16Array or a Float32Array`);
      return this.#sized({ data, sampleRate, channels, samplesPerChannel });
    } catch (error) {
      if (isBehavioralSignalsError(error)) throw error;
      throw this.#invalid(`can't be read: ${error instanceof Error ? error.message : String(error)}`, error);
    }
  }

  #sized(frame: { data: FrameSamples } & { [Name in keyof AudioFrame]?: AudioFrame[Name] | undefined }) {
    const { data: samples, samplesPerChannel } = frame;
    if (samples.length === 0 && isDetached(samples)) {
      throw this.#invalid('has detached data: its memory was transferred away before the frame was read');
    }
    const sampleRate = this.#resolved('sampleRate', frame.sampleRate);
    const channels = this.#resolved('channels', frame.channels);
    if (samples.length % channels !== 0) {
      throw this.#invalid(`has ${samples.length} samples, which is no multiple of its ${channels} channels`);
    }
    if (samplesPerChannel !== undefined && samplesPerChannel !== samples.length / channels) {
      const count = samples.length / channels;
      throw this.#invalid(
        `says samplesPerChannel ${String(samplesPerChannel)}, but its data holds ${count} for each of ${channels} channels`,
      );
    }
    return { samples, sampleRate, channels };
  }

  /** What the frame says, else the option. */
  #resolved(name: keyof FrameFormat, said: unknown): number {
    const given = this.#given[name];
    const value = said ?? given ?? (name === 'channels' ? 1 : undefined);
    if (value === undefined) {
      throw new OptionError(
        'fromFrames({ sampleRate })',
        `must be given, because the frames of "${this.#label}" don't say theirs`,
      );
    }
    const [min, max] = LIMITS[name];
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
      throw this.#invalid(`says ${name} ${String(value)}, which is no whole number from ${min} to ${max}`);
    }
    if (given !== undefined && value !== given) {
      throw this.#invalid(
        `says ${name} ${value}, but fromFrames({ ${name} }) says ${given}; leave the option out to follow the frames`,
      );
    }
    return value;
  }

  #reportNonFinite(): void {
    if (this.#hasNonFinite) return;
    this.#hasNonFinite = true;
    emitEvent(this.#events, {
      type: 'diagnostic',
      code: 'NON_FINITE_SAMPLES',
      message: `${this.#label}: some samples are not numbers (NaN) or infinite; they became 0`,
      atMs: this.#format ? (this.#position / this.#format.sampleRate) * 1000 : 0,
      stream: this.#label,
    });
  }

  #invalid(what: string, cause?: unknown): SourceError {
    return new SourceError('INVALID_FRAME', `${this.#label}: frame ${this.#count} ${what}`, cause === undefined ? {} : { cause });
  }
}

/** The kind of a typed array, of whichever realm: a test runner's or a worker's arrays are no instances of ours. */
function nameOf(value: unknown): string {
  return ArrayBuffer.isView(value) ? Object.prototype.toString.call(value).slice(8, -1) : '';
}

function isSamples(value: unknown): value is FrameSamples {
  const name = nameOf(value);
  return name === 'Int16Array' || name === 'Float32Array';
}

function isDetached({ buffer }: FrameSamples): boolean {
  try {
    return new Uint8Array(buffer).length < 0;
  } catch {
    return true;
  }
}

function describe(value: unknown): string {
  const name = nameOf(value);
  if (name === 'Uint8Array') return 'bytes (view them as samples, or read them with fromReadable() and decode({ format }))';
  if (name !== '') return `a ${name}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  const keys = Object.keys(value).slice(0, 8);
  return keys.length === 0 ? 'an object without fields' : `an object of ${keys.join(', ')}`;
}
