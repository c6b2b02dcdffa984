#!/usr/bin/env node
import { CommanderError } from 'commander';
import { endOnBrokenPipe } from './broken-pipe.js';
import { describeError } from './error-report.js';
import { ExitCode, exitCodeOf } from './exit-code.js';
import { createProgram } from './program.js';

endOnBrokenPipe();
// Of rejections that nobody awaits, too.
process.on('uncaughtException', (error) => {
  process.stderr.write(`${describeError(error)}\n`);
  process.exit(exitCodeOf(error));
});
const program = createProgram((code) => {
  process.exitCode = code;
});
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Help and version come as errors too; commander has printed what there was to say.
    process.exitCode = error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  } else {
    process.stderr.write(`${describeError(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}

// What is still connecting, or idle, must not keep a finished program alive; what was printed must still arrive.
for (const stream of [process.stdout, process.stderr]) await new Promise<void>((resolve) => stream.write('', () => resolve()));
process.exit();
