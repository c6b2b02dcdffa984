import { execFile } from 'node:child_process';

/** What ffmpeg records from: PulseAudio or PipeWire, ALSA, macOS, Windows. */
export type MicrophoneBackend = 'pulse' | 'alsa' | 'avfoundation' | 'dshow';

/** A device that can be recorded from. */
export interface Microphone {
  /** What `fromMicrophone({ device })` takes. */
  readonly id: string;
  /** For people to read. */
  readonly name: string;
  /** What it is recorded through. */
  readonly backend: MicrophoneBackend;
  /** Whether it is the one that is used by default, where the system tells. */
  readonly isDefault: boolean;
}

/** Backends in the order in which they are tried. */
export function microphoneBackends(platform: NodeJS.Platform): readonly MicrophoneBackend[] {
  if (platform === 'darwin') return ['avfoundation'];
  return platform === 'win32' ? ['dshow'] : ['pulse', 'alsa'];
}

/** Time that ffmpeg has to list devices. */
const LIST_MS = 10_000;

/** Asks ffmpeg for the devices of a backend; none when it can't tell. */
export async function listDevices(executable: string, backend: MicrophoneBackend): Promise<Microphone[]> {
  const args = {
    pulse: ['-sources', 'pulse'],
    alsa: ['-sources', 'alsa'],
    avfoundation: ['-f', 'avfoundation', '-list_devices', 'true', '-i', ''],
    dshow: ['-f', 'dshow', '-list_devices', 'true', '-i', 'dummy'],
  }[backend];
  // It lists devices by failing to open one: the exit code says nothing.
  const text = await new Promise<string>((resolve) => {
    const options = { timeout: LIST_MS, maxBuffer: 1024 * 1024, windowsHide: true, killSignal: 'SIGKILL' } as const;
    execFile(executable, ['-hide_banner', '-nostdin', ...args], options, (_error, stdout, stderr) =>
      resolve(`${stdout}\n${stderr}`),
    );
  });
  return parseDevices(backend, text);
}

/** ALSA's device that discards what is played, and hears nothing. */
const ALSA_NULL = 'null';

/** Reads the list of devices that ffmpeg prints for a backend, save those that hear nothing. */
export function parseDevices(backend: MicrophoneBackend, text: string): Microphone[] {
  const lines = text.split(/\r?\n/);
  if (backend === 'pulse' || backend === 'alsa') {
    const found = lines.map((line) => /^([* ]) (\S+) \[(.*?)\]?(?: \(.*\))?$/.exec(line));
    const devices = found.flatMap((match) =>
      match ? [{ id: match[2]!, name: match[3]!, backend, isDefault: match[1] === '*' }] : [],
    );
    return devices.filter(({ id }) => backend !== 'alsa' || id !== ALSA_NULL);
  }
  if (backend === 'avfoundation') {
    const begins = lines.findIndex((line) => line.includes('AVFoundation audio devices'));
    const found = (begins < 0 ? [] : lines.slice(begins)).map((line) => /\] \[(\d+)\] (.+)$/.exec(line));
    return found.flatMap((match) => (match ? [{ id: match[1]!, name: match[2]!, backend, isDefault: false }] : []));
  }
  // Newer ffmpeg says the kind behind the name, older in a heading.
  let isAudio = false;
  return lines.flatMap((line) => {
    if (/DirectShow (audio|video) devices/.test(line)) isAudio = line.includes('audio devices');
    const [, name, kind] = /^\[[^\]]*\] +"([^"]+)"(?: \((\w+)\))?$/.exec(line) ?? [];
    const isMicrophone = name !== undefined && !name.startsWith('@device') && (kind === undefined ? isAudio : kind === 'audio');
    return isMicrophone ? [{ id: name, name, backend, isDefault: false }] : [];
  });
}
