import path from 'node:path';
import { Command } from 'commander';
import { fromPcap } from '../telephony/index.js';
import type { ExitCode } from './exit-code.js';
import type { AudioSource } from './input.js';
import { addRtpOptions, type RtpFlags, rtpAudioOptions } from './rtp-options.js';
import { runStream } from './run-stream.js';
import { addStreamOptions, predictOptions, type StreamFlags, viewChoice } from './stream-options.js';

/** `pcap`: one RTP stream of a capture in, predictions out. */
export function pcapCommand(exit: (code: ExitCode) => void): Command {
  const command = new Command('pcap')
    .description('stream one RTP stream of a capture (pcap or pcapng) and show the predictions')
    .argument('<file>', 'the capture');
  addRtpOptions(command, 'UDP port that the stream was sent to (default: the first stream found)');
  return addStreamOptions(command).action(async (file: string, flags: StreamFlags & RtpFlags) => {
    const label = path.basename(file);
    const options = { ...rtpAudioOptions(flags), label, ...(flags.port !== undefined && { port: flags.port }) };
    const input: AudioSource = {
      label,
      audio: (events) => fromPcap(file, { ...options, events }),
      othersHint: flags.port === undefined ? '--port chooses a stream' : undefined,
    };
    exit(await runStream({ input, connection: flags, view: viewChoice(flags), predict: predictOptions(flags) }));
  });
}
