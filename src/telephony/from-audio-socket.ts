import type { Socket } from 'node:net';
import type { Observable } from 'rxjs';
import { expectNumber, expectOptions, OptionError } from '../errors/index.js';
import type { StreamEvent } from '../events/index.js';
import { steadyNowMs } from './playout-ticker.js';
import { Announcement } from './sockets/announcement.js';
import { ARRIVAL_GAP_NAMES, type ArrivalGapOptions, arrivalGapLimits } from './sockets/arrival-gap-options.js';
import { AUDIO_SOCKET, AUDIO_SOCKET_RATES, AudioSocketFrames, audioSocketFrame } from './sockets/audio-socket-frames.js';
import { PcmIntake } from './sockets/pcm-intake.js';
import type { TelephonyChunk } from './sockets/received-leg.js';
import type { SocketStatistics } from './sockets/socket-counters.js';
import { SOCKET_NAMES, type SocketOptions, SocketSession } from './sockets/socket-session.js';

/** Options of {@link fromAudioSocket}. */
export interface FromAudioSocketOptions extends Omit<SocketOptions, 'maxMessageBytes'>, ArrivalGapOptions {
  /**
   * How often a frame of 20 ms of silence is sent back, 20 to 1900, in milliseconds; 0: never, for who sends audio of their own. Asterisk hangs up when
   * it gets nothing for 2 s. Default: 500.
   */
  keepaliveMs?: number | undefined;
}

/** A call's audio on Asterisk's AudioSocket. */
export interface AudioSocketCall {
  /**
   * The call's UUID, as the dialplan gave it, once it comes. Rejects with SourceError `SOURCE_FAILED` when the connection ends before; nobody has to
   * look at it.
   */
  readonly uuid: Promise<string>;
  /** The audio, one channel. It can be subscribed once, and waits for that within `maxBytes`. */
  readonly source: Observable<TelephonyChunk>;
  /** `socket`, `dtmf`, `source-gap` and `socket-statistics` events and diagnostics, from the beginning; completes at the end. */
  readonly events: Observable<StreamEvent>;
  /** What was counted so far. */
  readonly statistics: SocketStatistics;
  /** Stops listening and sending silence: the source completes with what was received. The connection stays open. */
  stopListening(): void;
}

/** More than this waits to be sent: who is there doesn't read, and more silence is of no use. */
const MAX_UNSENT_BYTES = 65_536;
const SILENCE_MS = 20;

/**
 * Receives a call from Asterisk's AudioSocket, a TCP connection that Asterisk makes: the application `AudioSocket()`, the channel
 * `Dial(AudioSocket/…)`, or external media of ARI.
 *
 * It listens from the moment it is called. Audio is 16-bit, mono, at 8 to 192 kHz, as its frames say; when the rate changes, the timeline goes on. A
 * position is the count of the samples before it, and gaps are inferred from when audio comes, as for `fromPcmSocket()`. Silence is sent back, so that
 * Asterisk does not hang up. The connection is never paused or closed here.
 *
 * @param socket Of `net.createServer()`. Call it at once when the connection is made.
 * @returns A source that completes when Asterisk says that the call is over, or when the connection ends, however it does; unsubscribing
 * stops listening, and the silence.
 * @throws OptionError for options out of range and what is no socket. (As error notification) SourceError `SOURCE_CONSUMED` on the second
 * subscription; OverflowError with `overflow: 'error'`.
 * @example
 * createServer((socket) => {
 *   const { source } = fromAudioSocket(socket);
 *   source.pipe(resample(16_000), toPcm16le(), chunk(250), behavioralSignals()).subscribe(console.log);
 * }).listen(9092);
 */
