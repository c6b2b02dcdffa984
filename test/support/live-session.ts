import { type Observable, Subject } from 'rxjs';
import type { BudgetEvent, GapEvent, StreamEvent } from '../../src/events/index.js';
import type { StreamingOptions } from '../../src/grpc/index.js';
import { behavioralSignals } from '../../src/operators/behavioral-signals.js';
import type { Prediction } from '../../src/predictions/index.js';
import type { PcmChunk } from './audio.js';
import { markedChunk } from './echo-server.js';
import { unboundedFlow } from './unbounded-flow.js';

/** Length of the chunks that a {@link speaker} emits. */
const CHUNK_MS = 100;

/** A source that can't be paused and says what it is told to, in chunks of 100 ms whose samples say where they come from. */
export function speaker(sampleRate: number) {
  const audio$ = new Subject<PcmChunk>();
  const source = { label: 'live' };
  let position = 0;
  return {
    audio$,
    speak: (ms: number, timing: Partial<PcmChunk['timing']> = {}) => {
      for (let spokenMs = 0; spokenMs < ms; spokenMs += CHUNK_MS) {
        const length = Math.round((Math.min(CHUNK_MS, ms - spokenMs) * sampleRate) / 1000);
        const chunk = markedChunk(length, sampleRate, position, source, unboundedFlow);
        position += length;
        audio$.next({ ...chunk, timing: { ...chunk.timing, ...timing } });
      }
    },
    jump: (ms: number) => {
      position += (ms * sampleRate) / 1000;
    },
  };
}

/** What a session says while it is listened to. */
export interface Heard {
  readonly events: StreamEvent[];
  readonly predictions: Prediction[];
  /** How it ended; undefined while it goes on. */
  ending: 'complete' | { readonly error: unknown } | undefined;
  /** Its steps, with the numbers of their calls. */
  readonly states: () => string[];
  readonly gaps: () => GapEvent[];
  readonly spent: () => BudgetEvent[];
  readonly unsubscribe: () => void;
}

/** Subscribes to a session, and notes everything it says. */
export function listen(
  audio$: Observable<PcmChunk>,
  options: StreamingOptions,
  onEvent: (event: StreamEvent, heard: Heard) => void = () => {},
): Heard {
  const events: StreamEvent[] = [];
  const predictions: Prediction[] = [];
  const heard: Heard = {
    events,
    predictions,
    ending: undefined,
    states: () => events.flatMap((event) => (event.type === 'session' ? [`${event.state} ${event.epoch}`] : [])),
    gaps: () => events.filter((event) => event.type === 'gap'),
    spent: () => events.filter((event) => event.type === 'budget'),
    unsubscribe: () => subscription.unsubscribe(),
  };
  const next = (event: StreamEvent) => {
    events.push(event);
    onEvent(event, heard);
  };
  const subscription = audio$.pipe(behavioralSignals({ ...options, events: { next } })).subscribe({
    next: (prediction) => predictions.push(prediction),
    complete: () => {
      heard.ending = 'complete';
    },
    error: (error) => {
      heard.ending = { error };
    },
  });
  return heard;
}
