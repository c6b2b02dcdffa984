import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { expectOptions, FfmpegError, type OptionNames } from '../errors/index.js';
import { runtimeRequire } from './runtime-require.js';

/** The optional package that ships an ffmpeg binary. */
const INSTALLER = '@ffmpeg-installer/ffmpeg';

/** Where to look for ffmpeg. */
export interface FindFfmpegOptions {
  /** The executable itself, or a name to look for on PATH; when given, nothing else is tried. */
  path?: string | undefined;
  /** Read for FFMPEG_PATH and PATH. Default: this process's environment. */
  env?: NodeJS.ProcessEnv | undefined;
  /** File from which the optional installer package is resolved. Default: this library. */
  resolveFrom?: string | undefined;
}

/** An ffmpeg executable, and how it was found. */
export interface FoundFfmpeg {
  /** Absolute path of the executable. */
  readonly path: string;
  /** Where it was found: the `path` option, an environment variable, or the optional package. */
  readonly origin: 'option' | 'FFMPEG_PATH' | 'PATH' | typeof INSTALLER;
}

const NAMES: OptionNames<FindFfmpegOptions> = { path: true, env: true, resolveFrom: true };

/**
 * Finds the ffmpeg executable: the option, then the FFMPEG_PATH environment variable, then PATH, then the optional package
 * `@ffmpeg-installer/ffmpeg`.
 *
 * Looks at files only and starts no process, so that it is cheap enough to be asked for every stream.
 *
 * @throws FfmpegError `FFMPEG_NOT_FOUND`, saying where it looked and how to get ffmpeg.
 */
export function findFfmpeg(options: FindFfmpegOptions = {}): FoundFfmpeg {
  expectOptions('findFfmpeg', options, NAMES);
  const { path: option, env = process.env, resolveFrom } = options;
  if (option !== undefined) {
    const found = isPath(option) ? executable(option) : onPath(option, env);
    if (found) return { path: found, origin: 'option' };
    const where = isPath(option) ? path.resolve(option) : `"${option}" on PATH`;
    throw new FfmpegError('FFMPEG_NOT_FOUND', `ffmpegPath: there is no executable file at ${where}. ${howToGet()}`);
  }
  const looked: string[] = [];

  if (env.FFMPEG_PATH) {
    const found = executable(env.FFMPEG_PATH);
    if (found) return { path: found, origin: 'FFMPEG_PATH' };
    looked.push(`FFMPEG_PATH (${env.FFMPEG_PATH}: no executable file)`);
  } else looked.push('FFMPEG_PATH (not set)');

  const found = onPath('ffmpeg', env);
  if (found) return { path: found, origin: 'PATH' };
  looked.push(`PATH (${env.PATH ? `${env.PATH.split(path.delimiter).length} folders` : 'empty'})`);

  const installed = fromInstaller(resolveFrom);
  if (installed.path) return { path: installed.path, origin: INSTALLER };
  looked.push(`${INSTALLER} (${installed.problem})`);

  throw new FfmpegError('FFMPEG_NOT_FOUND', `ffmpeg was not found. Looked in ${looked.join(', ')}. ${howToGet()}`);
}

/** One sentence on how to get ffmpeg, for error messages. */
export function howToGet(): string {
  return `Get it with "apt-get install ffmpeg" (Debian, Ubuntu), "brew install ffmpeg" (macOS) or "winget install ffmpeg" (Windows), or with "npm i ${INSTALLER}" (any of them); or name the executable in ffmpegPath or FFMPEG_PATH. WAV and MP3 need no ffmpeg.`;
}

function isPath(value: string): boolean {
  return value.includes('/') || value.includes(path.sep);
}

function onPath(name: string, env: NodeJS.ProcessEnv): string | undefined {
  for (const folder of (env.PATH ?? '').split(path.delimiter)) {
    // An empty entry means the current folder, which is no place to run programs from.
    const found = folder === '' ? undefined : executable(path.join(folder, name));
    if (found) return found;
  }
  return undefined;
}

function executable(file: string): string | undefined {
  // Without a shell Windows starts .exe files only, not the .cmd shims of package managers.
  const candidates = process.platform === 'win32' && !/\.exe$/i.test(file) ? [`${file}.exe`] : [file];
  for (const candidate of candidates) {
    try {
      accessSync(candidate, constants.X_OK);
      if (statSync(candidate).isFile()) return path.resolve(candidate);
    } catch {
      // Not there, or not ours to run: the next one may be.
    }
  }
  return undefined;
}

function fromInstaller(resolveFrom: string | undefined): { path?: string; problem?: string } {
  let installer: { path?: unknown };
  try {
    installer = runtimeRequire(INSTALLER, resolveFrom) as { path?: unknown };
  } catch (error) {
    // The package throws strings when it has no binary for this machine.
    if (typeof error === 'string') return { problem: error };
    return { problem: (error as { code?: unknown }).code === 'MODULE_NOT_FOUND' ? 'not installed' : String(error) };
  }
  const found = typeof installer.path === 'string' ? executable(installer.path) : undefined;
  return found ? { path: found } : { problem: `its binary can't be run: ${String(installer.path)}` };
}
