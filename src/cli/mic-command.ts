import { Command, Option } from 'commander';
import { fromMicrophone, listMicrophones, type MicrophoneBackend } from '../index.js';
import { ExitCode } from './exit-code.js';
import type { AudioSource } from './input.js';
import { printable } from './printable.js';
import { runStream } from './run-stream.js';
import { addStreamOptions, predictOptions, type StreamFlags, viewChoice } from './stream-options.js';

interface MicFlags extends StreamFlags {
  readonly list?: boolean;
  readonly device?: string;
  readonly backend?: MicrophoneBackend;
}

/** `mic`: what this machine's microphone hears, live. */
export function micCommand(exit: (code: ExitCode) => void): Command {
  const command = new Command('mic')
    .description('stream from a microphone, through ffmpeg, until Ctrl-C')
    .option('--list', 'list the microphones instead')
    .option('--device <id>', "a microphone, as --list shows it (default: the system's)")
    .addOption(new Option('--backend <backend>', 'what to record through').choices(['pulse', 'alsa', 'avfoundation', 'dshow']));
  return addStreamOptions(command).action(async (flags: MicFlags) => {
    const { list, device, backend } = flags;
    if (list) {
      exit(await printMicrophones(backend));
      return;
    }
    const input: AudioSource = { label: 'microphone', audio: (events) => fromMicrophone({ device, backend, events }) };
    exit(await runStream({ input, connection: flags, view: viewChoice(flags), predict: predictOptions(flags) }));
  });
}

async function printMicrophones(backend: MicrophoneBackend | undefined): Promise<ExitCode> {
  const found = await listMicrophones({ backend });
  for (const { id, name, backend: through, isDefault } of found) {
    process.stdout.write(`${printable(`${id}  ${name} (${through}${isDefault ? ', default' : ''})`)}\n`);
  }
  if (found.length === 0) process.stderr.write('ffmpeg lists no microphone; the default may work all the same.\n');
  return ExitCode.ok;
}
