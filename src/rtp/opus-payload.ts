import type { OpusDecoder } from 'opus-decoder';
import { DecodeError } from '../errors/index.js';

/** What libopus takes at most for one frame (RFC 6716, section 3.2.1), and frames in a packet of 120 ms. */
const MAX_PACKET_BYTES = 3840;
const MAX_PACKET_TICKS = 5760;
/** Modes from this one on are CELT, which finds its way after a loss better by itself (RFC 6716, table 2). */
const FIRST_CELT_CONFIG = 16;
/** What libopus makes up for a loss has faded out after some frames. */
const MAX_LOST_FRAMES = 10;

/**
 * How long an Opus packet is, in ticks of 48 kHz, by its first byte and its frame count (RFC 6716, section 3.1); 0 for one that is malformed.
 */
export function opusDuration(payload: Uint8Array): number {
  if (payload.length === 0) return 0;
  const toc = payload[0]!;
  const config = toc >> 3;
  // SILK comes in 10, 20, 40 and 60 ms, hybrid in 10 and 20, CELT in 2.5, 5, 10 and 20.
  const frame =
    config >= 16 ? 120 << (config & 3) : config >= 12 ? 480 << (config & 1) : (config & 3) === 3 ? 2880 : 480 << (config & 3);
  const code = toc & 3;
  if (code === 3 && payload.length < 2) return 0;
  const frames = code === 0 ? 1 : code < 3 ? 2 : payload[1]! & 0x3f;
  const ticks = frame * frames;
  return ticks > MAX_PACKET_TICKS ? 0 : ticks;
}

type Decoder = OpusDecoder<8000 | 12_000 | 16_000 | 24_000 | 48_000>;

/** libopus in WebAssembly, made silent and safe: whole packets in, samples out. */
export class OpusPayloadDecoder {
  readonly #make: () => Promise<Decoder>;
  /** undefined while another is made, and once it was freed. */
  #decoder: Decoder | undefined;
  /** The first byte of the last packet. */
  #toc: number | undefined;
  #freed = false;

  private constructor(make: () => Promise<Decoder>, decoder: Decoder) {
    this.#make = make;
    this.#decoder = decoder;
  }

  /**
   * Loads the package, once per process, and makes a decoder with WebAssembly memory of its own.
   *
   * @throws DecodeError `DECODER_UNAVAILABLE` when it can't be loaded.
   */
  static async load(sampleRate: number, channels: number): Promise<OpusPayloadDecoder> {
    const make = async () => {
      // The package is ESM only, and only Opus needs it.
      const { OpusDecoder } = await import('opus-decoder');
      const decoder = new OpusDecoder({ sampleRate: sampleRate as 48_000, channels });
      await decoder.ready;
      return decoder;
    };
    try {
      return new OpusPayloadDecoder(make, await make());
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new DecodeError('DECODER_UNAVAILABLE', `the Opus decoder (package opus-decoder) could not be loaded: ${reason}`, {
        cause,
      });
    }
  }

  /** Decodes one packet; undefined when libopus refuses it, or broke at it or one shortly before. */
  decode(payload: Uint8Array): Float32Array[] | undefined {
    if (payload.length > MAX_PACKET_BYTES) return undefined;
    const decoded = this.#run(payload);
    if (!decoded?.samplesDecoded) return undefined;
    this.#toc = payload[0];
    return decoded.channelData;
  }

  /**
   * Lets the decoder conceal packets that were lost, and drops what it makes up: its memory then fits what follows.
   *
   * A packet of nothing but its first byte has it do so for one frame. In speech (SILK, hybrid) the first packet after a loss comes out 4 to 6 dB
   * nearer to the original.
   *
   * @param ticks How long they were, at 48 kHz.
   */
  lose(ticks: number): void {
    if (this.#toc === undefined || this.#toc >> 3 >= FIRST_CELT_CONFIG) return;
    const frame = Uint8Array.of(this.#toc & 0xfc);
    const frames = Math.min(MAX_LOST_FRAMES, Math.round(ticks / opusDuration(frame)));
    for (let i = 0; i < frames; i += 1) this.#run(frame);
  }

  /** Gives the WebAssembly memory back. */
  free(): void {
    this.#freed = true;
    this.#decoder?.free();
    this.#decoder = undefined;
  }

  #run(payload: Uint8Array): { channelData: Float32Array[]; samplesDecoded: number } | undefined {
    if (!this.#decoder) return undefined;
    const { error } = console;
    // The package logs what it also returns. Nothing else can run, or log, during this synchronous call.
    console.error = () => {};
    try {
      const decoded = this.#decoder.decodeFrame(payload);
      if (decoded.channelData.every(isFiniteAudio)) return decoded;
    } catch {
      // It reached outside of its memory: the package's build breaks at some stereo packets that no encoder makes.
    } finally {
      console.error = error;
    }
    this.#replace();
    return undefined;
  }

  /** The decoder's memory can't be trusted any more, and is not even freed; until there is another, packets can't be decoded. */
  #replace(): void {
    this.#decoder = undefined;
    this.#toc = undefined;
    this.#make().then(
      (decoder) => {
        if (this.#freed) decoder.free();
        else this.#decoder = decoder;
      },
      () => {},
    );
  }
}

/** Whether no sample is infinite or not a number: a sum with one of those is neither. */
function isFiniteAudio(samples: Float32Array): boolean {
  let sum = 0;
  for (const sample of samples) sum += sample;
  return Number.isFinite(sum);
}
