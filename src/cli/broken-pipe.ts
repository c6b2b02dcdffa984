import { ExitCode } from './exit-code.js';

/** Ends the process quietly once nobody reads its output any more, as `| head` does: results for nobody should not cost money. */
export function endOnBrokenPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(ExitCode.ok);
    throw error;
  });
  // Without a reader of the messages the results may still be wanted.
  process.stderr.on('error', () => {});
}
