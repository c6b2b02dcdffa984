import { numberOf } from './media-format.js';

/** Whose way of writing messages it is. */
export type TelephonyDialect = 'twilio' | 'signalwire' | 'telnyx' | 'plivo' | 'vonage';

/** The track of a call: what the caller says, as the platform receives it, or what the caller hears. */
export type TelephonyTrack = 'inbound' | 'outbound';

/** What a message says, whichever dialect wrote it. */
export type TelephonyMessage = { readonly order: number | undefined; readonly streamId: string | undefined } & (
  | {
      readonly kind: 'start';
      readonly dialect: TelephonyDialect;
      readonly callId: string | undefined;
      readonly encoding: string | undefined;
      readonly sampleRate: unknown;
      readonly channels: unknown;
      readonly tracks: readonly string[];
      readonly parameters: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'media';
      readonly track: TelephonyTrack | undefined;
      readonly payload: string;
      readonly chunk: number | undefined;
      readonly timestampMs: number | undefined;
    }
  | { readonly kind: 'dtmf'; readonly digit: string; readonly durationMs: number }
  | { readonly kind: 'mark'; readonly state: 'played' | 'cleared'; readonly name: string | undefined }
  | { readonly kind: 'error'; readonly text: string }
  | { readonly kind: 'stop' | 'greeting' }
  | { readonly kind: 'unknown'; readonly name: string }
);

type Fields = Readonly<Record<string, unknown>>;

/** More custom parameters than a platform lets anybody set. */
const MAX_PARAMETERS = 128;

/** Times beyond this are no milliseconds since any epoch. */
const MAX_TIMESTAMP_MS = 1e13;

/**
 * Reads a text message of the Twilio family: Twilio, SignalWire, Telnyx, Plivo, Vonage.
 *
 * @returns undefined for what is no message: no JSON, no object, fields of impossible types.
 */
