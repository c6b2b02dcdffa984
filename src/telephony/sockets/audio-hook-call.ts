import { codecName, deinterleave, sampleBytes } from '../../audio/sample-format/index.js';
import { SourceError } from '../../errors/index.js';
import { steadyNowMs } from '../playout-ticker.js';
import { Announcement } from './announcement.js';
import {
  type AudioHookChannel,
  type AudioHookMedia,
  type AudioHookMessage,
  audioHookMessage,
  chooseMedia,
  secondsOf,
} from './audio-hook-message.js';
import type { GapReason, LegTimeline } from './leg-timeline.js';
import type { ReceivedLeg } from './received-leg.js';
import type { EndReason, SocketSession } from './socket-session.js';
import { objectOf } from './telephony-message.js';

/** What Genesys Cloud says of a session when it opens it. */
export interface AudioHookStart {
  /** The session's identifier. */
  readonly sessionId: string;
  /** The organization's identifier. */
  readonly organizationId: string | undefined;
  /** The conversation's identifier; all zeros when only the connection is tried out. */
  readonly conversationId: string | undefined;
  /** The external participant: `id`, `ani`, `aniName`, `dnis`. */
  readonly participant: Readonly<Record<string, unknown>>;
  /** The language, as in `en-US`, where it is known. */
  readonly language: string | undefined;
  /** What the administrator of the integration set. */
  readonly customConfig: unknown;
  /** The audio that was chosen; undefined when none was offered that can be decoded. */
  readonly media: AudioHookMedia | undefined;
}

/** Positions this close are the same, in seconds: messages are sent between packets. */
const POSITION_TOLERANCE_S = 0.02;
/** Further than this nothing jumps, in seconds. */
const MAX_JUMP_S = 86_400;

/** One AudioHook session, as its server: answers what it must, and places the audio. */
export class AudioHookCall {
  readonly start = new Announcement<AudioHookStart>();
  readonly #session: SocketSession;
  readonly #legs: Readonly<Record<AudioHookChannel, ReceivedLeg>>;
  readonly #send: (text: string) => void;
  readonly #isAuthorized: boolean;
  #state: 'preparing' | 'open' | 'paused' | 'over' = 'preparing';
  #id = '';
  #clientSeq = 0;
  #seq = 0;
  #media: AudioHookMedia | undefined;
  #timelines: LegTimeline[] = [];
  /** Where the next sample lies. */
  #position = 0;
  /** Why audio is missing before it, if any is. */
  #missing: GapReason = 'lost';

  constructor(
    session: SocketSession,
    legs: Readonly<Record<AudioHookChannel, ReceivedLeg>>,
    send: (text: string) => void,
    isAuthorized: boolean,
  ) {
    this.#session = session;
    this.#legs = legs;
    this.#send = send;
    this.#isAuthorized = isAuthorized;
  }

  text(text: string): void {
    this.#session.touch(steadyNowMs());
    const message = audioHookMessage(text);
    if (!message) {
      this.#session.refuse('malformed', 'a message is none of AudioHook, version 2');
      return;
    }
    if (this.#id !== '' && message.id !== this.#id) {
      this.#session.refuse('unknown', 'a message is of another session');
      return;
    }
    if (message.seq <= this.#clientSeq) {
      this.#session.counters.duplicate += 1;
      return;
    }
    if (message.seq > this.#clientSeq + 1) {
      this.#session.refuse('malformed', 'a sequence number left others out');
    }
    this.#clientSeq = message.seq;
    this.#receive(message);
  }

  binary(bytes: Uint8Array): void {
    const arrivedAtMs = steadyNowMs();
    this.#session.touch(arrivedAtMs);
    const media = this.#media;
    if (this.#state !== 'open' || !media) {
      this.#session.refuse(
        'malformed',
        `audio came while the session was ${this.#state === 'open' ? 'without audio' : this.#state}`,
      );
      return;
    }
    const encoding = media.format === 'PCMU' ? 'mulaw' : 's16le';
    const count = media.channels.length;
    const { channels: data } = deinterleave(bytes, encoding, count);
    if (bytes.length === 0 || bytes.length % (sampleBytes(encoding) * count) !== 0) {
      this.#session.refuse('undecodable', 'audio ends amid a sample, or is empty');
    }
    const length = data[0]!.length;
    if (length === 0) return;
    this.#session.counters.audioMessages += 1;
    const placing = { arrivedAtMs, reason: this.#missing, inferred: false };
    data.forEach((samples, channel) => {
      this.#timelines[channel]!.place([samples], this.#position, placing);
    });
    this.#position += length;
    this.#missing = 'lost';
  }

