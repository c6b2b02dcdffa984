export { type AudioChunk, type ByteChunk, type ChunkTiming, durationMs, type SourceId, startMs } from './chunk.js';
export type { Pcm, SampleEncoding, SamplesOf } from './pcm.js';
