import * as alawmulaw from 'alawmulaw';

// Node sees the package's CommonJS build as one default export, bundlers its ES modules as named ones.
const { alaw, mulaw } = 'mulaw' in alawmulaw ? alawmulaw : (alawmulaw as { default: typeof alawmulaw }).default;

/** The sample in [-1, 1] of every mu-law byte (ITU-T G.711, the 14-bit values scaled to 16 bits, as ffmpeg does). */
export const MULAW_SAMPLES: Float32Array = Float32Array.from({ length: 256 }, (_, byte) => mulaw.decodeSample(byte) / 32_768);

/** The sample in [-1, 1] of every A-law byte (ITU-T G.711, the 13-bit values scaled to 16 bits, as ffmpeg does). */
export const ALAW_SAMPLES: Float32Array = Float32Array.from({ length: 256 }, (_, byte) => alaw.decodeSample(byte) / 32_768);
