/** How a test WAV deviates from a plain one of 16 bits, mono, 16 kHz. */
export interface WavParts {
  magic?: 'RIFF' | 'RIFX' | 'RF64';
  tag?: number;
  channels?: number;
  sampleRate?: number;
  byteRate?: number;
  blockAlign?: number;
  bits?: number;
  data?: Uint8Array;
  dataSize?: number;
  riffSize?: number;
  before?: [name: string, body: Uint8Array][];
  after?: Uint8Array;
}

/** Builds a WAV file, honest but for the parts given. */
export function makeWav(parts: WavParts = {}): Buffer {
  const { magic = 'RIFF', tag = 1, channels = 1, sampleRate = 16_000, bits = 16, data = new Uint8Array(0) } = parts;
  const { blockAlign = (channels * bits) / 8, before = [], after = new Uint8Array(0) } = parts;
  const { byteRate = sampleRate * blockAlign, dataSize = data.length } = parts;
  const isBig = magic === 'RIFX';
  const format = Buffer.alloc(16);
  const u16 = (value: number, at: number) => (isBig ? format.writeUInt16BE(value, at) : format.writeUInt16LE(value, at));
  const u32 = (value: number, at: number) => (isBig ? format.writeUInt32BE(value, at) : format.writeUInt32LE(value, at));
  u16(tag, 0);
  u16(channels, 2);
  u32(sampleRate, 4);
  u32(byteRate, 8);
  u16(blockAlign, 12);
  u16(bits, 14);
  const body = Buffer.concat([
    Buffer.from('WAVE'),
    ...before.map(([name, content]) => chunk(name, content, content.length, isBig)),
    chunk('fmt ', format, format.length, isBig),
    chunk('data', data, dataSize, isBig),
    after,
  ]);
  const header = Buffer.alloc(8);
  header.write(magic, 'latin1');
  const riffSize = parts.riffSize ?? body.length;
  if (isBig) header.writeUInt32BE(riffSize, 4);
  else header.writeUInt32LE(riffSize, 4);
  return Buffer.concat([header, body]);
}

/** One RIFF chunk, padded to an even length. */
export function chunk(name: string, content: Uint8Array, size = content.length, isBig = false): Buffer {
  const header = Buffer.alloc(8);
  header.write(name, 'latin1');
  if (isBig) header.writeUInt32BE(size, 4);
  else header.writeUInt32LE(size, 4);
  return Buffer.concat([header, content, Buffer.alloc(content.length % 2)]);
}

/** Samples of 16 bits as little-endian bytes. */
export function pcm16(samples: readonly number[]): Buffer {
  const bytes = Buffer.alloc(samples.length * 2);
  for (const [i, sample] of samples.entries()) bytes.writeInt16LE(sample, i * 2);
  return bytes;
}
