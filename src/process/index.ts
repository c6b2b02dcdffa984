export { DEMUXERS, type Demuxer } from './ffmpeg-arguments.js';
export {
  type FfmpegCommandLike,
  type RunFfmpegCommandOptions,
  type RunningFfmpegCommand,
  runFfmpegCommand,
} from './ffmpeg-command.js';
export { type FfmpegDecoder, type FfmpegDecoderOptions, type FfmpegOutcome, startFfmpegDecoder } from './ffmpeg-decoder.js';
export { type FindFfmpegOptions, type FoundFfmpeg, findFfmpeg } from './find-ffmpeg.js';
