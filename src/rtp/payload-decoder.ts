import { deinterleave, type PlaneAllocator } from '../audio/sample-format/index.js';
import { G722Decoder } from './g722-decoder.js';
import { OpusPayloadDecoder, opusDuration } from './opus-payload.js';
import type { RtpCodec } from './rtp-codec.js';

/** Turns the payloads of one codec into samples, in their order. */
export interface PayloadDecoder {
  /** Of the samples, in Hz. */
  readonly sampleRate: number;
  /** Ticks of the codec's clock that a payload lasts; 0 for one that is malformed. */
  duration(payload: Uint8Array): number;
  /**
   * One array of samples per channel; undefined for a payload that can't be decoded.
   *
   * @param allocate Where they go, for decoders that have no memory of their own for every payload.
   */
  decode(payload: Uint8Array, allocate?: PlaneAllocator): readonly Float32Array[] | undefined;
  /** Packets that last as long as these ticks were lost: a decoder that remembers goes on as if it had heard something alike. */
  lose(ticks: number): void;
  /** Forgets what came before, where a stream or its timeline begins anew. */
  reset(): void;
  /** Gives memory outside of JavaScript back. */
  free(): void;
}

/**
 * Makes the decoder of an audio codec.
 *
 * @throws (as rejection) DecodeError `DECODER_UNAVAILABLE` when the Opus decoder can't be loaded.
 */
export async function loadPayloadDecoder(codec: RtpCodec): Promise<PayloadDecoder> {
  switch (codec.name) {
    case 'G722':
      return new G722PayloadDecoder();
    case 'opus':
      return opusPayloads(codec);
    default:
      return companded(codec);
  }
}

const FORMATS = { PCMU: 'mulaw', PCMA: 'alaw', L16: 's16be' } as const;

/** G.711 and L16 (RFC 3551, sections 4.5.11 and 4.5.14): one tick is one sample of each channel. */
function companded({ name, clockRate, channels }: RtpCodec): PayloadDecoder {
  const format = FORMATS[name as keyof typeof FORMATS];
  const tickBytes = channels * (name === 'L16' ? 2 : 1);
  return {
    sampleRate: clockRate,
    duration: (payload) => Math.floor(payload.length / tickBytes),
    decode: (payload, allocate) => deinterleave(payload, format, channels, allocate).channels,
    lose: () => {},
    reset: () => {},
    free: () => {},
  };
}

class G722PayloadDecoder implements PayloadDecoder {
  readonly sampleRate = 16_000;
  #decoder = new G722Decoder();

  duration(payload: Uint8Array): number {
    return payload.length;
  }

  decode(payload: Uint8Array): readonly Float32Array[] {
    return [this.#decoder.decode(payload)];
  }

  lose(): void {}

  reset(): void {
    this.#decoder = new G722Decoder();
  }

  free(): void {}
}

async function opusPayloads({ sampleRate = 48_000, channels }: RtpCodec): Promise<PayloadDecoder> {
  const decoder = await OpusPayloadDecoder.load(sampleRate, channels);
  return {
    sampleRate,
    duration: opusDuration,
    decode: (payload) => decoder.decode(payload),
    lose: (ticks) => decoder.lose(ticks),
    // libopus finds its way within a packet, and starting it anew would be asynchronous.
    reset: () => {},
    free: () => decoder.free(),
  };
}
