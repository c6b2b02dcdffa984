import { FfmpegError } from '../errors/index.js';

/** What ffmpeg's complaints say about why it failed; `unknown` when they say nothing we know. */
type FailureKind = 'no-audio-stream' | 'no-samples' | 'moov-at-end' | 'moov-missing' | 'truncated' | 'unknown';

/** How an ffmpeg process ended. */
export interface FfmpegExit {
  /** What was run, for the message: `ffmpeg (ogg)`. */
  name: string;
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  stderrTail: string;
  /** Milliseconds of audio it had delivered. */
  timeMs: number;
}

/**
 * Tells from ffmpeg's last lines on standard error what was wrong with its input.
 *
 * @param hadAudio Whether audio had come out: an MP4 whose data is missing was cut off then, else its index came too late.
 */
export function failureKind(stderrTail: string, hadAudio: boolean): FailureKind {
  if (/matches no streams|does not contain any stream/.test(stderrTail)) return 'no-audio-stream';
  if (/offset 0x[0-9a-f]+: partial file/.test(stderrTail)) return hadAudio ? 'truncated' : 'moov-at-end';
  if (/moov atom not found/.test(stderrTail)) return 'moov-missing';
  // Matroska's, in the wording of ffmpeg 5 and of ffmpeg 4.
  if (/File ended prematurely|^\[matroska.*\] Read error$/m.test(stderrTail)) return 'truncated';
  if (/^Empty output$|Output file is empty/m.test(stderrTail)) return 'no-samples';
  return 'unknown';
}

const SENTENCES: Record<Exclude<FailureKind, 'unknown'>, string> = {
  'no-audio-stream': 'the input has no audio stream',
  'no-samples': 'the input holds no audio samples',
  'moov-at-end':
    'its index (moov atom) comes after the audio, and a stream cannot be rewound; rewrite it with "ffmpeg -i in.m4a -c copy -movflags +faststart out.m4a"',
  'moov-missing': 'it has no index (moov atom): the file is cut off, or its recording was never finished',
  truncated: 'the input breaks off',
};

/** Makes the error of an ffmpeg that failed, out of how it ended and what it said last. */
export function ffmpegFailure({ name, exitCode, signal, stderrTail, timeMs }: FfmpegExit): FfmpegError {
  const ended =
    signal !== null
      ? `was killed by ${signal}`
      : exitCode === 0
        ? 'ended without any audio'
        : `failed with exit code ${exitCode}`;
  const kind = failureKind(stderrTail, timeMs > 0);
  const said = kind === 'unknown' ? lastComplaint(stderrTail) : SENTENCES[kind];
  // Who is killed has no last words about it.
  const why = signal !== null ? '' : `: ${said === '' ? 'it gave no reason' : said}`;
  return new FfmpegError(
    'FFMPEG_FAILED',
    `${name} ${ended}${timeMs > 0 ? ` after ${Math.round(timeMs)} ms of audio` : ''}${why}`,
    {
      ...(exitCode === null ? {} : { exitCode }),
      stderrTail,
      timeMs,
    },
  );
}

/** Lines that say nothing about a reason: progress, and the mere fact of the failure. */
const EMPTY_WORDS = /^(?:size=|frame=|Conversion failed!|\s*Last message repeated|Exiting normally)/;

/** The last line that gives a reason, without the address of the part of ffmpeg that wrote it. */
function lastComplaint(stderrTail: string): string {
  const lines = stderrTail.split(/[\r\n]+/).filter((line) => line.trim() !== '' && !EMPTY_WORDS.test(line));
  return (lines.at(-1) ?? '').replace(/^(\[[^\]]* @ 0x[0-9a-f]+\] )+/, '').slice(0, 300);
}