export function fromAudioSocket(socket: Socket, options: FromAudioSocketOptions = {}): AudioSocketCall {
  const { maxMessageBytes: _, ...socketNames } = SOCKET_NAMES;
  expectOptions<FromAudioSocketOptions>('fromAudioSocket', options, { ...socketNames, ...ARRIVAL_GAP_NAMES, keepaliveMs: true });
  const { keepaliveMs = 500 } = options;
  if (typeof socket?.on !== 'function' || typeof socket.write !== 'function') {
    throw new OptionError('fromAudioSocket(socket)', 'must be a socket of node:net', socket);
  }
  if (keepaliveMs !== 0)
    expectNumber('fromAudioSocket({ keepaliveMs })', keepaliveMs, { min: 20, max: 1900, unit: 'milliseconds' });
  const gaps = arrivalGapLimits('fromAudioSocket', options);
  let hasFailed = false;
  let kind: number = AUDIO_SOCKET.audio;
  const session = new SocketSession('fromAudioSocket', 'call', options, { detach, flush });
  const uuid = new Announcement<string>();
  const leg = session.leg(session.label);
  const intake = new PcmIntake(session, leg, 'audiosocket', gaps);
  const frames = new AudioSocketFrames(receive);
  const keepalive = keepaliveMs === 0 ? undefined : setInterval(sendSilence, keepaliveMs);

  function receive(type: number, payload: Uint8Array): void {
    if (session.isOver) return;
    const nowMs = steadyNowMs();
    session.touch(nowMs);
    const sampleRate = AUDIO_SOCKET_RATES[type - AUDIO_SOCKET.audio];
    if (sampleRate !== undefined) {
      kind = type;
      intake.begin({ encoding: 's16le', sampleRate, channels: 1 });
      if (payload.length % 2 !== 0) session.refuse('undecodable', 'a frame of audio ends amid a sample');
      if (payload.length > 1) intake.push(payload.subarray(0, payload.length - (payload.length % 2)), nowMs);
    } else if (type === AUDIO_SOCKET.uuid) {
      const text = uuidText(payload);
      if (text === undefined) {
        session.refuse('malformed', `a UUID of ${payload.length} bytes`);
        return;
      }
      uuid.tell(text);
      session.report({ type: 'socket', state: 'started' });
    } else if (type === AUDIO_SOCKET.dtmf) {
      const digit = String.fromCharCode(payload[0] ?? 0).toUpperCase();
      if (payload.length === 1 && /^[0-9*#A-D]$/.test(digit)) {
        session.report({ type: 'dtmf', digit, startMs: intake.endMs, durationMs: 0 });
      } else session.refuse('malformed', 'a key that there is not');
    } else if (type === AUDIO_SOCKET.error) {
      session.diagnose(
        'PEER_ERROR',
        `Asterisk reports the error ${Buffer.from(payload.subarray(0, 16)).toString('hex') || 'without a code'}`,
      );
    } else if (type === AUDIO_SOCKET.hangup) {
      session.end('stop');
    } else session.refuse('unknown', `a frame of the kind 0x${type.toString(16)}`);
  }

  function sendSilence(): void {
    if (!socket.writable || socket.writableLength > MAX_UNSENT_BYTES) return;
    const samples = (AUDIO_SOCKET_RATES[kind - AUDIO_SOCKET.audio]! * SILENCE_MS) / 1000;
    socket.write(audioSocketFrame(kind, new Uint8Array(samples * 2)));
  }

  function onData(bytes: Uint8Array): void {
    frames.push(bytes);
  }
  function onError(): void {
    hasFailed = true;
  }
  function onEnd(): void {
    session.end(hasFailed ? 'failed' : 'closed');
  }

  function flush(): void {
    if (frames.isAmidFrame) session.refuse('malformed', 'the connection ended amid a frame');
    intake.flush();
    uuid.never(session.label);
  }
  function detach(): void {
    clearInterval(keepalive);
    if (!socket.destroyed) ignoreErrorsUntilClosed(socket);
    socket.off('data', onData).off('error', onError).off('end', onEnd).off('close', onEnd);
  }

  socket.on('error', onError).on('end', onEnd).on('close', onEnd).on('data', onData);
  if (socket.destroyed) queueMicrotask(onEnd);
  return {
    uuid: uuid.promise,
    source: leg.source,
    events: session.events$,
    get statistics() {
      return { ...session.counters };
    },
    stopListening: () => session.end('left'),
  };
}

/** An error of a socket that nobody listens to would end the process; what still comes is read, so that its end is seen. */
function ignoreErrorsUntilClosed(socket: Socket): void {
  const ignore = () => {};
  socket.on('error', ignore);
  socket.once('close', () => socket.off('error', ignore));
  socket.resume();
}

/** A UUID is sent as its 16 bytes; some senders write it out. */
function uuidText(payload: Uint8Array): string | undefined {
  if (payload.length === 16)
    return Buffer.from(payload)
      .toString('hex')
      .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const text = Buffer.from(payload.subarray(0, 64)).toString('latin1');
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ? text.toLowerCase() : undefined;
}
