import { type MediaFormat, mediaFormat, numberOf } from './media-format.js';
import { objectOf } from './telephony-message.js';

/** What a text message beside bare audio says. */
export type PcmControl =
  | { readonly kind: 'dtmf'; readonly digit: string; readonly durationMs: number }
  | { readonly kind: 'mark'; readonly state: 'played' | 'cleared'; readonly name: string | undefined }
  /** Of Asterisk, which always says what it sends: a format that can't be decoded is known to be none. */
  | {
      readonly kind: 'start';
      readonly metadata: unknown;
      readonly format: MediaFormat | undefined;
      readonly encoding: string | undefined;
    }
  /** Known, and of no interest here. */
  | { readonly kind: 'status' }
  | { readonly kind: 'metadata'; readonly metadata: unknown; readonly format: MediaFormat | undefined };

/** What Asterisk says of the audio that is sent to it. */
const STATUS = /^(MEDIA_XON|MEDIA_XOFF|STATUS|QUEUE_DRAINED|MEDIA_BUFFERING_STARTED|MEDIA_PAUSED|MEDIA_CONTINUED|ERROR)$/;

/** Fields of a message that are read of Asterisk's events. */
type Fields = Readonly<Record<string, unknown>>;

/** Reads a text message of Asterisk's chan_websocket, jambonz, or FreeSWITCH, whose texts are the user's own. */
export function pcmControl(text: string): PcmControl {
  const fields = objectOf(parse(text)) ?? plainFields(text);
  const event = typeof fields?.event === 'string' ? fields.event : undefined;
  if (fields && event !== undefined) {
    const known = asteriskEvent(event, fields);
    if (known) return known;
    const digit = String(fields.dtmf ?? fields.digit ?? '').toUpperCase();
    if (event === 'dtmf' && /^[0-9*#A-D]$/.test(digit)) {
      return { kind: 'dtmf', digit, durationMs: numberOf(fields.duration) ?? 0 };
    }
  }
  return { kind: 'metadata', metadata: parse(text) ?? text, format: fields && describedFormat(fields) };
}

function asteriskEvent(event: string, fields: Fields): PcmControl | undefined {
  if (event === 'MEDIA_START') {
    const { event: _, ...metadata } = fields;
    const encoding = typeof fields.format === 'string' ? fields.format : undefined;
    const format = encoding === undefined ? undefined : mediaFormat(encoding, { byteOrder: 'le' });
    return { kind: 'start', metadata, format, encoding };
  }
  if (event === 'DTMF_END') {
    const digit = String(fields.digit ?? '').toUpperCase();
    if (!/^[0-9*#A-D]$/.test(digit)) return { kind: 'status' };
    return { kind: 'dtmf', digit, durationMs: numberOf(fields.duration_ms ?? fields.duration) ?? 0 };
  }
  if (event === 'MEDIA_BUFFERING_COMPLETED' || event === 'MEDIA_MARK_PROCESSED') {
    const name = typeof fields.correlation_id === 'string' ? fields.correlation_id : undefined;
    return { kind: 'mark', state: 'played', name };
  }
  return STATUS.test(event) ? { kind: 'status' } : undefined;
}

/** What jambonz says of the call at its start. */
function describedFormat({ sampleRate, mixType, channels }: Fields): MediaFormat | undefined {
  const rate = numberOf(sampleRate);
  if (rate === undefined) return undefined;
  return mediaFormat('l16', {
    sampleRate: rate,
    channels: numberOf(channels) ?? (mixType === 'stereo' ? 2 : 1),
    byteOrder: 'le',
  });
}

/** Asterisk's plain text: `MEDIA_START connection_id:x format:ulaw`. */
function plainFields(text: string): Fields | undefined {
  const [event = '', ...words] = text.slice(0, 4096).trim().split(/\s+/);
  if (!/^(MEDIA|DTMF|QUEUE|STATUS|ERROR)[A-Z_]*$/.test(event)) return undefined;
  const pairs = words
    .filter((word) => word.includes(':'))
    .map((word) => [word.slice(0, word.indexOf(':')), word.slice(word.indexOf(':') + 1)]);
  const rest = words.filter((word) => !word.includes(':'));
  return { ...Object.fromEntries(pairs), ...(rest.length > 0 && { correlation_id: rest[0] }), event };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
