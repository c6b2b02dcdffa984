import type { AudioChunk, SampleEncoding } from '../audio/index.js';
import { PipelineError } from '../errors/index.js';

/** What an operator can work on. */
export interface ChunkExpectation {
  /** The operator's name as the user writes it. */
  operator: string;
  encoding?: SampleEncoding;
  channels?: number;
}

const DESCRIPTIONS: Record<SampleEncoding, string> = { float32: 'decoded float', s16le: '16-bit PCM' };

/**
 * Checks at run time what the types check at compile time: a pipe of ten or more operators is `Observable<unknown>` to TypeScript.
 *
 * What an operator of the user's made is checked against itself, too: samples that aren't where they are said to be would be lost in silence.
 *
 * @throws PipelineError `FORMAT_MISMATCH` that says what came and which operator is missing.
 */
export function expectChunk(value: unknown, { operator, encoding, channels }: ChunkExpectation): void {
  const chunk = value as Partial<AudioChunk> | null | undefined;
  if (typeof chunk !== 'object' || chunk === null || !chunk.format || !chunk.timing || !chunk.data || !chunk.flow) {
    throw new PipelineError(
      'FORMAT_MISMATCH',
      `${operator} needs audio chunks, but got ${describe(value)}; put decode() before it`,
    );
  }
  if (encoding && chunk.format.encoding !== encoding) {
    const remedy =
      encoding === 's16le' ? 'put toPcm16le() before it' : `put ${operator} before toPcm16le(), which must come after resampling`;
    throw new PipelineError(
      'FORMAT_MISMATCH',
      `${operator} needs ${DESCRIPTIONS[encoding]} audio, but got ${DESCRIPTIONS[chunk.format.encoding]} audio; ${remedy}`,
    );
  }
  if (channels !== undefined && chunk.format.channels !== channels) {
    throw new PipelineError(
      'FORMAT_MISMATCH',
      `${operator} needs ${channels} channel${channels === 1 ? '' : 's'}, but got ${chunk.format.channels}; put toPcm16le() or channel(n) before it`,
    );
  }
  const contradiction = contradictionIn(chunk as AudioChunk);
  if (contradiction) {
    throw new PipelineError('FORMAT_MISMATCH', `${operator} got a chunk that contradicts itself: ${contradiction}`);
  }
}

/** What is wrong with a chunk, if anything is. */
function contradictionIn({ data, format, length, timing }: AudioChunk): string | undefined {
  if (!Number.isFinite(timing.position)) return `its position is ${timing.position}`;
  const { encoding, channels } = format;
  if (encoding === 's16le') {
    if (!Buffer.isBuffer(data))
      return '16-bit samples must be in a Buffer; Buffer.from(data.buffer, data.byteOffset, data.byteLength) makes one';
    const bytes = 2 * channels * length;
    return data.length === bytes
      ? undefined
      : `${length} samples of ${channels} channels are ${bytes} bytes, but it has ${data.length}`;
  }
  if (!Array.isArray(data)) return 'float samples must be an array of Float32Arrays, one for each channel';
  if (data.length !== channels) return `its format has ${channels} channels, but its data has ${data.length}`;
  for (const samples of data) {
    if (samples.length !== length) return `its length is ${length} samples, but a channel has ${samples.length}`;
  }
  return undefined;
}

function describe(value: unknown): string {
  if (value instanceof Uint8Array) return 'bytes';
  if (typeof value === 'object' && value !== null && 'data' in value && 'flow' in value) return 'bytes';
  return typeof value;
}
