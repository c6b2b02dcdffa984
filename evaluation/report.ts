import { compareAnswers, type GenderAnswer, genderByVoice, type RateAnswer } from './answers.js';
import type { KnownRecording } from './ground-truth.js';
import type { Observation, Utterance } from './observe.js';
import { compareBoundaries, comparePauses, countFrames } from './segmentation.js';
import { correlation, correlationInterval, f1, grouped, mean, median, slope } from './statistics.js';

/** One figure, and how it compares with its target where there is one. */
export interface Measure {
  name: string;
  /** Null where the material has nothing to measure it by. */
  value: number | null;
  text: string;
  target?: string;
  pass?: boolean;
}

/** What an evaluation printed. */
export interface Report {
  /** The folder's name, and what was in it. */
  material: string;
  vad: string;
  engine: string;
  measures: Measure[];
  skipped: { file: string; reason: string }[];
}

/** One channel of a recording, as it is or after a condition. */
export interface Heard {
  recording: KnownRecording;
  channel: number;
  /** The condition's name; none as recorded. */
  condition?: string;
  observation: Observation;
  genders: GenderAnswer[];
  rates: RateAnswer[];
}

const INVARIANT_TASKS = ['gender', 'strength', 'speaking_rate', 'hesitation', 'intensity', 'emotion'];
const COMPARED_LABELS = ['gender', 'strength', 'speaking_rate'];

/** All measures, from what was heard. */
export function measuresOf(heard: readonly Heard[]): Measure[] {
  const recorded = heard.filter(({ condition }) => condition === undefined);
  const spoken = recorded.filter(({ recording, channel }) => !recording.noisy && recording.speech[channel]!.length > 0);
  const silent = recorded.filter(({ recording }) => recording.speech.every((spans) => spans.length === 0));
  return [
    ...framesOf('VAD frame F1, as recorded', spoken, 0.97),
    ...framesOf('VAD frame F1, white noise at 10 dB', of(heard, 'white noise, SNR 10 dB'), 0.96, true),
    ...framesOf('VAD frame F1, white noise at 5 dB', of(heard, 'white noise, SNR 5 dB'), 0.95, true),
    ...boundariesOf(spoken),
    measure(
      'utterances on noise, tones and silence',
      silent.length > 0 ? total(silent, ({ observation }) => observation.utterances.length) : Number.NaN,
      {
        detail: `in ${silent.length} recordings`,
        most: 0,
        digits: 0,
      },
    ),
    ...pausesOf(spoken),
    ...gendersOf(spoken),
    ...ratesOf(spoken),
    ...[...new Set(heard.flatMap(({ condition }) => condition ?? []))].map((condition) => invariance(heard, condition)),
    measure(
      'throughput with VAD, by CPU time of one core',
      total(recorded, ({ observation }) => observation.seconds) /
        (total(recorded, ({ observation }) => observation.cpuMs) / 1000),
      {
        least: 100,
        digits: 0,
        unit: 'x real time',
      },
    ),
  ];
}

function framesOf(name: string, heard: readonly Heard[], least: number, short = false): Measure[] {
  const counts = heard.map(({ observation, recording, channel }) => countFrames(observation.frames, recording.speech[channel]!));
  const [hits, misses, falseAlarms, silent] = (['hits', 'misses', 'falseAlarms', 'silent'] as const).map((key) =>
    total(counts, (one) => one[key]),
  ) as [number, number, number, number];
  const rows = [
    measure(name, heard.length > 0 ? f1(hits, misses, falseAlarms) : Number.NaN, {
      least,
      detail: `${Math.round((hits + misses) / 100)} s of speech`,
    }),
  ];
  if (short) return rows;
  const live = heard.map(({ observation, recording, channel }) =>
    countFrames(observation.frameByFrame, recording.speech[channel]!),
  );
  const frameByFrame = (['hits', 'misses', 'falseAlarms'] as const).map((key) => total(live, (one) => one[key])) as [
    number,
    number,
    number,
  ];
  return [
    ...rows,
    measure('VAD frame F1, as recorded, frame by frame', f1(...frameByFrame), { detail: 'as known at the end of each frame' }),
    measure('speech missed, as recorded', (100 * misses) / (hits + misses), { unit: '%', digits: 1 }),
    measure('silence taken for speech, as recorded', (100 * falseAlarms) / silent, { unit: '%', digits: 1 }),
  ];
}

