import path from 'node:path';
import { Observable } from 'rxjs';
import type { AudioChunk, Pcm } from '../audio/index.js';
import { expectNumber, expectOptions, OptionError, type OptionNames } from '../errors/index.js';
import type { EventObserver } from '../events/index.js';
import { LIVE_LIMIT_NAMES, type LiveLimits, resolveLiveLimits } from '../flow/index.js';
import { findFfmpeg, inputKind, type RestartPolicy, withoutSecrets } from '../process/index.js';
import { InputRun, type InputRunOptions } from './ffmpeg/input-run.js';
import { lendGathered } from './lend-gathered.js';

/** How a live input that fails is started again: exponential delays with jitter, as for the session's reconnects. */
export interface RestartOptions {
  /** Attempts in a row that bring no audio, from 1. Default: 10. */
  maxAttempts?: number | undefined;
  /** Delay before the first, in milliseconds, from 1. Default: 500. */
  initialDelayMs?: number | undefined;
  /** The longest delay, in milliseconds. Default: 15,000. */
  maxDelayMs?: number | undefined;
  /** Whether an orderly end, which a camera that reboots looks like, counts as a failure. Default: false. */
  atEnd?: boolean | undefined;
}

/** Options of {@link fromFfmpegInput}. */
export interface FromFfmpegInputOptions {
  /** A device or generator of ffmpeg's that `input` names something of: `pulse`, `alsa`, `avfoundation`, `dshow`, `lavfi` and the like. */
  format?: string | undefined;
  /** Arguments of ffmpeg's before the input, for instance `['-rtsp_transport', 'udp']`. They are not checked: build none of them from untrusted text. */
  inputOptions?: readonly string[] | undefined;
  /** Sample rate of the output, in Hz. Default: 16,000. */
  sampleRate?: number | undefined;
  /** Channels of the output, 1 to 64. Default: 1. */
  channels?: number | undefined;
  /**
   * Whether the input goes on whoever listens; then audio that a slow consumer leaves waiting is bounded, and chunks have a time of capture.
   * Default: true for devices, RTSP, SRT, UDP and RTMP; false for files and HTTP (say `true` for live HLS).
   */
  live?: boolean | LiveLimits | undefined;
  /** How a live input that fails is started again; `false`: it is not. Default: see {@link RestartOptions}. */
  restart?: boolean | RestartOptions | undefined;
  /** A live input that brings nothing for so long has failed, in milliseconds, from 100; `Infinity`: never. Default: 30,000. */
  stallTimeoutMs?: number | undefined;
  /** The ffmpeg executable. Default: see `findFfmpeg()`. */
  ffmpegPath?: string | undefined;
  /** Time that ffmpeg has to end after SIGTERM, before it is killed, in milliseconds. Default: 2000. */
  killGraceMs?: number | undefined;
  /** A name for events and messages. Default: the file's name, or the URL without user, password and query. */
  label?: string | undefined;
  /** Receives the diagnostics `SOURCE_RESTARTED` and `AUDIO_DROPPED`. Default: process warnings. */
  events?: EventObserver | undefined;
}

/** The names of {@link FromFfmpegInputOptions}. */
export const FFMPEG_INPUT_NAMES: OptionNames<FromFfmpegInputOptions> = {
  format: true,
  inputOptions: true,
  sampleRate: true,
  channels: true,
  live: true,
  restart: true,
  stallTimeoutMs: true,
  ffmpegPath: true,
  killGraceMs: true,
  label: true,
  events: true,
};

const RESTART_NAMES: OptionNames<RestartOptions> = { maxAttempts: true, initialDelayMs: true, maxDelayMs: true, atEnd: true };

/**
 * Reads anything that ffmpeg reads by itself: a file, an RTSP camera, HLS, SRT, a device.
 *
 * Where time stamps leave a gap, silence takes its place, so that a pause of 2 s stays 2 s. What ffmpeg may open is fixed by the kind of
 * input, and files and streams can't make it open anything else: `file` for a path; `http`, `https` (with TLS, proxies and AES) for HTTP and
 * HLS; RTSP with RTP, UDP, TCP and TLS, over TCP by default; `srt` with `udp`; `udp`; `rtmp` with TCP and TLS. A live input that fails is
 * started again; the time lost, as far as this machine's clock tells, is a jump on the timeline with `skipped: 'dropped'`.
 *
 * @param input A path, or a URL of `file`, `http`, `https`, `rtsp`, `rtsps`, `srt`, `udp`, `rtmp`, `rtmps`; with `format`, what that calls its input.
 * @returns Decoded audio, cold: every subscription runs an ffmpeg of its own. Completes at the input's end; unsubscribing ends ffmpeg (SIGTERM,
 * then SIGKILL). An input that isn't live is held while anything downstream holds.
 * @throws OptionError for options out of range and inputs of other kinds; (as error notification, after all audio that came before) FfmpegError
 * `FFMPEG_NOT_FOUND`, or `FFMPEG_FAILED` with exit code and last lines, without passwords; OverflowError with `live: { overflow: 'error' }`.
 * @example
 * fromFfmpegInput('rtsp://camera.local/audio').pipe(toPcm16le(), chunk(250), behavioralSignals())
 */
