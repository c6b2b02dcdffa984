import { TRACKER_LAG } from '../src/engine/features/pitch-tracker.js';
import { SpeechAnalyser } from '../src/engine/features/speech-analyser.js';
import { SpeechEvidence } from '../src/engine/features/speech-evidence.js';
import { createEngine, type Engine, type EngineResult, type Vad } from '../src/engine/index.js';
import { SampleHistory } from '../src/engine/sample-history.js';
import { measuredRate } from '../src/engine/tasks/speaking-rate.js';
import { loadLightVad, loadSileroVad } from '../src/vad/index.js';
import { type Audio, at16k } from './conditions.js';
import type { Span } from './ground-truth.js';

/** The engine's defaults, which its utterances are padded with and its VAD is judged by. */
const PAD_BEFORE_S = 0.096;
const PAD_AFTER_S = 0.064;
const [ON, OFF] = [0.5, 0.35];
const END_SILENCE_S = 0.5;
/** How far frames between the thresholds may reach. */
const BETWEEN_S = 0.3;
const FRAMES_PER_SECOND = 100;
const RATE = 16_000;

/** What the engine found in one channel. */
export interface Observation {
  seconds: number;
  /** CPU time of the engine alone, its VAD included: what other programs do on the machine doesn't count. */
  cpuMs: number;
  /** By frame of 10 ms: 1 where the VAD, with the engine's hysteresis, hears speech. */
  frames: Uint8Array;
  /** The same as it is known at the frame's end: without what only the following ones tell. */
  frameByFrame: Uint8Array;
  utterances: Utterance[];
  /** Silent pauses within and between utterances. */
  pauses: Span[];
  filledPauses: number;
}

/** An utterance as it was found. */
export interface Utterance extends Span {
  result: EngineResult;
  /** Where the speech begins and ends, without the pads. */
  speech: Span;
  /** Syllables per second of phonation; NaN under 1 s of it. */
  rate: number;
}

/** An engine that lets its VAD be watched. */
export class Observer {
  readonly vadName: string;
  readonly engineName: string;
  readonly #engine: Engine;
  readonly #watched: WatchedVad;

  private constructor(engine: Engine, watched: WatchedVad) {
    this.#engine = engine;
    this.#watched = watched;
    this.vadName = watched.name;
    this.engineName = engine.name;
  }

  /** @throws ServiceError ENGINE_UNAVAILABLE when Silero's runtime isn't installed. */
  static async create(vad: 'light' | 'silero'): Promise<Observer> {
    const watched = new WatchedVad(await (vad === 'light' ? loadLightVad() : loadSileroVad()));
    return new Observer(await createEngine({ vad: watched }), watched);
  }

  async observe(audio: Audio): Promise<Observation> {
    const results: EngineResult[] = [];
    this.#watched.probabilities = [];
    const start = process.cpuUsage();
    const stream = this.#engine.open({
      sampleRate: audio.sampleRate,
      analysis: 'behavior',
      level: 'utterance',
      onResult: (result) => results.push(result),
    });
    await stream.push(audio.samples);
    await stream.end();
    const { user, system } = process.cpuUsage(start);
    const samples = at16k(audio);
    const { probabilities, frameLength } = this.#watched;
    const decided = frameByFrame(probabilities);
    const measured = results.map((result) => measure(samples, result));
    const utterances = measured.map(({ utterance }) => utterance);
    return {
      seconds: audio.samples.length / audio.sampleRate,
      cpuMs: (user + system) / 1000,
      frames: resampled(asUtterances(probabilities, decided, frameLength), frameLength, samples.length),
      frameByFrame: resampled(decided, frameLength, samples.length),
      utterances,
      pauses: [...measured.flatMap(({ pauses }) => pauses), ...between(utterances)].sort((a, b) => a.start - b.start),
      filledPauses: measured.reduce((sum, { filledPauses }) => sum + filledPauses, 0),
    };
  }

  close(): void {
    this.#engine.close();
  }
}

/** A VAD that writes down what it says; one stream at a time. */
class WatchedVad implements Vad {
  readonly name: string;
  readonly frameLength: number;
  probabilities: number[] = [];
  readonly #vad: Vad;

  constructor(vad: Vad) {
    this.#vad = vad;
    this.name = vad.name;
    this.frameLength = vad.frameLength;
  }

