import { numberOf } from './media-format.js';
import { objectOf } from './telephony-message.js';

/** A channel of an AudioHook stream: the customer, and who works for the organisation. */
export type AudioHookChannel = 'external' | 'internal';

/** Audio that Genesys Cloud offers to send. */
export interface AudioHookMedia {
  /** mu-law or linear 16-bit. */
  readonly format: 'PCMU' | 'L16';
  /** In Hz. */
  readonly rate: number;
  /** In the order in which they are interleaved. */
  readonly channels: readonly AudioHookChannel[];
}

/** A message of Genesys Cloud. */
export interface AudioHookMessage {
  readonly type: string;
  readonly id: string;
  readonly seq: number;
  /** Where in the stream it was sent, in seconds. */
  readonly positionS: number | undefined;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Reads a text message; undefined for what is none of the protocol's version 2. */
export function audioHookMessage(text: string): AudioHookMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const message = objectOf(value);
  const parameters = objectOf(message?.parameters);
  if (!message || !parameters || message.version !== '2') return undefined;
  const { type, id, seq } = message;
  if (typeof type !== 'string' || typeof id !== 'string' || id.length > 64) return undefined;
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 1) return undefined;
  return { type, id, seq, positionS: secondsOf(message.position), parameters };
}

/** Seconds of an ISO 8601 duration as AudioHook writes it, `PT1.25S`. */
export function secondsOf(duration: unknown): number | undefined {
  if (typeof duration !== 'string') return undefined;
  const [, seconds] = /^PT(\d{1,9}(?:\.\d{1,9})?)S$/.exec(duration) ?? [];
  return seconds === undefined ? undefined : Number(seconds);
}

/** Picks the audio with the most channels of what is offered; undefined where nothing can be decoded. */
export function chooseMedia(offered: unknown): { media: AudioHookMedia; said: unknown } | undefined {
  if (!Array.isArray(offered)) return undefined;
  let best: { media: AudioHookMedia; said: unknown } | undefined;
  for (const said of offered.slice(0, 64)) {
    const media = mediaOf(said);
    if (media && media.channels.length > (best?.media.channels.length ?? 0)) best = { media, said };
  }
  return best;
}

function mediaOf(said: unknown): AudioHookMedia | undefined {
  const { type, format, rate, channels } = objectOf(said) ?? {};
  const hertz = numberOf(rate);
  if (type !== 'audio' || (format !== 'PCMU' && format !== 'L16')) return undefined;
  if (hertz === undefined || !Number.isInteger(hertz) || hertz < 1000 || hertz > 768_000) return undefined;
  if (!Array.isArray(channels) || channels.length < 1 || channels.length > 2 || new Set(channels).size !== channels.length)
    return undefined;
  if (!channels.every((channel) => channel === 'external' || channel === 'internal')) return undefined;
  return { format, rate: hertz, channels };
}
