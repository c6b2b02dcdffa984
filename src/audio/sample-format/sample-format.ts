/** How samples are stored in a file or a raw stream. */
export const SAMPLE_FORMATS = [
  'u8',
  's8',
  's16le',
  's16be',
  's24le',
  's24be',
  's32le',
  's32be',
  'float32le',
  'float32be',
  'float64le',
  'float64be',
  'mulaw',
  'alaw',
] as const;

/**
 * How samples are stored in a file or a raw stream: unsigned (`u`) or signed (`s`) integers of so many bits, floats, or G.711
 * companded bytes; `le` and `be` are the byte order.
 */
export type SampleFormat = (typeof SAMPLE_FORMATS)[number];

const BYTES: Readonly<Record<SampleFormat, number>> = {
  u8: 1,
  s8: 1,
  mulaw: 1,
  alaw: 1,
  s16le: 2,
  s16be: 2,
  s24le: 3,
  s24be: 3,
  s32le: 4,
  s32be: 4,
  float32le: 4,
  float32be: 4,
  float64le: 8,
  float64be: 8,
};

/** Bytes that one sample takes. */
export function sampleBytes(format: SampleFormat): number {
  return BYTES[format];
}

/** The codec's name in events: `pcm_s16le`, `pcm_f32le`, `mulaw`. */
export function codecName(format: SampleFormat): string {
  if (format === 'mulaw' || format === 'alaw') return format;
  return `pcm_${format.replace('float', 'f')}`;
}
