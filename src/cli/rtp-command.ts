import { Command } from 'commander';
import { defer, from, mergeMap } from 'rxjs';
import { bindRtp } from '../telephony/index.js';
import type { ExitCode } from './exit-code.js';
import type { AudioSource } from './input.js';
import { addRtpOptions, type RtpFlags, rtpAudioOptions } from './rtp-options.js';
import { runStream } from './run-stream.js';
import { addStreamOptions, predictOptions, type StreamFlags, viewChoice } from './stream-options.js';

/** `rtp`: one leg of RTP in, predictions out, until BYE or Ctrl-C. */
export function rtpCommand(exit: (code: ExitCode) => void): Command {
  const command = new Command('rtp')
    .description('listen for one leg of RTP and show the predictions, until its sender says BYE or Ctrl-C')
    .option('--host <address>', 'address to listen on; 0.0.0.0 for all', '127.0.0.1')
    .option('--rtcp-mux', 'RTCP comes on the same port, not the next one');
  addRtpOptions(command, 'UDP port (default: any free one, which is printed)');
  return addStreamOptions(command).action(async (flags: StreamFlags & RtpFlags & { host: string; rtcpMux?: true }) => {
    const options = {
      ...rtpAudioOptions(flags),
      host: flags.host,
      ...(flags.port !== undefined && { port: flags.port }),
      ...(flags.rtcpMux && { rtcp: 'mux' as const }),
    };
    const input: AudioSource = {
      label: 'rtp',
      audio: (events) =>
        defer(() => from(bindRtp({ ...options, events }))).pipe(
          mergeMap(({ host, port, source }) => {
            process.stderr.write(`note LISTENING: RTP on ${host.includes(':') ? `[${host}]` : host}:${port}\n`);
            return source;
          }),
        ),
      othersHint: 'only one sender is heard, so each needs a port, and an "rtp" command, of its own',
    };
    exit(await runStream({ input, connection: flags, view: viewChoice(flags), predict: predictOptions(flags) }));
  });
}