function boundariesOf(heard: readonly Heard[]): Measure[] {
  const all = heard.map(({ observation, recording, channel }) => compareBoundaries(observation, recording.speech[channel]!));
  const expected = total(all, (one) => one.expected);
  const share = (key: 'missed' | 'split' | 'joined' | 'false') => measureCount(all, key, expected);
  return [
    measure('onset error, median', median(all.flatMap(({ onsetsMs }) => onsetsMs)), { most: 40, digits: 0, unit: 'ms' }),
    measure('offset error, median', median(all.flatMap(({ offsetsMs }) => offsetsMs)), { most: 80, digits: 0, unit: 'ms' }),
    measure('stretches of speech missed', ...share('missed')),
    measure('over-segmentation: utterances too many', ...share('split')),
    measure('under-segmentation: stretches joined', ...share('joined')),
    measure('utterances without speech', ...share('false')),
  ];
}

function measureCount(
  all: readonly Record<'missed' | 'split' | 'joined' | 'false', number>[],
  key: 'missed' | 'split' | 'joined' | 'false',
  expected: number,
) {
  return [total(all, (one) => one[key]), { digits: 0, detail: `of ${expected}` }] as const;
}

function pausesOf(heard: readonly Heard[]): Measure[] {
  const counts = heard.map(({ observation, recording, channel }) => comparePauses(observation, recording.speech[channel]!));
  const [hits, misses, falseAlarms] = [
    total(counts, (one) => one.hits),
    total(counts, (one) => one.misses),
    total(counts, (one) => one.falseAlarms),
  ];
  const minutes =
    total(heard, ({ recording, channel }) => total(recording.speech[channel]!, ({ start, end }) => end - start)) / 60;
  return [
    measure('pauses from 300 ms, F1', f1(hits, misses, falseAlarms), {
      least: 0.9,
      detail: `${hits} found, ${misses} missed, ${falseAlarms} false`,
    }),
    measure('filled pauses found, where none are known', total(heard, ({ observation }) => observation.filledPauses) / minutes, {
      most: 1,
      unit: 'a minute of speech',
    }),
  ];
}

function gendersOf(heard: readonly Heard[]): Measure[] {
  const answers = heard.flatMap(({ genders }) => genders);
  const { voices, accuracy } = genderByVoice(answers);
  const brier = mean(answers.map(({ posterior, right }) => (posterior - (right ? 1 : 0)) ** 2));
  return [
    measure('gender, utterances of 2 s and more, by voice', accuracy, {
      least: 0.95,
      detail: voices.map(({ voice, right, of: all }) => `${voice} ${right}/${all}`).join(', '),
    }),
    measure('gender, calibration: right less claimed', mean(answers.map(({ posterior, right }) => (right ? 1 : 0) - posterior)), {
      detail: `Brier score ${Number.isNaN(brier) ? '–' : brier.toFixed(3)}, ${answers.length} utterances of any length`,
    }),
  ];
}

function ratesOf(heard: readonly Heard[]): Measure[] {
  const answers = distinct(heard).flatMap(({ rates }) => rates);
  const groups = grouped(
    heard.filter(({ recording }) => recording.group !== undefined && recording.rateFactor !== undefined),
    ({ recording }) => recording.group!,
  );
  const pairs = [...groups.values()].flatMap((members) => {
    const rated = members.map(({ recording, observation }) => ({
      factor: recording.rateFactor!,
      rate: mean(observation.utterances.map(({ rate }) => rate)),
    }));
    return rated.flatMap((slow) => rated.filter(({ factor }) => factor > slow.factor).map((fast) => fast.rate > slow.rate));
  });
  const r = correlation(answers.map(({ measured, actual }) => [measured, actual]));
  const [low, high] = correlationInterval(r, answers.length);
  return [
    measure('speaking rate against the true rate, r', r, {
      least: 0.85,
      detail: `${answers.length} utterances, 95 % interval ${low.toFixed(2)} to ${high.toFixed(2)}`,
    }),
    measure('speaking rate, measured over true, median', median(answers.map(({ measured, actual }) => measured / actual)), {
      detail: `slope ${slope(answers.map(({ measured, actual }) => [actual, measured])).toFixed(2)}`,
    }),
    measure('speaking rate, label right to one step', mean(answers.map(({ steps }) => (steps <= 1 ? 1 : 0))), { least: 0.95 }),
    measure(
      'speaking rate, calibration: right less claimed',
      mean(answers.map(({ steps, posterior }) => (steps === 0 ? 1 : 0) - posterior)),
      {
        detail: `label right ${percent(mean(answers.map(({ steps }) => (steps === 0 ? 1 : 0))))}`,
      },
    ),
    measure('same text faster and faster, pairs in order', mean(pairs.map((inOrder) => (inOrder ? 1 : 0))), {
      least: 0.95,
      detail: `${pairs.length} pairs`,
    }),
  ];
}

