export type { AudioChunk, ByteChunk, ChunkTiming, Pcm, SampleEncoding, SamplesOf, SourceId } from './audio/index.js';
export type { RawFormat } from './audio/raw/index.js';
export type { SampleFormat } from './audio/sample-format/index.js';
export {
  AuthenticationError,
  BehavioralSignalsError,
  DecodeError,
  type DecodeErrorCode,
  type DecodePosition,
  type ErrorCode,
  type ErrorDetails,
  FfmpegError,
  InsufficientCreditsError,
  isBehavioralSignalsError,
  OptionError,
  OverflowError,
  PackageError,
  PipelineError,
  ServiceError,
  SourceError,
  StreamingError,
  type StreamingErrorCode,
  type StreamingErrorDetails,
  UnsupportedFormatError,
} from './errors/index.js';
export type {
  BudgetEvent,
  CallSilenceEvent,
  CallSummaryEvent,
  DiagnosticCode,
  DiagnosticEvent,
  DtmfEvent,
  EventObserver,
  FormatEvent,
  GapEvent,
  GateEvent,
  InterruptionEvent,
  LatencyByLevel,
  LatencySummary,
  LegEvent,
  LegSummary,
  Logger,
  MarkEvent,
  OverlapEvent,
  ResponseGapEvent,
  ResultEvent,
  RtpEvent,
  RtpStatisticsEvent,
  SessionEvent,
  SocketEvent,
  SocketStatisticsEvent,
  SourceGapEvent,
  StatisticsEvent,
  StreamEvent,
  TurnEvent,
  TurnOverEvent,
} from './events/index.js';
export { mergeEvents } from './events/index.js';
export type { Flow, LiveLimits, OverflowPolicy, Release } from './flow/index.js';
export {
  type Budget,
  type BudgetOptions,
  budget,
  checkEndpoint,
  type EndpointOptions,
  type ReachedEndpoint,
  type ReconnectOptions,
  type StreamingOptions,
} from './grpc/index.js';
export { type LogEventsOptions, type LogLevel, type LogTopic, logEvents } from './observability/log-events.js';
export { behavioralSignals } from './operators/behavioral-signals.js';
export { bounded } from './operators/bounded.js';
export { type BufferLiveOptions, bufferLive } from './operators/buffer-live.js';
export { channel } from './operators/channel.js';
export { chunk } from './operators/chunk.js';
export { type DecodeOptions, decode } from './operators/decode.js';
export { detectDeepfakes } from './operators/detect-deepfakes.js';
export { type ForTurnOptions, forTurn } from './operators/for-turn.js';
export { type GateSilenceOptions, gateSilence } from './operators/gate-silence.js';
export { type MapAsyncOptions, mapAsync } from './operators/map-async.js';
export { ofTask } from './operators/of-task.js';
export { onlySegments } from './operators/only-segments.js';
export { onlyUtterances } from './operators/only-utterances.js';
export { type PaceOptions, pace } from './operators/pace.js';
export { rawResults } from './operators/raw-results.js';
export { resample } from './operators/resample.js';
export { type ChannelAudio, splitChannels } from './operators/split-channels.js';
export { type ToPcm16leOptions, toPcm16le } from './operators/to-pcm16le.js';
export { type ToReadableOptions, toReadable } from './operators/to-readable.js';
export * from './predictions/index.js';
export type { FfmpegCommandLike } from './process/index.js';
export {
  type FindFfmpegOptions,
  type FoundFfmpeg,
  findFfmpeg,
  type Microphone,
  type MicrophoneBackend,
} from './process/index.js';
export type { AudioFrame, FrameInput, FrameSamples, FrameStream, FrameStreamReader } from './sources/frames/audio-frame.js';
export { type FromFfmpegOptions, fromFfmpeg } from './sources/from-ffmpeg.js';
export { type FromFfmpegInputOptions, fromFfmpegInput, type RestartOptions } from './sources/from-ffmpeg-input.js';
export { fromFile } from './sources/from-file.js';
export { type FromFramesOptions, fromFrames } from './sources/from-frames.js';
export { type FromMicrophoneOptions, fromMicrophone, listMicrophones } from './sources/from-microphone.js';
export { type AudioInput, type FromReadableOptions, fromReadable } from './sources/from-readable.js';
export type { TlsOptions } from './tls/index.js';
