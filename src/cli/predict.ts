import { connect, map, merge, mergeMap, type Observable, type OperatorFunction, takeUntil, tap } from 'rxjs';
import {
  type AudioChunk,
  type ByteChunk,
  behavioralSignals,
  channel,
  chunk,
  decode,
  detectDeepfakes,
  type EventObserver,
  type GateEvent,
  gateSilence,
  type Pcm,
  type Prediction,
  pace,
  rawResults,
  type StreamingOptions,
  splitChannels,
} from '../index.js';
import type { ChannelMessage, ChannelName, ChannelPrediction } from './channel-prediction.js';
import { fromAbort } from './from-abort.js';
import { toServicePcm } from './to-service-pcm.js';

/** Everything that decides what is streamed, and how. */
export interface PredictOptions {
  readonly api: 'behavioral' | 'deepfakes';
  readonly channel: ChannelName | 'split';
  /** What the input is called in messages. */
  readonly label: string;
  /** Sample rate to send, in Hz; undefined sends the input's own, down to 16 kHz. */
  readonly rate: number | undefined;
  readonly chunkMs: number;
  /** Times real time; undefined for as fast as the service takes it. */
  readonly speed: number | undefined;
  /** Whether silence is left out. */
  readonly gate?: boolean;
  /** Whether the service's whole messages come too. */
  readonly raw: boolean;
  /** Where to stream to, and what to ask for. */
  readonly streaming: StreamingOptions;
  /** Ends the audio, and with it the session, after its results. */
  readonly stop: AbortSignal;
  readonly events: EventObserver;
  /** Called for every chunk that goes to a session. */
  readonly onSent: (sent: AudioChunk) => void;
  /** Called for what the gate of a channel does. */
  readonly onGate?: (channel: ChannelName, event: GateEvent) => void;
}

/** Length of what a live source would deliver at a time. */
const PACKET_MS = 20;

type Decoded = AudioChunk<Pcm<'float32'>>;
type Sendable = AudioChunk<Pcm<'s16le', 1>>;
type Answer = ChannelPrediction | ChannelMessage;

/**
 * The command line's one pipe: bytes in, predictions of each channel out; with `raw` each message they came in, too.
 *
 * @throws what the operators throw for wrong options, at once.
 */
export function predict(options: PredictOptions): OperatorFunction<ByteChunk, Answer> {
  const answers = predictAudio(options);
  return (bytes$) => bytes$.pipe(decode({ events: options.events, label: options.label }), answers);
}

/**
 * The same for audio that comes decoded.
 *
 * @throws what the operators throw for wrong options, at once.
 */
export function predictAudio(options: PredictOptions): OperatorFunction<Decoded, Answer> {
  const { rate, chunkMs, speed, gate, streaming, events, onSent, onGate, raw } = options;
  const stop$ = fromAbort(options.stop);
  const session = (options.api === 'deepfakes' ? detectDeepfakes : behavioralSignals)({ ...streaming, events });
  const toPcm = toServicePcm(rate, events);
  const toChunks = chunk<Pcm<'s16le', 1>>(chunkMs);
  const toPace = speed === undefined ? undefined : pace<Sendable>({ speed, events });
  const toPaced = toPace ?? ((audio$: Observable<Sendable>) => audio$);

  function one(name: ChannelName, decoded$: Observable<Decoded>): Observable<Answer> {
    const pcm$ = decoded$.pipe(toPcm);
    return (gate ? gated(name, pcm$) : toPaced(pcm$.pipe(toChunks)).pipe(takeUntil(stop$))).pipe(
      tap((sent) => onSent(sent)),
      session,
      raw ? withMessages(name) : predictionsOf(name),
    );
  }

  // What ends the audio is above the session, which then drains instead of cancelling, and above the gate, which then has the last word.
  function gated(name: ChannelName, pcm$: Observable<Sendable>): Observable<Sendable> {
    const observer: EventObserver = { next: (event) => (event.type === 'gate' ? onGate?.(name, event) : events.next?.(event)) };
    // Paced before it is gated: what is left out takes its time, too.
    const live$ = toPace ? pcm$.pipe(chunk(PACKET_MS), toPace) : pcm$;
    return live$.pipe(takeUntil(stop$), gateSilence({ events: observer }), toChunks);
  }

  return (audio$) => {
    // Here too, so that the input is let go of once its channels have no more use for it.
    const decoded$ = audio$.pipe(takeUntil(stop$));
    if (options.channel === 'mix') return one('mix', decoded$);
    if (options.channel !== 'split') return one(options.channel, decoded$.pipe(channel(options.channel)));
    return decoded$.pipe(
      splitChannels(),
      mergeMap(({ channel: name, audio$ }) => one(name, audio$)),
    );
  };
}

function predictionsOf(channel: ChannelName): OperatorFunction<Prediction, ChannelPrediction> {
  return map((prediction) => ({ channel, prediction }));
}

function withMessages(channel: ChannelName): OperatorFunction<Prediction, Answer> {
  return connect((predictions$) =>
    merge(
      predictions$.pipe(predictionsOf(channel)),
      predictions$.pipe(
        rawResults(),
        map((message) => ({ channel, message })),
      ),
    ),
  );
}
