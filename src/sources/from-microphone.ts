import { Observable, type Subscriber } from 'rxjs';
import type { AudioChunk, Pcm } from '../audio/index.js';
import { expectOptions, isBehavioralSignalsError, OptionError, type OptionNames, SourceError } from '../errors/index.js';
import { findFfmpeg, listDevices, type Microphone, type MicrophoneBackend, microphoneBackends } from '../process/index.js';
import { InputRun } from './ffmpeg/input-run.js';
import { FFMPEG_INPUT_NAMES, type FromFfmpegInputOptions, resolveFfmpegInput } from './from-ffmpeg-input.js';
import { lendGathered } from './lend-gathered.js';

/** Options of {@link fromMicrophone}. */
export interface FromMicrophoneOptions extends Omit<FromFfmpegInputOptions, 'format' | 'live'> {
  /** A device's `id`, as `listMicrophones()` tells. Default: the system's default; on Windows the first that is listed. */
  device?: string | undefined;
  /** What to record through. Default: `avfoundation` on macOS, `dshow` on Windows, else `pulse` and then `alsa`. */
  backend?: MicrophoneBackend | undefined;
  /** Bounds of what waits for a slow consumer. Default: those of `bufferLive()`. */
  live?: Exclude<FromFfmpegInputOptions['live'], boolean> | undefined;
}

const BACKENDS: readonly MicrophoneBackend[] = ['pulse', 'alsa', 'avfoundation', 'dshow'];

const REMEDIES: Record<MicrophoneBackend, string> = {
  pulse: 'check that PulseAudio or PipeWire runs for this user ("pactl list sources short")',
  alsa: 'check that "arecord -l" lists a device, and that this user is in the group audio',
  avfoundation: 'allow the terminal, or the app, under System Settings, Privacy & Security, Microphone, and restart it',
  dshow: 'allow desktop apps under Settings, Privacy & security, Microphone, and check that a device is plugged in',
};

const { format: _, ...INPUT_NAMES } = FFMPEG_INPUT_NAMES;
const NAMES: OptionNames<FromMicrophoneOptions> = { ...INPUT_NAMES, device: true, backend: true };

/**
 * Records from a microphone, through ffmpeg and the platform's own backend.
 *
 * Where there are several backends, the first that brings audio is kept. A microphone can't be paused: what waits for a slow consumer is
 * bounded. One that fails later, because it was unplugged, is opened again, and the time lost is a jump on the timeline. Tested with
 * stand-ins for ffmpeg and its generators, not on every system's devices.
 *
 * @returns Decoded audio, cold: every subscription records by itself; it never completes by itself. Unsubscribing ends ffmpeg.
 * @throws OptionError for options out of range; (as error notification) SourceError `MICROPHONE_UNAVAILABLE` when no backend brings audio, saying
 * what each of them said and what to do; FfmpegError `FFMPEG_NOT_FOUND`, and `FFMPEG_FAILED` when it failed later, too often in a row.
 * @example
 * fromMicrophone().pipe(toPcm16le(), chunk(100), behavioralSignals()).subscribe(console.log);
 */
export function fromMicrophone(options: FromMicrophoneOptions = {}): Observable<AudioChunk<Pcm<'float32'>>> {
  expectOptions('fromMicrophone', options, NAMES);
  const { device, backend, label = 'microphone', ...rest } = options;
  if (backend !== undefined && !BACKENDS.includes(backend)) {
    throw new OptionError('fromMicrophone({ backend })', `must be one of ${BACKENDS.join(', ')}`, backend);
  }
  if (device !== undefined && (typeof device !== 'string' || device === '')) {
    throw new OptionError('fromMicrophone({ device })', 'must be a device, as listMicrophones() tells', device);
  }
  const resolve = (format: MicrophoneBackend, input: string) => {
    const given = { ...rest, label, format, restart: rest.restart ?? { atEnd: true } };
    return resolveFfmpegInput('fromMicrophone', input, given as FromFfmpegInputOptions);
  };
  const backends = backend ? [backend] : microphoneBackends(process.platform);
  // Wrong options are found at once.
  resolve(backends[0]!, 'default');
  const audio = new Observable<AudioChunk<Pcm<'float32'>>>((subscriber) => {
    const complaints: string[] = [];
    let run: InputRun | undefined;

    async function open(executable: string, [next, ...others]: readonly MicrophoneBackend[]): Promise<void> {
      if (subscriber.closed) return;
      if (!next) {
        subscriber.error(unavailable(complaints, backends));
        return;
      }
      const input = await inputOf(executable, next, device);
      if (subscriber.closed) return;
      const current: InputRun = new InputRun({ ...resolve(next, input), path: executable, mustBegin: true }, {
        next: (chunk: AudioChunk<Pcm<'float32'>>) => subscriber.next(chunk),
        complete: () => subscriber.complete(),
        error: (error: unknown) => {
          if (current.hasAudio || !isBehavioralSignalsError(error, 'FFMPEG_FAILED')) {
            subscriber.error(error);
            return;
          }
          current.stop();
          complaints.push(`${next}: ${error.message}`);
          open(executable, others).catch((failure) => subscriber.error(failure));
        },
      } as Subscriber<AudioChunk<Pcm<'float32'>>>);
      run = current;
    }

    try {
      const { path } = findFfmpeg({ path: options.ffmpegPath });
      open(path, backends).catch((error) => subscriber.error(error));
    } catch (error) {
      subscriber.error(error);
    }
    return () => run?.stop();
  });
  return lendGathered(audio);
}

/**
 * Lists the microphones that `fromMicrophone()` can record from.
 *
 * @param options `backend`: whose devices; default: all of the platform's. `ffmpegPath`: default: see `findFfmpeg()`.
 * @returns None where ffmpeg can't list any, which does not mean that the default device doesn't work.
 * @throws (as rejection) OptionError for an unknown backend or option, FfmpegError `FFMPEG_NOT_FOUND`.
 * @example
 * for (const { id, name } of await listMicrophones()) console.log(id, name);
 */
export async function listMicrophones(
  options: Pick<FromMicrophoneOptions, 'backend' | 'ffmpegPath'> = {},
): Promise<readonly Microphone[]> {
  expectOptions<typeof options>('listMicrophones', options, { backend: true, ffmpegPath: true });
  const { backend, ffmpegPath } = options;
  if (backend !== undefined && !BACKENDS.includes(backend)) {
    throw new OptionError('listMicrophones({ backend })', `must be one of ${BACKENDS.join(', ')}`, backend);
  }
  const { path } = findFfmpeg({ path: ffmpegPath });
  const found: Microphone[] = [];
  for (const one of backend ? [backend] : microphoneBackends(process.platform)) found.push(...(await listDevices(path, one)));
  return found;
}

/** What ffmpeg calls the device. */
async function inputOf(executable: string, backend: MicrophoneBackend, device: string | undefined): Promise<string> {
  if (backend === 'avfoundation') return `:${device ?? 'default'}`;
  if (backend !== 'dshow') return device ?? 'default';
  // DirectShow has no default.
  const name = device ?? (await listDevices(executable, backend))[0]?.id ?? 'default';
  return `audio=${name}`;
}

function unavailable(complaints: readonly string[], backends: readonly MicrophoneBackend[]): SourceError {
  const remedies = backends.map((backend) => `for ${backend}, ${REMEDIES[backend]}`).join('; ');
  return new SourceError(
    'MICROPHONE_UNAVAILABLE',
    `No microphone brought any audio (${complaints.join('; ')}). What to do: ${remedies}; or choose another with listMicrophones() and the options device and backend. In containers and on servers there is usually none.`,
  );
}
