import { lastValueFrom, tap } from 'rxjs';
import type { AudioChunk, StreamEvent } from '../index.js';
import { createView } from './create-view.js';
import { engineNotice } from './engine-notice.js';
import { describeError } from './error-report.js';
import { ExitCode, exitCodeOf } from './exit-code.js';
import { formatText } from './format-text.js';
import type { AudioSource, Input } from './input.js';
import { handleInterrupts } from './interrupts.js';
import { NoteFilter } from './note-filter.js';
import { type PredictOptions, predict, predictAudio } from './predict.js';
import { type ConnectionChoice, connectService, type ServiceConnection } from './service-connection.js';
import { Summary } from './summary.js';
import type { View, ViewChoice } from './view.js';

/** What to stream, where to, and how to show it. */
export interface StreamRun {
  readonly input: Input | AudioSource;
  readonly connection: ConnectionChoice;
  readonly view: ViewChoice;
  readonly predict: Omit<PredictOptions, 'label' | 'stop' | 'events' | 'onSent' | 'onGate'>;
}

/**
 * Streams one input to its end, or to the first Ctrl-C, and shows what comes back.
 *
 * Errors of the stream are printed after the summary of what came before them; errors that keep it from beginning are thrown.
 */
export async function runStream({ input, connection: choice, view: viewChoice, predict: how }: StreamRun): Promise<ExitCode> {
  let view: View | undefined;
  const interrupts = handleInterrupts(() => {
    const text = 'Ending the audio; the last results follow. Ctrl-C again leaves at once.';
    if (view) view.note(text);
    else process.stderr.write(`note ${text}\n`);
  });
  let connection: ServiceConnection | undefined;
  try {
    connection = await connectService(choice);
    const summary = new Summary(input.label);
    if (connection.engine) summary.answeredBy(connection.engine);
    const notes = new NoteFilter((text) => view?.note(text), 'audio' in input ? input : {});
    let totalMs: number | undefined;
    let announced = false;
    const onEvent = (event: StreamEvent) => {
      if (event.type === 'format') {
        totalMs = event.durationMs;
        summary.heard(event.channels);
        view?.heading(`${input.label}: ${formatText(event)}`);
      } else if (event.type === 'statistics') summary.sent(event);
      else if (event.type === 'result') summary.answered(event);
      else if (event.type === 'session' && event.state === 'drained' && event.engine) summary.answeredBy(event.engine);
      else notes.event(event);
    };
    const options: PredictOptions = {
      ...how,
      label: input.label,
      streaming: { ...how.streaming, ...connection.streaming },
      stop: interrupts.stop,
      events: { next: onEvent },
      onSent: (sent) => view?.progress(endMs(sent), totalMs),
      onGate: (channel, event) => summary.gated(channel, event),
    };
    const predicted$ =
      'audio' in input ? input.audio(options.events).pipe(predictAudio(options)) : input.bytes$.pipe(predict(options));
    const answers$ = predicted$.pipe(
      tap((answer) => {
        if ('message' in answer) {
          view?.message(answer);
          return;
        }
        summary.add(answer);
        if (!announced) view?.heading(engineNotice(answer.prediction.engine));
        announced = true;
        view?.prediction(answer);
      }),
    );
    const speed = how.speed === undefined ? '' : how.speed === 1 ? ' at real time' : ` at ${how.speed} times real time`;
    view = createView(viewChoice, { raw: how.raw, status: `to ${connection.place}${speed}` });
    let failure: { error: unknown } | undefined;
    try {
      await lastValueFrom(answers$, { defaultValue: undefined });
    } catch (error) {
      failure = { error };
    }
    view.end(failure && summary.isEmpty ? [] : [...summary.lines({ hasFailed: failure !== undefined }), ...notes.lines()]);
    if (!failure) return ExitCode.ok;
    process.stderr.write(`${describeError(failure.error)}\n`);
    return exitCodeOf(failure.error);
  } finally {
    await connection?.close();
    interrupts.dispose();
  }
}

function endMs({ timing, length, format }: AudioChunk): number {
  return ((timing.position + length) / format.sampleRate) * 1000;
}
