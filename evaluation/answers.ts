import type { KnownUtterance } from './ground-truth.js';
import type { Utterance } from './observe.js';
import { overlap } from './segmentation.js';
import { grouped, mean } from './statistics.js';

/** Bounds of the speaking-rate labels, slow to fast, in syllables per second. */
const RATE_CUTS = [3.3, 4.4, 6.6, 7.7];
const RATE_LABELS = ['very slow', 'slow', 'normal', 'fast', 'very fast'];
/** Gender is asked for from this length on. */
const LEAST_SECONDS = 2;

/** One answer about a voice whose gender is known. */
export interface GenderAnswer {
  voice: string;
  right: boolean;
  /** Of the label that was first. */
  posterior: number;
  seconds: number;
}

/** One speaking rate beside the true one. */
export interface RateAnswer {
  measured: number;
  actual: number;
  /** Steps between the label that was first and that of the true rate. */
  steps: number;
  /** Of the label that was first. */
  posterior: number;
}

/** The answers about gender, of utterances that are mostly one known voice. */
export function genderAnswers(found: readonly Utterance[], known: readonly KnownUtterance[]): GenderAnswer[] {
  return found.flatMap((utterance) => {
    const voices = known.filter((one) => overlap(utterance.speech, one) > 0.1);
    const [first] = voices;
    if (first?.gender === undefined || voices.some(({ gender }) => gender !== first.gender)) return [];
    const top = topOf(utterance, 'gender');
    if (top === undefined) return [];
    const seconds = utterance.end - utterance.start;
    return [{ voice: first.voice ?? first.gender, right: top.label === first.gender, posterior: top.posterior, seconds }];
  });
}

/** The share that is right, by voice and over all voices alike, of utterances of 2 s and more. */
export function genderByVoice(answers: readonly GenderAnswer[]): {
  voices: { voice: string; right: number; of: number }[];
  accuracy: number;
} {
  const long = answers.filter(({ seconds }) => seconds >= LEAST_SECONDS);
  const voices = [...grouped(long, ({ voice }) => voice)].map(([voice, given]) => ({
    voice,
    right: given.filter(({ right }) => right).length,
    of: given.length,
  }));
  return { voices, accuracy: mean(voices.map(({ right, of }) => right / of)) };
}

/** The speaking rates of utterances that hold whole known ones. */
export function rateAnswers(found: readonly Utterance[], known: readonly KnownUtterance[]): RateAnswer[] {
  return found.flatMap((utterance) => {
    const inside = known.filter((one) => overlap(utterance.speech, one) > 0.1);
    const whole = inside.every((one) => overlap(utterance.speech, one) >= 0.85 * (one.end - one.start));
    const syllables = inside.reduce((sum, one) => sum + (one.syllables ?? Number.NaN), 0);
    const actual = syllables / inside.reduce((sum, one) => sum + (one.speechSeconds ?? one.end - one.start), 0);
    const top = topOf(utterance, 'speaking_rate');
    if (inside.length === 0 || !whole || !Number.isFinite(actual) || Number.isNaN(utterance.rate) || top === undefined) return [];
    const actualStep = RATE_CUTS.filter((cut) => actual >= cut).length;
    const steps = Math.abs(RATE_LABELS.indexOf(top.label) - actualStep);
    return [{ measured: utterance.rate, actual, steps, posterior: top.posterior }];
  });
}

/** How the answers to one task compare between two observations of the same speech. */
export function compareAnswers(
  before: readonly Utterance[],
  after: readonly Utterance[],
  task: string,
): { same: boolean; change: number }[] {
  return before.flatMap((utterance) => {
    const other = after.find(
      (one) => overlap(one, utterance) >= 0.7 * Math.max(one.end - one.start, utterance.end - utterance.start),
    );
    const [first, second] = [predictionsOf(utterance, task), other && predictionsOf(other, task)];
    if (!second) return [];
    const change = Math.max(
      ...first.map(({ label, posterior, score }) => {
        const counterpart = second.find((one) => one.label === label)!;
        return Math.abs((posterior ?? score ?? 0) - (counterpart.posterior ?? counterpart.score ?? 0));
      }),
    );
    return [{ same: first[0]!.label === second[0]!.label, change }];
  });
}

function topOf(utterance: Utterance, task: string): { label: string; posterior: number } | undefined {
  const [top] = predictionsOf(utterance, task);
  return top?.label === undefined ? undefined : { label: top.label, posterior: top.posterior ?? 0 };
}

function predictionsOf({ result }: Utterance, task: string) {
  return result.tasks.find((one) => one.task === task)?.predictions ?? [];
}
