import { type Command, Option } from 'commander';
import { budget, OptionError } from '../index.js';
import type { ChannelName } from './channel-prediction.js';
import { numberOption } from './number-option.js';
import type { PredictOptions } from './predict.js';
import type { ConnectionChoice } from './service-connection.js';
import type { ViewChoice } from './view.js';

/** Options of `stream`, as commander hands them over. */
export interface StreamFlags extends ConnectionChoice {
  readonly api: 'behavioral' | 'deepfakes';
  readonly level: 'segment' | 'utterance' | 'all';
  readonly channel: ChannelName | 'split';
  /** `true` when no speed was given. */
  readonly pace?: number | true;
  readonly rate?: number;
  readonly chunk: number;
  readonly maxMinutes?: number;
  readonly gate?: boolean;
  readonly json?: boolean;
  readonly plain?: boolean;
  readonly raw?: boolean;
  readonly logits?: boolean;
  readonly embeddings?: boolean;
}

/** Adds the options that say where to stream to. */
export function addConnectionOptions(command: Command): Command {
  return command
    .addOption(new Option('--local', 'start a local service in this process and use it').conflicts(['endpoint', 'credentials']))
    .option(
      '--endpoint <host:port>',
      'where to stream to, over TLS (default: the Behavioral Signals API); http:// for plaintext on this machine',
    )
    .option('--credentials <file>', 'file with cid and apiKey (JSON, or KEY=VALUE lines), instead of the environment');
}

/** Adds the options that say how output looks. */
export function addViewOptions(command: Command): Command {
  return command
    .addOption(new Option('--json', 'one JSON object a line; the default when piped').conflicts('plain'))
    .option('--plain', 'append lines, never redraw; the default with NO_COLOR or TERM=dumb');
}

/** Adds the options of `stream`; `channel` and `pace` are what they are when they aren't given. */
export function addStreamOptions(
  command: Command,
  { channel = 'mix', pace }: { channel?: StreamFlags['channel']; pace?: number } = {},
): Command {
  command
    .addOption(new Option('--api <api>', 'what to ask for').choices(['behavioral', 'deepfakes']).default('behavioral'))
    .addOption(new Option('--level <level>', 'which results').choices(['segment', 'utterance', 'all']).default('all'))
    .option('--channel <channel>', 'mix, 0, 1, … or split: each channel in a session of its own', parseChannel, channel);
  addConnectionOptions(command)
    .option('--pace [speed]', 'send no faster than real time, or than that many times real time', parseSpeed, pace)
    .option(
      '--rate <hz>',
      "resample to this rate (default: the input's own, at most 16000)",
      numberOption('--rate', { min: 4000, max: 384_000, whole: true }),
    )
    .option('--chunk <ms>', 'audio in one message', numberOption('--chunk', { min: 1, max: 1000 }), 250)
    .option('--gate', 'leave silence out, so that it is not billed; the summary says how much')
    .option(
      '--max-minutes <n>',
      'end the audio when so much was sent, over all channels and replays',
      numberOption('--max-minutes', { min: 0.001, max: 100_000 }),
    )
    .option('--logits', 'ask for logits beside posteriors (shown in JSON)')
    .option('--embeddings', 'ask for feature embeddings (shown in JSON); those of a voice are biometric data')
    .addOption(new Option('--raw', "JSON lines with the service's messages in their documented form").conflicts('plain'));
  return addViewOptions(command);
}

/** The part of the flags that decides what is streamed. */
export function predictOptions(flags: StreamFlags): Omit<PredictOptions, 'label' | 'stop' | 'events' | 'onSent' | 'onGate'> {
  const {
    api,
    level,
    channel,
    pace,
    rate,
    chunk,
    gate = false,
    raw = false,
    logits = false,
    embeddings = false,
    maxMinutes,
  } = flags;
  const speed = pace === true ? 1 : pace;
  return {
    api,
    channel,
    rate,
    chunkMs: chunk,
    speed,
    gate,
    raw,
    streaming: { level, logits, embeddings, ...(maxMinutes && { budget: budget({ maxAudioMs: maxMinutes * 60_000 }) }) },
  };
}

/** The part of the flags, and of the world, that decides how it is shown. */
export function viewChoice({ json, plain }: Pick<StreamFlags, 'json' | 'plain'>): ViewChoice {
  return { json, plain, isTerminal: process.stdout.isTTY === true, env: process.env };
}

function parseChannel(text: string): ChannelName | 'split' {
  if (text === 'mix' || text === 'split') return text;
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw new OptionError('--channel', 'must be mix, split, or the number of a channel from 0', text);
}

const parseSpeed = numberOption('--pace', { min: 0.01, max: 100, hint: ' (write the input before --pace, or --pace=1)' });