export function telephonyMessage(text: string): TelephonyMessage | undefined {
  const message = objectOf(parse(text));
  const event = message && stringOf(message.event);
  if (!message || event === undefined) return undefined;
  const order = orderOf(message.sequenceNumber ?? message.sequence_number);
  const streamId = stringOf(message.streamSid ?? message.stream_id ?? message.streamId);
  const common = { order, streamId };
  switch (event) {
    case 'connected':
      return { ...common, kind: 'greeting' };
    case 'start':
      return start(message, common);
    case 'websocket:connected':
      return vonageStart(message);
    case 'media': {
      const media = objectOf(message.media);
      const payload = media && stringOf(media.payload);
      if (!media || payload === undefined) return undefined;
      const chunk = orderOf(media.chunk);
      const timestampMs = timeOf(media.timestamp);
      return { ...common, kind: 'media', track: trackOf(media.track), payload, chunk, timestampMs };
    }
    case 'dtmf':
    case 'websocket:dtmf': {
      const dtmf = objectOf(message.dtmf) ?? message;
      const digit = String(dtmf.digit ?? '').toUpperCase();
      if (!/^[0-9*#A-D]$/.test(digit)) return undefined;
      return { ...common, kind: 'dtmf', digit, durationMs: numberOf(dtmf.duration ?? dtmf.duration_ms) ?? 0 };
    }
    case 'mark':
    case 'playedStream':
    case 'websocket:notify': {
      const name = stringOf(objectOf(message.mark)?.name ?? message.name ?? objectOf(message.payload)?.name);
      return { ...common, kind: 'mark', state: 'played', name };
    }
    case 'clearedAudio':
    case 'websocket:cleared':
      return { ...common, kind: 'mark', state: 'cleared', name: undefined };
    case 'stop':
    case 'websocket:disconnected':
      return { ...common, kind: 'stop' };
    case 'error': {
      const { code, title, detail, message: said } = objectOf(message.payload) ?? objectOf(message.error) ?? message;
      const words = [code, title, detail, said].filter((word) => typeof word === 'string' || typeof word === 'number');
      return { ...common, kind: 'error', text: words.join(' ').slice(0, 300) };
    }
    default:
      return { ...common, kind: 'unknown', name: event.slice(0, 60) };
  }
}

function start(
  message: Fields,
  common: { order: number | undefined; streamId: string | undefined },
): TelephonyMessage | undefined {
  const said = objectOf(message.start);
  if (!said) return undefined;
  const format = objectOf(said.mediaFormat ?? said.media_format) ?? {};
  const callId = stringOf(said.callSid ?? said.call_control_id ?? said.callId ?? said.call_id);
  const tracks = Array.isArray(said.tracks) ? said.tracks.filter((track) => typeof track === 'string').slice(0, 8) : [];
  return {
    ...common,
    kind: 'start',
    dialect: dialectOf(message, said),
    streamId: common.streamId ?? stringOf(said.streamSid ?? said.streamId ?? said.stream_id),
    callId,
    encoding: stringOf(format.encoding ?? format.codec),
    sampleRate: format.sampleRate ?? format.sample_rate,
    channels: format.channels,
    tracks,
    parameters: { ...extraHeaders(message.extra_headers), ...textFields(said.customParameters ?? said.custom_parameters) },
  };
}

function vonageStart(message: Fields): TelephonyMessage {
  const { event: _, 'content-type': encoding, ...rest } = message;
  const parameters = textFields(rest);
  const callId = parameters.uuid ?? parameters.conversation_uuid;
  return {
    kind: 'start',
    dialect: 'vonage',
    order: undefined,
    streamId: undefined,
    callId,
    encoding: stringOf(encoding) ?? 'audio/l16;rate=16000',
    sampleRate: undefined,
    channels: undefined,
    tracks: ['inbound'],
    parameters,
  };
}

function dialectOf(message: Fields, said: Fields): TelephonyDialect {
  if (message.stream_id !== undefined || said.call_control_id !== undefined) return 'telnyx';
  if (said.callId !== undefined || said.streamId !== undefined) return 'plivo';
  // SignalWire writes what Twilio does, but its identifiers are UUIDs.
  return /^[0-9a-f]{8}-[0-9a-f]{4}-/i.test(String(said.callSid)) ? 'signalwire' : 'twilio';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The fields of a JSON object; undefined for anything else. */
export function objectOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function orderOf(value: unknown): number | undefined {
  const number = numberOf(value);
  return number !== undefined && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

function timeOf(value: unknown): number | undefined {
  const number = numberOf(value);
  return number !== undefined && number >= 0 && number <= MAX_TIMESTAMP_MS ? number : undefined;
}

function trackOf(value: unknown): TelephonyTrack | undefined {
  if (value === undefined || value === null || value === 'inbound' || value === 'inbound_track') return 'inbound';
  return value === 'outbound' || value === 'outbound_track' ? 'outbound' : undefined;
}

/** The fields that are text, numbers or true and false, as text. */
function textFields(value: unknown): Record<string, string> {
  const fields = Object.entries(objectOf(value) ?? {}).slice(0, MAX_PARAMETERS);
  // Object.fromEntries defines fields, so that none of them, whatever its name, is a prototype.
  return Object.fromEntries(
    fields
      .filter(([, field]) => ['string', 'number', 'boolean'].includes(typeof field))
      .map(([key, field]) => [key, String(field)]),
  );
}

/** Plivo's parameters are one string, `a=1;b=2` or `a=1,b=2`. */
function extraHeaders(value: unknown): Record<string, string> {
  if (typeof value !== 'string') return textFields(value);
  const pairs = value.split(/[;,]/).slice(0, MAX_PARAMETERS);
  return Object.fromEntries(
    pairs
      .filter((pair) => pair.includes('='))
      .map((pair) => [pair.slice(0, pair.indexOf('=')).trim(), pair.slice(pair.indexOf('=') + 1).trim()]),
  );
}
