import { recording } from '../../engine/support/recordings.js';
import { KNOWN_CALLS } from '../../support/known-calls.js';
import { SeededRandom } from '../../support/seeded-random.js';

/** A recording whose utterances are known. */
export interface KnownUtterances {
  readonly samples: Int16Array;
  readonly sampleRate: number;
  /** Where somebody speaks, in milliseconds. */
  readonly spans: readonly { readonly startMs: number; readonly endMs: number }[];
}

const SAMPLE_RATE = 8000;
const CONTEXT = 0.04;
const FADE = 0.02;
/** Longest deviation of the room's noise, in steps of 16 bits: below what counts as quiet, at its edge, and well above. */
const ROOMS = [12, 60, 200];

/**
 * Makes a recording of a given length from the speech of the fixtures, eight people in all: clips in any order and at various levels,
 * silences of 0.7 to 4 s between them and now and then of 8 to 20, and the noise of a room, which makes every place unlike all others.
 */
export function knownUtterances(minutes: number, seed: number): KnownUtterances {
  const random = new SeededRandom(seed);
  const clips = speechClips();
  const samples = new Int16Array(Math.round(minutes * 60 * SAMPLE_RATE));
  const room = random.pick(ROOMS);
  for (let i = 0; i < samples.length; i += 1) samples[i] = Math.round(random.between(-room, room));
  const spans: { startMs: number; endMs: number }[] = [];
  for (let at = 0; ; ) {
    at += Math.round((random.next() < 0.1 ? random.between(8, 20) : random.between(0.7, 4)) * SAMPLE_RATE);
    const clip = random.pick(clips);
    if (at + clip.length > samples.length) break;
    const gain = 10 ** (random.between(-6, 3) / 20);
    for (const [i, sample] of clip.entries()) samples[at + i] = clipped(samples[at + i]! + gain * sample);
    const context = Math.round(CONTEXT * SAMPLE_RATE);
    spans.push({ startMs: ms(at + context), endMs: ms(at + clip.length - context) });
    at += clip.length;
  }
  return { samples, sampleRate: SAMPLE_RATE, spans };
}

let speech: readonly Int16Array[] | undefined;

function speechClips(): readonly Int16Array[] {
  speech ??= KNOWN_CALLS.flatMap(({ file, channel, spans }) => {
    const { samples } = recording(file, channel);
    return spans.map(([start, end]) =>
      faded(samples.slice(Math.round((start - CONTEXT) * SAMPLE_RATE), Math.round((end + CONTEXT) * SAMPLE_RATE))),
    );
  });
  return speech;
}

/** The clip's own noise must not begin with a step. */
function faded(clip: Int16Array): Int16Array {
  const fade = Math.round(FADE * SAMPLE_RATE);
  return clip.map((sample, i) => sample * Math.min(1, (i + 1) / fade, (clip.length - i) / fade));
}

function ms(samples: number): number {
  return (samples / SAMPLE_RATE) * 1000;
}

function clipped(sample: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(sample)));
}