  open() {
    const stream = this.#vad.open();
    const { probabilities } = this;
    const note = (probability: number) => {
      probabilities.push(probability);
      return probability;
    };
    return {
      judge(frame: Int16Array): number | Promise<number> {
        const judged = stream.judge(frame);
        return typeof judged === 'number' ? note(judged) : judged.then(note);
      },
      ...(stream.judgeAll && {
        judgeAll: async (frames: Int16Array) => {
          const judged = await stream.judgeAll!(frames);
          probabilities.push(...judged);
          return judged;
        },
      }),
      close: () => stream.close(),
    };
  }

  close(): void {
    this.#vad.close();
  }
}

/** What the VAD says of each of its frames at the frame's end: on from one threshold, off below the other. */
function frameByFrame(probabilities: readonly number[]): Uint8Array {
  let speech = false;
  return Uint8Array.from(probabilities, (probability) => {
    speech = probability >= (speech ? OFF : ON);
    return speech ? 1 : 0;
  });
}

/**
 * What the engine's utterances make of it: frames between the thresholds are speech where speech begins, and none where it ends; 300 ms at
 * most.
 */
function asUtterances(probabilities: readonly number[], decided: Uint8Array, frameLength: number): Uint8Array {
  const speech = Uint8Array.from(decided);
  const reach = Math.floor((BETWEEN_S * RATE) / frameLength);
  const silence = Math.ceil((END_SILENCE_S * RATE) / frameLength);
  const isSilent = (from: number, to: number) => !decided.subarray(Math.max(0, from), to).includes(1);
  for (let i = 0; i < decided.length; i += 1) {
    if (decided[i] === 0) continue;
    if (isSilent(i - silence, i)) {
      for (let at = i - 1; at >= i - reach && (probabilities[at] ?? 0) >= OFF; at -= 1) speech[at] = 1;
    }
    if (isSilent(i + 1, i + 1 + silence)) {
      for (let at = i; at > i - reach && decided[at] === 1 && probabilities[at]! < ON; at -= 1) speech[at] = 0;
    }
  }
  return speech;
}

/** By frames of 10 ms. */
function resampled(judged: Uint8Array, frameLength: number, length: number): Uint8Array {
  const hop = RATE / FRAMES_PER_SECOND;
  return Uint8Array.from(
    { length: Math.floor(length / hop) },
    (_, i) => judged[Math.floor(((i + 0.5) * hop) / frameLength)] ?? 0,
  );
}

/** Measures an utterance again by itself, to see what its answers are made of and where its pauses are. */
function measure(samples: Int16Array, result: EngineResult): { utterance: Utterance; pauses: Span[]; filledPauses: number } {
  const [from, to] = [Math.round(result.startTime * RATE), Math.min(samples.length, Math.round(result.endTime * RATE))];
  const history = new SampleHistory(Math.max(1, to));
  history.append(samples.subarray(0, to));
  const evidence = new SpeechEvidence();
  const analyser = new SpeechAnalyser(history, evidence);
  analyser.begin(from);
  const pauses: Span[] = [];
  let known = 0;
  for (let at = from; at <= to; at += RATE / FRAMES_PER_SECOND) {
    analyser.analyseUntil(at);
    if (evidence.silentPauseFrames === known) continue;
    // The frame that ended the pause was decided by the one that is the tracker's lag later, and lies 25 ms before that one's end.
    const end = at / RATE - TRACKER_LAG / FRAMES_PER_SECOND - 0.025;
    pauses.push({ start: end - (evidence.silentPauseFrames - known) / FRAMES_PER_SECOND, end });
    known = evidence.silentPauseFrames;
  }
  analyser.finish();
  return {
    utterance: {
      start: result.startTime,
      end: result.endTime,
      result,
      speech: {
        start: result.startTime + PAD_BEFORE_S,
        end: Math.max(result.startTime + PAD_BEFORE_S, result.endTime - PAD_AFTER_S),
      },
      rate: evidence.phonationFrames >= 100 ? measuredRate(evidence) : Number.NaN,
    },
    pauses,
    filledPauses: evidence.filledPauses,
  };
}

function between(utterances: readonly Utterance[]): Span[] {
  return utterances
    .slice(1)
    .map(({ speech }, i) => ({ start: utterances[i]!.speech.end, end: Math.max(speech.start, utterances[i]!.speech.end) }));
}
