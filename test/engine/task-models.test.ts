import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SpeakerBaseline } from '../../src/engine/features/speaker-baseline.js';
import { taskResult } from '../../src/engine/task-result.js';
import { TASK_MODELS, type TaskModel } from '../../src/engine/tasks/index.js';
import { anyStretch, evidenceOf, ORDINARY, type Stretch } from './support/evidence.js';

/** What the floor of a third label takes from the first, and rounding. */
const SLACK = 0.01 + 1e-9;
const MODELS = [...TASK_MODELS.behavior, ...TASK_MODELS.deepfake];

function baselineOf(stretches: readonly Stretch[]): SpeakerBaseline {
  const baseline = new SpeakerBaseline();
  for (const stretch of stretches) baseline.add(evidenceOf(stretch));
  return baseline;
}

/** A model's probabilities by label, or its score as `score`. */
function ask(task: string, stretch: Stretch, before: readonly Stretch[] = [], language = 'en'): Record<string, number> {
  const model = MODELS.find((candidate) => candidate.task === task)!;
  const answer = model.answer(evidenceOf(stretch), { baseline: baselineOf([...before, stretch]), language });
  if (answer.kind === 'score') return { score: answer.score };
  return Object.fromEntries(model.labels.map((label, i) => [label, answer.posteriors[i]!]));
}

/** How much more a distribution says than the prior: the Kullback-Leibler divergence. */
function information(model: TaskModel, values: Record<string, number>): number {
  return model.labels.reduce((sum, label, i) => sum + values[label]! * Math.log(values[label]! / model.card.prior[i]!), 0);
}

