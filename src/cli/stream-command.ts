import { Command } from 'commander';
import type { ExitCode } from './exit-code.js';
import { openInput } from './open-input.js';
import { runStream } from './run-stream.js';
import { addStreamOptions, predictOptions, type StreamFlags, viewChoice } from './stream-options.js';

/** `stream`: any audio in, predictions out. */
export function streamCommand(exit: (code: ExitCode) => void): Command {
  const command = new Command('stream')
    .description('stream audio and show the predictions as they come')
    .argument('<input>', 'a file, an http(s) URL, or - for standard input');
  return addStreamOptions(command).action(async (name: string, flags: StreamFlags) => {
    const run = { input: openInput(name), connection: flags, view: viewChoice(flags), predict: predictOptions(flags) };
    exit(await runStream(run));
  });
}
