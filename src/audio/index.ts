export { type AudioChunk, type ByteChunk, type ChunkTiming, durationMs, type SourceId, startMs } from './chunk.js';
export { Chunker, sliceChunk } from './chunker.js';
export { type Continuation, Continuity } from './continuity.js';
export { LiveAudioBuffer, type LiveAudioBufferOptions } from './live-audio-buffer.js';
export { mixDown, PartyDetector } from './mixer.js';
export type { Pcm, SampleEncoding, SamplesOf } from './pcm.js';
export { quantize } from './quantize.js';
export { loadResampler, Resampler, type ResamplerOptions } from './resampler/index.js';
export { type Span, Timeline, type TimelinePoint } from './timeline.js';
