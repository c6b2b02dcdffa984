import { Observable, type OperatorFunction } from 'rxjs';
import type { AudioChunk, Pcm } from '../audio/index.js';
import { expectNumber, expectOptions, OptionError, type OptionNames } from '../errors/index.js';
import type { EventObserver } from '../events/index.js';
import type { Vad } from '../vad/vad.js';
import { SilenceGate } from './gating/silence-gate.js';
import { type JudgedChunk, SpeechJudge } from './gating/speech-judge.js';
import { mapAsync } from './map-async.js';
import { stageOperator } from './stage-operator.js';
import { untilClosed } from './until-closed.js';

/** Options of {@link gateSilence}. */
export interface GateSilenceOptions {
  /** Audio before the first sign of speech that goes through with it, in milliseconds, 0 to 5000. Default: 500. */
  preRollMs?: number | undefined;
  /**
   * Audio after the last sign of speech that goes through with it, in milliseconds, 100 to 60,000. Default: 1000. The service ends an
   * utterance after some silence (the local one after 500 ms): with less than that and one chunk's duration, the utterance stays open,
   * and its result is late, until somebody speaks again.
   */
  hangoverMs?: number | undefined;
  /** Probability of speech, above 0 to 1, from which the gate opens; it stays open down to 0.7 times that. Default: 0.3. */
  threshold?: number | undefined;
  /**
   * What tells speech from silence: the detector that needs nothing installed, one that you have loaded (and close), or a function that
   * loads one, such as `loadSileroVad` of `behavioral-signals-rx/vad`. Default: `light`.
   */
  vad?: 'light' | Vad | (() => Vad | PromiseLike<Vad>) | undefined;
  /**
   * What is sent while the gate is closed: nothing, or now and then 20 ms of the background, marked `timing.kind: 'silence'`, so that the
   * stream isn't idle. (It is background because zeros would teach the service's detector a floor of noise that isn't there.) A third way
   * is `nothing` and the session's option `closeAfterIdleMs`, which ends the call meanwhile. Default: `nothing`.
   */
  whileGated?: 'nothing' | 'silence' | undefined;
  /** With `whileGated: 'silence'`: source time between these 20 ms, in milliseconds, from 100, rounded up to a multiple of 160. Default: 10,000. */
  keepaliveMs?: number | undefined;
  /** Receives `gate` events and the diagnostic `VAD_FAILED`. Default: the diagnostic becomes a process warning. */
  events?: EventObserver | undefined;
}

type PcmChunk = AudioChunk<Pcm<'s16le', 1>>;

const NAMES: OptionNames<GateSilenceOptions> = {
  preRollMs: true,
  hangoverMs: true,
  threshold: true,
  vad: true,
  whileGated: true,
  keepaliveMs: true,
  events: true,
};

/**
 * Lets speech through with what surrounds it and drops the silence between, because streaming is billed by the minute of audio.
 *
 * Put it behind `toPcm16le()` and before `chunk(ms)`. What goes through are slices of the input at their own positions, so that
 * predictions keep their source time; the first after a gap has `timing.skipped: 'gated'`, and the session reports the gap. Speech goes
 * through as soon as it is detected, after the `preRollMs` before it, which is kept in memory until then. In doubt the gate is open: from
 * a low `threshold` up, for the first `hangoverMs` of the audio, and for the last `preRollMs` before its end. A jump, another source and
 * another rate count as an end and a beginning. When the detector fails, a diagnostic says so and everything goes through from there on.
 *
 * @param options Everything has a default. Keep `preRollMs + hangoverMs` well above the silence that ends an utterance.
 * @returns An operator on mono 16-bit audio; its results don't depend on the chunking. It loads the detector at the first chunk and holds
 * its input meanwhile, completes with its input, after the last `gate` event, and passes on an error as late. Unsubscribing frees the
 * detector.
 * @throws OptionError for options out of range; (as error notification) PipelineError `FORMAT_MISMATCH` for anything but mono 16-bit
 * audio, `INTERLEAVED_SOURCES` for merged sources.
 * @example
 * fromFile('call.wav').pipe(decode(), toPcm16le(), gateSilence({ events }), chunk(250), behavioralSignals({ events }))
 */
export function gateSilence(
  options: GateSilenceOptions = {},
): OperatorFunction<AudioChunk<Pcm<'s16le', 1>>, AudioChunk<Pcm<'s16le', 1>>> {
  expectOptions('gateSilence', options, NAMES);
  const { preRollMs = 500, hangoverMs = 1000, threshold = 0.3, vad = 'light', events } = options;
  const keepaliveMs = keepaliveInterval(options);
  expectNumber('gateSilence({ preRollMs })', preRollMs, { min: 0, max: 5000, unit: 'milliseconds' });
  expectNumber('gateSilence({ hangoverMs })', hangoverMs, { min: 100, max: 60_000, unit: 'milliseconds' });
  expectNumber('gateSilence({ threshold })', threshold, { above: 0, max: 1 });
  if (vad !== 'light' && typeof vad !== 'function' && typeof (vad as Vad | null)?.open !== 'function') {
    throw new OptionError('gateSilence({ vad })', 'must be "light", a Vad, or a function that loads one', vad);
  }
  // Wishes end here: in longer pieces speech would be found later, and behind a gap chunks end elsewhere.
  return (input) =>
    new Observable<PcmChunk>((subscriber) => {
      const judge = new SpeechJudge({ vad, onThreshold: threshold, events });
      const toGated = stageOperator<JudgedChunk, PcmChunk>('gateSilence()', () => {
        const gate = new SilenceGate({ preRollMs, hangoverMs, keepaliveMs, events });
        return { process: (judged, flow) => gate.push(judged, flow), flush: (flow) => gate.flush(flow) };
      });
      subscriber.add(
        input
          .pipe(
            untilClosed(subscriber),
            mapAsync((chunk) => judge.judge(chunk)),
            toGated,
          )
          .subscribe(subscriber),
      );
      subscriber.add(() => judge.close());
    });
}

function keepaliveInterval({ whileGated = 'nothing', keepaliveMs }: GateSilenceOptions): number | undefined {
  if (whileGated !== 'nothing' && whileGated !== 'silence') {
    throw new OptionError('gateSilence({ whileGated })', 'must be "nothing" or "silence"', whileGated);
  }
  if (whileGated === 'nothing') {
    if (keepaliveMs === undefined) return undefined;
    throw new OptionError('gateSilence({ keepaliveMs })', 'needs whileGated: "silence"', keepaliveMs);
  }
  const interval = keepaliveMs ?? 10_000;
  expectNumber('gateSilence({ keepaliveMs })', interval, { min: 100, unit: 'milliseconds' });
  return interval;
}