describe('every task, whatever is heard', () => {
  it.each(MODELS.map((model) => [model.task, model] as const))('%s keeps its floor, its cap and its sum', (_, model) => {
    fc.assert(
      fc.property(
        fc.array(anyStretch, { minLength: 1, maxLength: 4 }),
        fc.constantFrom('en', 'es', 'xx'),
        (stretches, language) => {
          const evidence = evidenceOf(stretches.at(-1)!);
          const answer = model.answer(evidence, { baseline: baselineOf(stretches), language });
          if (answer.kind === 'score') {
            expect(answer.score).toBeGreaterThan(0);
            expect(answer.score).toBeLessThan(1);
            return;
          }
          expect(answer.posteriors.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9);
          expect(Math.min(...answer.posteriors)).toBeGreaterThanOrEqual(0.01 - 1e-9);
          expect(Math.max(...answer.posteriors)).toBeLessThanOrEqual(model.card.cap + 1e-9);
          const top = answer.posteriors.indexOf(Math.max(...answer.posteriors));
          expect(['', model.labels[top]]).toContain(answer.finalLabel);
          if (model.card.standing === 'weak' && answer.finalLabel !== '') {
            expect(answer.posteriors[top]).toBeGreaterThan(model.card.prior[top]! + 0.1);
          }
          const logits = taskResult(model, answer, true).predictions.map(({ logit }) => Math.exp(logit!));
          const total = logits.reduce((sum, value) => sum + value, 0);
          const posteriors = taskResult(model, answer, true).predictions.map(({ posterior }) => posterior!);
          for (const [i, posterior] of posteriors.entries()) expect(logits[i]! / total).toBeCloseTo(posterior, 9);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('answers with its prior, and claims nothing, on less than 0.3 s of voice', () => {
    fc.assert(
      fc.property(anyStretch, fc.nat(29), (stretch, voiced) => {
        const evidence = evidenceOf({ ...stretch, voiced });
        for (const model of MODELS) {
          const answer = model.answer(evidence, { baseline: baselineOf([ORDINARY]), language: 'en' });
          if (answer.kind === 'score') expect(answer.score).toBe(0.5);
          else expect(answer).toEqual({ kind: 'labels', posteriors: model.card.prior, finalLabel: '' });
        }
      }),
      { numRuns: 60 },
    );
  });

  it('does not hear gain, from -20 to 20 dB', () => {
    fc.assert(
      fc.property(anyStretch, anyStretch, fc.constantFrom(-20, -10, 10, 20), (before, stretch, gain) => {
        const louder = (one: Stretch) => ({ ...one, levelDb: one.levelDb + gain });
        for (const { task } of MODELS) {
          const [plain, amplified] = [ask(task, stretch, [before]), ask(task, louder(stretch), [louder(before)])];
          for (const [label, value] of Object.entries(plain))
            expect(Math.abs(amplified[label]! - value), task).toBeLessThan(1e-6);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('says less, not more, the worse the evidence is', () => {
    fc.assert(
      fc.property(anyStretch, (stretch) => {
        const steps: Partial<Stretch>[] = [{}, { clippedShare: 0.5 }, { rangeDb: 20 }, { rangeDb: 20, clippedShare: 0.5 }];
        const long = { ...stretch, voiced: 150, unvoiced: 60, rangeDb: 40, clippedShare: 0 };
        // Gender weighs two sources, and is surer when one that disagrees is lost; a rate is a Gaussian that gets wider.
        for (const model of MODELS.filter(
          ({ labels, task }) => labels.length > 0 && !['gender', 'speaking_rate'].includes(task),
        )) {
          const answers = steps.map((step) => ask(model.task, { ...long, ...step }, [ORDINARY]));
          // Meeting the cap takes the most from what was the surest.
          if (Math.max(...Object.values(answers[0]!)) >= model.card.cap - 1e-9) continue;
          const known = answers.map((answer) => information(model, answer));
          for (const worse of [known[1]!, known[2]!, known[3]!]) expect(worse, model.task).toBeLessThanOrEqual(known[0]! + 1e-6);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('the directions', () => {
  const usual = Array.from({ length: 8 }, () => ORDINARY);

  it('3 semitones and 6 dB of tilt more are stronger, more intense and more engaged', () => {
    fc.assert(
      fc.property(anyStretch, (stretch) => {
        const plain = { ...stretch, f0Hz: Math.min(stretch.f0Hz, 300) };
        const raised = { ...plain, f0Hz: plain.f0Hz * 2 ** (3 / 12), tiltDb: plain.tiltDb + 6 };
        // Measured against one and the same past.
        const answer = (task: string, label: string, one: Stretch) => {
          const model = MODELS.find((candidate) => candidate.task === task)!;
          const given = model.answer(evidenceOf(one), { baseline: baselineOf(usual), language: 'en' });
          return given.kind === 'score' ? given.score : given.posteriors[model.labels.indexOf(label)]!;
        };
        for (const [task, label] of [
          ['strength', 'strong'],
          ['intensity', ''],
        ] as const) {
          expect(answer(task, label, raised), task).toBeGreaterThanOrEqual(answer(task, label, plain) - SLACK);
        }
        expect(answer('strength', 'weak', raised)).toBeLessThanOrEqual(answer('strength', 'weak', plain) + SLACK);
      }),
      { numRuns: 100 },
    );
    const raised = { ...ORDINARY, f0Hz: ORDINARY.f0Hz * 2 ** (3 / 12), tiltDb: ORDINARY.tiltDb + 6 };
    expect(ask('strength', raised, usual).strong).toBeGreaterThan(ask('strength', ORDINARY, usual).strong! + 0.2);
    expect(ask('engagement', raised, usual).engaged).toBeGreaterThan(ask('engagement', ORDINARY, usual).engaged! + 0.05);
  });

  it('effort is heard as angry or happy rather than sad, tension as angry, liveliness as happy', () => {
    const raised = { ...ORDINARY, f0Hz: 170, levelDb: -20, tiltDb: -2 };
    expect(ask('emotion', raised, usual).angry).toBeGreaterThan(0.25);
    expect(ask('emotion', raised, usual).sad).toBeLessThan(0.1);
    expect(ask('emotion', { ...raised, tiltDb: 2 }, usual).angry).toBeGreaterThan(
      ask('emotion', { ...raised, tiltDb: 2 }, usual).happy!,
    );
    expect(ask('emotion', { ...raised, swing: 7 }, usual).happy).toBeGreaterThan(ask('emotion', raised, usual).happy!);
    expect(ask('emotion', { ...ORDINARY, f0Hz: 100, levelDb: -38, tiltDb: -16, swing: 1 }, usual).sad).toBeGreaterThan(0.25);
    expect(ask('positivity', { ...ORDINARY, swing: 7 }, usual).positive).toBeGreaterThan(
      ask('positivity', ORDINARY, usual).positive!,
    );
  });

  it('quick and high voices are heard as younger', () => {
    const [quick, slow] = [
      ask('age', { ...ORDINARY, syllables: 7.5, f0Hz: 150 }),
      ask('age', { ...ORDINARY, syllables: 3, f0Hz: 95 }),
    ];
    expect(quick['18 - 22']).toBeGreaterThan(slow['18 - 22']!);
    expect(quick['46 - 65']).toBeLessThan(slow['46 - 65']!);
  });

  it('a stranger on the telephone, which raises the tilt, is not taken for strong', () => {
    const raised = { ...ORDINARY, tiltDb: -3 };
    expect(ask('strength', { ...raised, narrowband: true }).strong).toBeLessThan(ask('strength', raised).strong! - 0.02);
  });

  it('an ordinary voice makes no weak task claim anything', () => {
    for (const model of MODELS.filter(({ card }) => card.standing === 'weak')) {
      const answer = model.answer(evidenceOf(ORDINARY), { baseline: baselineOf(usual), language: 'en' });
      expect(answer, model.task).toMatchObject({ finalLabel: '' });
    }
  });
});

describe('the baseline of a speaker', () => {
  const usual = Array.from({ length: 6 }, () => ORDINARY);

  it('begins anew when the level steps without the voice, for seconds', () => {
    for (const step of [12, -12]) {
      const other = { ...ORDINARY, levelDb: ORDINARY.levelDb + step };
      const [first, , fourth] = [1, 2, 4].map(
        (count) => ask('intensity', other, [...usual, ...Array(count - 1).fill(other)]).score!,
      );
      expect(Math.abs(first! - 0.5)).toBeGreaterThan(0.1);
      expect(Math.abs(fourth! - 0.5)).toBeLessThan(0.05);
      expect(baselineOf([...usual, other, other]).voicedSeconds).toBe(4);
    }
  });

  it('begins anew when the telephone band comes or goes', () => {
    const narrow = { ...ORDINARY, narrowband: true, tiltDb: -6 };
    expect(baselineOf([...usual, narrow, narrow]).evidence.tiltDb.mean).toBeCloseTo(-6);
  });

  it('stays when the speaker gets louder, and when the step does not last', () => {
    const shouted = { ...ORDINARY, levelDb: -18, f0Hz: 160, tiltDb: -3 };
    expect(baselineOf([...usual, shouted, shouted, shouted]).voicedSeconds).toBe(18);
    const knock = { ...ORDINARY, levelDb: -18 };
    const stayed = baselineOf([...usual, knock, ORDINARY, knock, ORDINARY]);
    expect(stayed.voicedSeconds).toBe(16);
    expect(stayed.evidence.voicedLevelDb.percentile(0.5)).toBeCloseTo(-30, 0);
  });
});

describe('speaking rate', () => {
  const spoken = (syllables: number, seconds: number) =>
    ask('speaking_rate', { ...ORDINARY, voiced: 70 * seconds, unvoiced: 30 * seconds, syllables });
  const first = (posteriors: Record<string, number>) => Object.entries(posteriors).sort((a, b) => b[1] - a[1])[0]![0];

  it.each([
    [3.6, 'slow'],
    [5.5, 'normal'],
    [7.4, 'fast'],
  ])('says of %d syllables a second, heard for 3 s, that this is %s', (syllables, label) => {
    expect(first(spoken(syllables, 3))).toBe(label);
  });

  it('needs to hear more of what is rare: a second of very fast speech is not called that, 8 s are', () => {
    expect(first(spoken(8.6, 1))).not.toBe('very fast');
    expect(first(spoken(8.6, 8))).toBe('very fast');
  });
});
