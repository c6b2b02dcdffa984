export { type FindFfmpegOptions, type FoundFfmpeg, findFfmpeg } from './find-ffmpeg.js';
