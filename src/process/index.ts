export { DEMUXERS, type Demuxer } from './ffmpeg-arguments.js';
export {
  type FfmpegCommandLike,
  type RunFfmpegCommandOptions,
  type RunningFfmpegCommand,
  runFfmpegCommand,
} from './ffmpeg-command.js';
export { type FfmpegDecoder, type FfmpegDecoderOptions, type FfmpegOutcome, startFfmpegDecoder } from './ffmpeg-decoder.js';
export { ffmpegFailure } from './ffmpeg-failure.js';
export {
  type FfmpegInputExit,
  type FfmpegInputOptions,
  type RunningFfmpegInput,
  startFfmpegInput,
} from './ffmpeg-input.js';
export { type InputArguments, type InputKind, inputArguments, inputKind, withoutSecrets } from './ffmpeg-input-arguments.js';
export { type FindFfmpegOptions, type FoundFfmpeg, findFfmpeg } from './find-ffmpeg.js';
export { listDevices, type Microphone, type MicrophoneBackend, microphoneBackends, parseDevices } from './microphone-list.js';
export { RestartDelays, type RestartPolicy } from './restart-delays.js';
