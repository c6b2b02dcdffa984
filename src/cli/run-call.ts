import { lastValueFrom, type Observable, takeUntil, tap } from 'rxjs';
import {
  type AudioChunk,
  behavioralSignals,
  decode,
  OptionError,
  type Pcm,
  pace,
  type StreamEvent,
  toPcm16le,
} from '../index.js';
import type { CallSummaryEvent } from '../telephony/index.js';
import { callSummaryLines } from './call-summary.js';
import { checkBeginnings } from './check-beginnings.js';
import { countText } from './count-text.js';
import { createView } from './create-view.js';
import { describeError } from './error-report.js';
import { ExitCode, exitCodeOf } from './exit-code.js';
import { formatText } from './format-text.js';
import { fromAbort } from './from-abort.js';
import type { Input } from './input.js';
import { handleInterrupts } from './interrupts.js';
import { LegFailures } from './leg-failures.js';
import { NoteFilter } from './note-filter.js';
import { type ConnectionChoice, connectService, type ServiceConnection } from './service-connection.js';
import { Summary } from './summary.js';
import { chooseView, type View, type ViewChoice } from './view.js';

/** A party of the call, and where its voice comes from. */
export interface CallLegInput {
  readonly name: string;
  readonly input: Input;
  /** Of the one input that all share; undefined for an input of its own. */
  readonly channel: number | undefined;
  readonly isAnalysed: boolean;
}

/** What to stream, where to, and how to show it. */
export interface CallCommandRun {
  readonly legs: readonly CallLegInput[];
  readonly connection: ConnectionChoice;
  readonly view: ViewChoice;
  readonly level: 'segment' | 'utterance' | 'all';
  readonly orderBy: 'arrival' | 'time';
  /** Times real time; undefined for as fast as the service takes it. */
  readonly speed: number | undefined;
}

type Decoded = AudioChunk<Pcm<'float32'>>;

/**
 * Streams the legs of a call to their end, or to the first Ctrl-C, and shows what comes back and who talked when.
 *
 * Nothing is streamed before each file is known to be there and to be audio, and a recording that all share to have a channel for each. A
 * leg that fails later is reported once, after the summary, and decides the exit code; the others go on.
 */
export async function runCall({
  legs,
  connection: choice,
  view: viewChoice,
  level,
  orderBy,
  speed,
}: CallCommandRun): Promise<ExitCode> {
  const { call } = await import('../telephony/index.js');
  let view: View | undefined;
  const interrupts = handleInterrupts(() => {
    const text = 'Ending the audio; the last results follow. Ctrl-C again leaves at once.';
    if (view) view.note(text);
    else process.stderr.write(`note ${text}\n`);
  });
  let connection: ServiceConnection | undefined;
  try {
    const isShared = legs[0]!.channel !== undefined;
    // One that is shared is looked at as it comes: nothing is streamed before it.
    if (!isShared)
      await checkBeginnings(
        legs.map(({ input }) => input),
        interrupts.stop,
      );
    connection = await connectService(choice);
    const label = [...new Set(legs.map(({ input }) => input.label))].join(' and ');
    const summary = new Summary(label);
    if (connection.engine) summary.answeredBy(connection.engine);
    const notes = new NoteFilter((text) => view?.note(text));
    const isJson = chooseView(viewChoice) === 'json';
    let totalMs: number | undefined;
    let talk: CallSummaryEvent | undefined;
    const failures = new LegFailures(describeError);
    const onEvent = (event: StreamEvent) => {
      if (event.type === 'format') {
        totalMs = Math.max(totalMs ?? 0, event.durationMs ?? 0) || undefined;
        view?.heading(`${event.stream ?? label}: ${formatText(event)}`);
      } else if (event.type === 'statistics') summary.sent(event);
      else if (event.type === 'result') summary.answered(event);
      else if (event.type === 'leg' || event.type === 'turn' || event.type === 'call-summary') {
        if (event.type === 'call-summary') talk = event;
        if (event.type === 'leg' && event.state === 'failed') failures.ofLeg(event);
        if (isJson)
          process.stdout.write(`${JSON.stringify(event, (key, value) => (key === 'error' ? describeError(value) : value))}\n`);
      }
      // The error itself is reported at the end.
      else if (event.type !== 'diagnostic' || event.code !== 'LEG_FAILED') notes.event(event);
    };
    const events = { next: onEvent };
    const stop$ = fromAbort(interrupts.stop);
    const decoded = (input: Input): Observable<Decoded> => {
      const decoded$ = input.bytes$.pipe(
        decode({ events, label: input.label }),
        tap(({ format: { channels } }) => {
          if (isShared && channels < legs.length) throw tooFewChannels(label, channels, legs.length);
        }),
      );
      return (speed === undefined ? decoded$ : decoded$.pipe(pace<Decoded>({ speed, events }))).pipe(takeUntil(stop$));
    };
    const session = behavioralSignals({ ...connection.streaming, level, events });
    const analyze = (pcm$: Observable<AudioChunk<Pcm<'s16le', 1>>>) =>
      pcm$.pipe(
        tap((sent) => view?.progress(((sent.timing.position + sent.length) / sent.format.sampleRate) * 1000, totalMs)),
        session,
      );
    const analysis = ({ isAnalysed }: CallLegInput) => (isAnalysed ? { analyze } : {});
    const options = { callId: label, orderBy, alignBy: 'position', events } as const;
    const predictions$ = isShared
      ? call({
          ...options,
          source: decoded(legs[0]!.input),
          legs: Object.fromEntries(legs.map((leg) => [leg.name, { channel: leg.channel!, ...analysis(leg) }])),
        })
      : call({
          ...options,
          legs: Object.fromEntries(
            legs.map((leg) => [leg.name, { source: decoded(leg.input).pipe(toPcm16le({ events })), ...analysis(leg) }]),
          ),
        });
    const pacing = speed === undefined ? '' : speed === 1 ? ' at real time' : ` at ${speed} times real time`;
    view = createView(viewChoice, { raw: false, status: `to ${connection.place}${pacing}` });
    try {
      await lastValueFrom(
        predictions$.pipe(
          tap((prediction) => {
            summary.add({ channel: prediction.leg, prediction });
            view?.prediction({ channel: prediction.leg, prediction });
          }),
        ),
        { defaultValue: undefined },
      );
    } catch (error) {
      failures.ofCall(error);
    }
    const { first } = failures;
    const isEmpty = first !== undefined && summary.isEmpty;
    view.end(
      isEmpty
        ? []
        : [...summary.lines({ hasFailed: first !== undefined }), ...(talk ? callSummaryLines(talk) : []), ...notes.lines()],
    );
    for (const text of failures.texts()) process.stderr.write(`${text}\n`);
    return first === undefined ? ExitCode.ok : exitCodeOf(first.error);
  } finally {
    await connection?.close();
    interrupts.dispose();
  }
}

function tooFewChannels(label: string, channels: number, parties: number): OptionError {
  const ways = 'give one recording of each party, or name fewer with --names';
  return new OptionError('<inputs...>', `"${label}" has ${countText(channels, 'channel')} for ${parties} parties; ${ways}`);
}
