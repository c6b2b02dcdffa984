import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { OptionError } from '../index.js';
import type { RtpAudioOptions, RtpCodecOption, RtpEncoding } from '../telephony/index.js';
import { numberOption } from './number-option.js';

/** Options that say what an RTP stream carries, as commander hands them over. */
export interface RtpFlags {
  readonly codec?: RtpCodecOption[];
  readonly sdp?: string;
  readonly sdpLabel?: string;
  readonly port?: number;
  readonly jitter?: number;
}

/** Adds the options that `rtp` and `pcap` share. */
export function addRtpOptions(command: Command, port: string): Command {
  return command
    .option('--port <port>', port, numberOption('--port', { min: 1, max: 65_535, whole: true }))
    .option(
      '--codec <name[:type[/rate[/channels]]],…>',
      'codecs, those without a payload type of their own with it, as PCMU,opus:111,L16:96/16000 (default: PCMU, PCMA, G722)',
      parseCodecs,
    )
    .addOption(new Option('--sdp <file>', 'session description with codecs and payload types').conflicts('codec'))
    .option('--sdp-label <label>', 'which audio section of it: its label or mid')
    .option(
      '--jitter <ms>',
      'how long a packet is waited for; senders and networks that deliver in bursts need more (default: 80)',
      numberOption('--jitter', { min: 0, max: 10_000 }),
    );
}

/**
 * The library's options for the flags.
 *
 * @throws OptionError when the session description can't be read.
 */
export function rtpAudioOptions({ codec, sdp, sdpLabel, jitter }: RtpFlags): RtpAudioOptions {
  return {
    ...(codec && { codecs: codec }),
    ...(sdp !== undefined && { sdp: readSdp(sdp) }),
    ...(sdpLabel !== undefined && { sdpLabel }),
    ...(jitter !== undefined && { jitter: { targetMs: jitter, maxMs: Math.max(500, jitter) } }),
    // The service takes no more, and less is decoded.
    opusSampleRate: 16_000,
  };
}

function readSdp(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new OptionError('--sdp', `can't be read: ${cause instanceof Error ? cause.message : String(cause)}`, file);
  }
}

function parseCodecs(text: string): RtpCodecOption[] {
  return text.split(',').map((part) => {
    const found = /^([\w-]+)(?::(\d+)(?:\/(\d+)(?:\/(\d+))?)?)?$/.exec(part.trim());
    if (!found) throw new OptionError('--codec', 'must be names such as PCMU, opus:111 or L16:96/16000', text);
    const [, name, payloadType, clockRate, channels] = found;
    if (payloadType === undefined) return name as 'PCMU';
    return {
      name: name as RtpEncoding,
      payloadType: Number(payloadType),
      ...(clockRate !== undefined && { clockRate: Number(clockRate) }),
      ...(channels !== undefined && { channels: Number(channels) }),
    };
  });
}