  /** Nobody listens any more: the peer is told, unless it knows. */
  leave(reason: EndReason): void {
    if (reason === 'left' && (this.#state === 'open' || this.#state === 'paused'))
      this.#answer('disconnect', { reason: 'completed' });
    this.#state = 'over';
    this.start.never(this.#session.label);
  }

  #receive(message: AudioHookMessage): void {
    const { type, parameters } = message;
    const session = this.#session;
    if (type === 'open') {
      this.#open(message);
      return;
    }
    if (this.#state === 'open' && type !== 'resumed' && type !== 'discarded') this.#compare(message.positionS);
    switch (type) {
      case 'ping':
        this.#answer('pong', {});
        return;
      case 'paused':
        if (this.#state === 'open') this.#state = 'paused';
        return;
      case 'resumed':
        if (this.#state === 'paused') this.#state = 'open';
        this.#skip(parameters, 'paused');
        return;
      case 'discarded':
        this.#skip(parameters, 'discarded');
        return;
      case 'dtmf': {
        const digit = String(parameters.digit ?? '').toUpperCase();
        if (/^[0-9*#A-D]$/.test(digit)) session.report({ type: 'dtmf', digit, startMs: this.#endMs, durationMs: 0 });
        else session.refuse('malformed', 'a key that there is not');
        return;
      }
      case 'update':
        return;
      case 'error':
        session.diagnose('PEER_ERROR', `Genesys Cloud reports the error ${JSON.stringify(parameters).slice(0, 300)}`);
        return;
      case 'close':
        this.#answer('closed', {});
        this.#state = 'over';
        session.end('stop');
        return;
      default:
        session.refuse('unknown', `a message of the type ${JSON.stringify(type.slice(0, 60))}`);
    }
  }

  #open({ id, parameters, positionS = 0 }: AudioHookMessage): void {
    const session = this.#session;
    if (this.#state !== 'preparing') {
      session.refuse('malformed', 'the session was opened a second time');
      return;
    }
    this.#id = id;
    if (!this.#isAuthorized) {
      this.#answer('disconnect', { reason: 'unauthorized' });
      this.#state = 'over';
      const text = `${session.label}: the signature of the request is not that of the secrets; the session was refused`;
      const error = new SourceError('SOURCE_UNUSABLE', text);
      this.start.fail(error);
      session.fail(error);
      return;
    }
    const chosen = chooseMedia(parameters.media);
    this.#state = 'open';
    this.#media = chosen?.media;
    const { organizationId, conversationId, participant, language, customConfig } = parameters;
    if (chosen) {
      const { format, rate, channels } = chosen.media;
      this.#position = Math.round(positionS * rate);
      this.#timelines = channels.map((channel) =>
        session.timeline(this.#legs[channel], `${session.label}:${channel}`, { sampleRate: rate, channels: 1 }),
      );
      const codec = codecName(format === 'PCMU' ? 'mulaw' : 's16le');
      session.report({
        type: 'format',
        container: 'audiohook',
        codec,
        sampleRate: rate,
        channels: channels.length,
        decoder: 'in-process',
      });
    }
    this.#answer('opened', { startPaused: false, media: chosen ? [chosen.said] : [] });
    this.start.tell({
      sessionId: id,
      organizationId: textOf(organizationId),
      conversationId: textOf(conversationId),
      participant: objectOf(participant) ?? {},
      language: textOf(language),
      customConfig,
      media: chosen?.media,
    });
    session.report({ type: 'socket', state: 'started' });
  }

  /** The peer left audio out: its own position goes on. */
  #skip({ start, discarded }: Readonly<Record<string, unknown>>, reason: GapReason): void {
    const [startS, lengthS] = [secondsOf(start), secondsOf(discarded)];
    if (startS === undefined || lengthS === undefined || !this.#media) {
      this.#session.refuse('malformed', 'audio was left out, but not said from when and how much');
      return;
    }
    this.#goTo(startS + lengthS, reason);
  }

  /** Looks whether the peer has sent more than came. */
  #compare(positionS: number | undefined): void {
    if (positionS === undefined || !this.#media) return;
    if (Math.abs(positionS - this.#position / this.#media.rate) > POSITION_TOLERANCE_S) this.#goTo(positionS, 'lost');
  }

  #goTo(positionS: number, reason: GapReason): void {
    const { rate } = this.#media!;
    const position = Math.round(positionS * rate);
    if (position < this.#position - POSITION_TOLERANCE_S * rate || position > this.#position + MAX_JUMP_S * rate) {
      this.#session.refuse('malformed', 'a position lies before audio that was received, or more than a day ahead');
      return;
    }
    if (position <= this.#position) return;
    this.#position = position;
    this.#missing = reason;
  }

  get #endMs(): number {
    return this.#media ? (this.#position / this.#media.rate) * 1000 : 0;
  }

  #answer(type: string, parameters: object): void {
    this.#seq += 1;
    this.#send(JSON.stringify({ version: '2', type, seq: this.#seq, clientseq: this.#clientSeq, id: this.#id, parameters }));
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
