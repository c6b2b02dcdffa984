import { ExitCode } from './exit-code.js';

/**
 * Ends the process once its output can't be written: quietly when nobody reads it any more, as with `| head`, else with an error, as on a
 * full disk. Results for nobody should not cost money.
 */
export function endOnBrokenPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(ExitCode.ok);
    process.stderr.write(`error OUTPUT_FAILED: standard output can't be written: ${error.message}\n`);
    process.exit(ExitCode.failed);
  });
  // Without a reader of the messages the results may still be wanted.
  process.stderr.on('error', () => {});
}
