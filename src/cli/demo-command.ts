import { Command } from 'commander';
import { bundledCall } from './bundled-call.js';
import type { ExitCode } from './exit-code.js';
import { runStream } from './run-stream.js';
import { addStreamOptions, predictOptions, type StreamFlags, viewChoice } from './stream-options.js';

/** `demo`: the bundled call of two people, as if it were live, through the local service. */
export function demoCommand(exit: (code: ExitCode) => void): Command {
  const command = new Command('demo').description('stream the bundled two-party call to a local service, at real time');
  return addStreamOptions(command, { channel: 'split', pace: 1 }).action(async (flags: StreamFlags) => {
    const input = bundledCall();
    const demo: StreamFlags = {
      ...flags,
      ...(flags.endpoint === undefined && flags.credentials === undefined && { local: true }),
    };
    exit(await runStream({ input, connection: demo, view: viewChoice(flags), predict: predictOptions(demo) }));
  });
}
