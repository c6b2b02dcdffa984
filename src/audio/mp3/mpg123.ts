import type { MPEGDecoder } from 'mpg123-decoder';
import { DecodeError } from '../../errors/index.js';

/** One decoded frame: two channels always, equal for mono. */
export interface Mpg123Output {
  channels: readonly Float32Array[];
  /** Samples per channel. */
  length: number;
  /** What libmpg123 complained about. */
  complaint: string | undefined;
}

/** Thrown out of the package's decode loop, which would otherwise try for ever when an error persists. */
class Mpg123Fault extends Error {}

/** How the package's own log lines begin; libmpg123's do not. */
const PACKAGE_PREFIX = 'mpg123-decoder:';

/** libmpg123 in WebAssembly, made silent, finite and synchronous: whole frames in, samples out. */
export class Mpg123 {
  readonly #decoder: MPEGDecoder;
  #freed = false;

  private constructor(decoder: MPEGDecoder) {
    this.#decoder = decoder;
  }

  /**
   * Loads the package, once per process, and makes a decoder with WebAssembly memory of its own.
   *
   * @throws DecodeError `DECODER_UNAVAILABLE` when it can't be loaded.
   */
  static async load(): Promise<Mpg123> {
    try {
      // The package is ESM only, and only MP3 needs it.
      const { MPEGDecoder } = await import('mpg123-decoder');
      // Delay and padding are cut by Mp3Decoder, which also knows them when the stream is damaged.
      const decoder = new MPEGDecoder({ enableGapless: false });
      await decoder.ready;
      return new Mpg123(decoder);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new DecodeError('DECODER_UNAVAILABLE', `the MP3 decoder (package mpg123-decoder) could not be loaded: ${reason}`, {
        cause,
      });
    }
  }

  /** Decodes one whole frame. */
  decode(frame: Uint8Array): Mpg123Output {
    const complaints: string[] = [];
    const { error } = console;
    // The package logs each error and tries again, for ever if need be, and libmpg123's warnings go to the same place. Nothing
    // else can run, or log, during this synchronous call.
    console.error = (...values: unknown[]) => {
      const text = values.join(' ').trim();
      complaints.push(text);
      if (text.startsWith(PACKAGE_PREFIX)) throw new Mpg123Fault(text);
    };
    try {
      const { channelData, samplesDecoded } = this.#decoder.decode(frame);
      return { channels: channelData, length: samplesDecoded, complaint: complaints[0] };
    } catch (fault) {
      if (!(fault instanceof Mpg123Fault)) throw fault;
      return { channels: [], length: 0, complaint: fault.message };
    } finally {
      console.error = error;
    }
  }

  /** Gives the WebAssembly memory back. */
  free(): void {
    if (this.#freed) return;
    this.#freed = true;
    this.#decoder.free();
  }
}