function invariance(heard: readonly Heard[], condition: string): Measure {
  const pairs = of(heard, condition).map((after): [readonly Utterance[], readonly Utterance[]] => {
    const before = heard.find(
      (one) => one.condition === undefined && one.recording === after.recording && one.channel === after.channel,
    )!;
    return [before.observation.utterances, after.observation.utterances];
  });
  const compared = (task: string) => pairs.flatMap(([before, after]) => compareAnswers(before, after, task));
  const labels = COMPARED_LABELS.map((task) => `${task} ${percent(mean(compared(task).map(({ same }) => (same ? 1 : 0))))}`);
  const changes = INVARIANT_TASKS.flatMap((task) => compared(task).map(({ change }) => change));
  const frames = of(heard, condition).map(({ observation, recording, channel }) =>
    countFrames(observation.frames, recording.speech[channel]!),
  );
  const score = f1(
    total(frames, (one) => one.hits),
    total(frames, (one) => one.misses),
    total(frames, (one) => one.falseAlarms),
  );
  const found = `${compared('gender').length} of ${total(pairs, ([before]) => before.length)} utterances found again`;
  return measure(`${condition}: mean change of the posteriors`, mean(changes), {
    detail: `same label: ${labels.join(', ')}; frame F1 ${score.toFixed(3)}; ${found}`,
  });
}

interface MeasureOptions {
  least?: number;
  most?: number;
  digits?: number;
  unit?: string;
  detail?: string;
}

function measure(name: string, value: number, { least, most, digits = 3, unit, detail }: MeasureOptions): Measure {
  if (!Number.isFinite(value)) return { name, value: null, text: 'nothing to measure it by' };
  const limit = least ?? most;
  return {
    name,
    value,
    text: `${value.toFixed(digits)}${unit === undefined ? '' : unit === '%' ? ' %' : ` ${unit}`}${detail === undefined || detail === '' ? '' : ` (${detail})`}`,
    ...(limit !== undefined && {
      target: `${least === undefined ? '<=' : '>='} ${limit}`,
      pass: least === undefined ? value <= limit : value >= limit,
    }),
  };
}

/** One encoding of what each party says, so that none counts more than another: one side of a call may be a recording of its own. */
export function distinct<T extends Pick<Heard, 'recording' | 'channel'>>(heard: readonly T[]): T[] {
  const sideOf = ({ recording, channel }: T) =>
    contentOf({
      speech: [recording.speech[channel]!],
      utterances: recording.utterances.filter((one) => one.channel === channel),
    });
  return [...grouped(heard, sideOf).values()].map(([first]) => first!);
}

/** The same for recordings of the same speech, whatever the encoding. */
export function contentOf({ speech, utterances }: Pick<KnownRecording, 'speech' | 'utterances'>): string {
  return JSON.stringify([speech, utterances.map(({ start, voice, syllables }) => [start, voice, syllables])]);
}

function of(heard: readonly Heard[], condition: string): Heard[] {
  return heard.filter((one) => one.condition === condition);
}

function total<T>(values: readonly T[], amountOf: (value: T) => number): number {
  return values.reduce((sum, value) => sum + amountOf(value), 0);
}

function percent(share: number): string {
  return Number.isNaN(share) ? '–' : `${Math.round(100 * share)} %`;
}
