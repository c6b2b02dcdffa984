import * as alawmulaw from 'alawmulaw';

type Codecs = Pick<typeof alawmulaw, 'alaw' | 'mulaw'>;

// Node sees the package's CommonJS build as one default export, bundlers its ES modules as named ones. Spread, because a bundler warns of
// a name that its view of the package doesn't have.
const found: Partial<Codecs> & { default?: Codecs } = { ...alawmulaw };
const { alaw, mulaw } = (found.mulaw ? found : found.default) as Codecs;

/** The sample in [-1, 1] of every mu-law byte (ITU-T G.711, the 14-bit values scaled to 16 bits, as ffmpeg does). */
export const MULAW_SAMPLES: Float32Array = Float32Array.from({ length: 256 }, (_, byte) => mulaw.decodeSample(byte) / 32_768);

/** The sample in [-1, 1] of every A-law byte (ITU-T G.711, the 13-bit values scaled to 16 bits, as ffmpeg does). */
export const ALAW_SAMPLES: Float32Array = Float32Array.from({ length: 256 }, (_, byte) => alaw.decodeSample(byte) / 32_768);