export function fromFfmpegInput(input: string, options: FromFfmpegInputOptions = {}): Observable<AudioChunk<Pcm<'float32'>>> {
  const resolved = resolveFfmpegInput('fromFfmpegInput', input, options);
  const audio = new Observable<AudioChunk<Pcm<'float32'>>>((subscriber) => {
    try {
      const { path: executable } = findFfmpeg({ path: options.ffmpegPath });
      const run = new InputRun({ ...resolved, path: executable }, subscriber);
      return () => run.stop();
    } catch (error) {
      subscriber.error(error);
      return undefined;
    }
  });
  return lendGathered(audio);
}

/**
 * Checks options and fills in the defaults.
 *
 * @param caller Whose options they are, for messages.
 */
export function resolveFfmpegInput(
  caller: string,
  input: string,
  options: FromFfmpegInputOptions,
): Omit<InputRunOptions, 'path'> {
  const { format, inputOptions = [], sampleRate = 16_000, channels = 1, killGraceMs, events, stallTimeoutMs = 30_000 } = options;
  expectOptions(caller, options, FFMPEG_INPUT_NAMES);
  if (typeof input !== 'string' || input === '') throw new OptionError(`${caller}(input)`, 'must be a path or a URL', input);
  const kind = inputKind(caller, input, format);
  expectNumber(`${caller}({ sampleRate })`, sampleRate, { min: 4000, max: 384_000, whole: true, unit: 'Hz' });
  expectNumber(`${caller}({ channels })`, channels, { min: 1, max: 64, whole: true });
  expectNumber(`${caller}({ stallTimeoutMs })`, stallTimeoutMs, { min: 100, unit: 'milliseconds' });
  if (killGraceMs !== undefined) expectNumber(`${caller}({ killGraceMs })`, killGraceMs, { min: 0, unit: 'milliseconds' });
  if (!Array.isArray(inputOptions) || inputOptions.some((option) => typeof option !== 'string')) {
    throw new OptionError(`${caller}({ inputOptions })`, 'must be an array of text', inputOptions);
  }
  const { live = kind.isLive } = options;
  const ofLive = (name: string) => `${caller}({ live: { ${name} } })`;
  if (typeof live !== 'boolean') expectOptions(ofLive, live, LIVE_LIMIT_NAMES);
  const limits = live === false ? undefined : resolveLiveLimits(live === true ? {} : live, ofLive);
  const label = options.label ?? (kind.name === 'file' ? path.basename(input) : withoutSecrets(input));
  const restart = limits ? restartPolicy(caller, options.restart ?? true) : undefined;
  const atEnd = typeof options.restart === 'object' && (options.restart.atEnd ?? false);
  return {
    label,
    arguments: { input, kind, format, inputOptions, sampleRate, channels },
    live: limits,
    restart,
    restartAtEnd: restart !== undefined && atEnd,
    stallTimeoutMs,
    killGraceMs,
    events,
  };
}

function restartPolicy(caller: string, restart: boolean | RestartOptions): RestartPolicy | undefined {
  if (restart === false) return undefined;
  if (restart !== true) expectOptions((name) => `${caller}({ restart: { ${name} } })`, restart, RESTART_NAMES);
  const { maxAttempts = 10, initialDelayMs = 500, maxDelayMs = 15_000 } = restart === true ? {} : restart;
  expectNumber(`${caller}({ restart: { maxAttempts } })`, maxAttempts, { min: 1 });
  expectNumber(`${caller}({ restart: { initialDelayMs } })`, initialDelayMs, { min: 1, unit: 'milliseconds' });
  expectNumber(`${caller}({ restart: { maxDelayMs } })`, maxDelayMs, { min: initialDelayMs, unit: 'milliseconds' });
  return { maxAttempts, initialDelayMs, maxDelayMs };
}
