import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { type FindFfmpegOptions, findFfmpeg, isBehavioralSignalsError } from '../index.js';
import { resolveCredentials } from './credentials.js';
import type { DoctorCheck } from './doctor-check.js';
import { ExitCode, exitCodeOf } from './exit-code.js';

/** Whether this Node is new enough. */
export function checkNode(version = process.versions.node): DoctorCheck {
  const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    engines: { node: string };
  };
  const needed = engines.node.replace('>=', '');
  const isEnough = version.localeCompare(needed, 'en', { numeric: true }) >= 0;
  if (isEnough) return { name: 'Node', status: 'ok', detail: `${version} (${needed} or newer is needed)` };
  return {
    name: 'Node',
    status: 'wrong',
    detail: `${version} is too old: ${needed} or newer is needed. Get it from nodejs.org.`,
    exitCode: ExitCode.failed,
  };
}

/** Whether ffmpeg is there, which one, and where it was found. */
export async function checkFfmpeg(options?: FindFfmpegOptions): Promise<DoctorCheck> {
  try {
    const { path, origin } = findFfmpeg(options);
    const { stdout } = await promisify(execFile)(path, ['-version'], { timeout: 10_000 });
    const version = /^ffmpeg version (\S+)/.exec(stdout)?.[1] ?? 'of unknown version';
    return { name: 'ffmpeg', status: 'ok', detail: `${version} at ${path} (found by ${origin})` };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    // Not needed as such: a file that needs it fails its own check.
    if (isBehavioralSignalsError(error)) return { name: 'ffmpeg', status: 'note', detail: said };
    return { name: 'ffmpeg', status: 'wrong', detail: `it was found but does not run: ${said}`, exitCode: ExitCode.input };
  }
}

/** Whether there are credentials; what they are is never shown. */
export async function checkCredentials(file: string | undefined): Promise<DoctorCheck> {
  const name = 'credentials';
  try {
    await resolveCredentials(file);
    return {
      name,
      status: 'ok',
      detail: `present in ${file ?? 'the environment'} (not shown; not tried, which would need a call)`,
    };
  } catch (error) {
    return {
      name,
      status: 'missing',
      detail: error instanceof Error ? error.message : String(error),
      exitCode: exitCodeOf(error),
    };
  }
}

/** Whether the better voice activity detector can run; the light one always can. */
export async function checkSilero(): Promise<DoctorCheck> {
  const name = 'Silero VAD';
  const { startLocalService } = await import('../service/index.js');
  try {
    const service = await startLocalService({ vad: 'silero' });
    const { engine } = service;
    await service.close({ graceMs: 0 });
    return { name, status: 'ok', detail: `installed; the local engine runs as "${engine}"` };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return { name, status: 'note', detail: `the local engine uses its light VAD: ${said}` };
  }
}
