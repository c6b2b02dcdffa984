import type { SpeechEvidence } from '../features/speech-evidence.js';
import { amount, clarity, posteriors, ROBUST, topLabel } from './posteriors.js';
import type { TaskModel } from './task-model.js';

const LABELS = ['no', 'yes'];
const RULE = { prior: [0.8, 0.2], cap: 0.85 };

/** Pauses take this share of the time where the speech rate is 0.8 of the articulation rate: as likely fluent as hesitant. */
const EVEN_SHARE = 0.2;
/** So much more makes hesitation e times likelier; together no more than e to the limit. */
const SHARE_SPREAD = 0.06;
const SHARE_LIMIT = 3;
/** What is missing says less than what is there: neither source counts for less than this. */
const LEAST = -0.5;
/** The gap before an utterance counts half: between sentences, fluent speakers pause too (Campione, Veronis 2002). */
const GAP_WEIGHT = 0.5;

/**
 * Filled pauses per second, for a Poisson count: of fluent speech, 2.6 in 100 words (Bortfeld et al. 2001) and the detector's false alarms,
 * and of hesitant speech.
 */
const FLUENT_FILLERS = 0.07;
const HESITANT_FILLERS = 0.4;

/**
 * Whether somebody hesitates, from silent and filled pauses.
 *
 * The share of time in pauses of 250 ms and more, the gap before the utterance counted half, is 1 - speech rate / articulation rate; its
 * log-likelihood ratio is (share - .2) / .06, within -.5 and 3. Filled pauses (Goto, Itou, Hayamizu 1999) besides: n in T seconds count
 * n ln(.4 / .07) - .33 T, at least -.5.
 */
export const hesitation: TaskModel = {
  task: 'hesitation',
  labels: LABELS,
  card: {
    standing: 'claim',
    measures:
      'The share of time in pauses of 250 ms and more (.2, a speech rate of .8 of the articulation rate, says nothing; the gap before the utterance, if under 1.5 s, counts half), and the number of filled pauses: voice held for 250 ms within one semitone and an envelope within 2 dB.',
    prior: RULE.prior,
    cap: RULE.cap,
    evidence:
      '0.3 s of voiced speech, in full from 1 s; noise weakens it, and hides pauses altogether below an SNR of about 8 dB.',
    expect:
      'F1 .5 to .7. Slow, deliberate reading is taken for hesitation; an "uh" that glides is missed, and the light VAD takes a long held one for a tone and leaves it out.',
    sources: [
      'Goldman-Eisler 1968 (pauses from 250 ms)',
      'Goto, Itou, Hayamizu 1999 (filled pauses)',
      'Campione, Veronis 2002 (pauses between sentences)',
      'Bortfeld et al. 2001 (frequency of filled pauses)',
    ],
    use: 'Building and testing; finding the places of a conversation where somebody pauses.',
    avoid: 'Judging competence, honesty or health: stuttering, second languages and thinking pause alike.',
  },
  answer(evidence) {
    const weight = amount(evidence) * clarity(evidence, ROBUST);
    const values = posteriors(RULE, [fromShare(evidence), fromFillers(evidence)], weight);
    return { kind: 'labels', posteriors: values, finalLabel: weight > 0 ? topLabel(LABELS, values) : '' };
  },
};

/** The share of time in silent and filled pauses, 0 to 1; the gap before counts half. */
export function pausedShare({ frames, silentPauseFrames, filledPauseFrames, precedingGapFrames }: SpeechEvidence): number {
  const gap = GAP_WEIGHT * precedingGapFrames;
  return frames > 0 ? (silentPauseFrames + filledPauseFrames + gap) / (frames + gap) : 0;
}

function fromShare(evidence: SpeechEvidence): number[] {
  return [0, Math.max(LEAST, Math.min(SHARE_LIMIT, (pausedShare(evidence) - EVEN_SHARE) / SHARE_SPREAD))];
}

function fromFillers({ filledPauses, frames }: SpeechEvidence): number[] {
  const seconds = frames / 100;
  return [
    0,
    Math.max(LEAST, filledPauses * Math.log(HESITANT_FILLERS / FLUENT_FILLERS) - (HESITANT_FILLERS - FLUENT_FILLERS) * seconds),
  ];
}
