import { setImmediate as nextTurn } from 'node:timers/promises';
import { loadResampler } from '../../audio/resampler/index.js';
import { FrameCutter } from '../frame-cutter.js';
import { LightVadStream, loadLightVad } from '../light/light-vad.js';
import { SampleIntake } from '../sample-intake.js';
import { VAD_SAMPLE_RATE } from '../vad.js';
import { FrameMeasures } from './frame-measures.js';
import { certainFrames } from './speech-windows.js';

const FRAME_LENGTH = VAD_SAMPLE_RATE / 100;
const FRAME_MS = 10;
/** The event loop gets a turn after this much work. */
const SLICE_MS = 4;
/** Audio that is worked on between two looks at the clock. */
const BLOCK_MS = 200;
/** Pauses up to this don't end a spurt, in frames. */
const BRIDGED_FRAMES = 30;

/** A stretch of talk without longer pauses; times in milliseconds from the start of the audio. */
export interface SpeechSpurt {
  readonly startMs: number;
  readonly endMs: number;
  /** How much of it is certainly speech. */
  readonly certainMs: number;
  /** Time after it in which nothing sounded like speech, as far as the audio goes. */
  readonly quietAfterMs: number;
}

/**
 * Finds speech that is beyond doubt in seconds of audio: what it reports is speech, but it may report none where there is some.
 *
 * It needs 7 s, and takes about 2 ms of work for each second, in slices of a few milliseconds. See `speech-windows.ts` for how it decides. It
 * does not tell singing from speech, nor one speaker from another.
 *
 * @param pcm 16-bit mono audio, not changed; read until the promise settles.
 * @param sampleRate In Hz, from 4,000.
 * @param signal Ends the work; the promise then yields nothing found.
 * @returns The spurts that are at least partly certain, in order.
 */
export async function findSpeech(pcm: Int16Array, sampleRate: number, signal?: AbortSignal): Promise<SpeechSpurt[]> {
  await Promise.all([loadLightVad(), loadResampler()]);
  const measures = await measure(pcm, sampleRate, signal);
  return signal?.aborted ? [] : spurts(measures.speech.subarray(0, measures.length), certainFrames(measures));
}

async function measure(pcm: Int16Array, sampleRate: number, signal?: AbortSignal): Promise<FrameMeasures> {
  const measures = new FrameMeasures(Math.ceil((pcm.length / sampleRate) * 100) + 1);
  const cutter = new FrameCutter(FRAME_LENGTH);
  const vad = new LightVadStream();
  const intake = new SampleIntake(sampleRate);
  const block = Math.ceil((sampleRate * BLOCK_MS) / 1000);
  let sliceEnd = performance.now() + SLICE_MS;
  try {
    for (let from = 0; from < pcm.length && !signal?.aborted; from += block) {
      cutter.give(intake.convert(pcm.subarray(from, from + block)));
      while (cutter.next()) {
        const probability = vad.judge(cutter.frame);
        measures.add(cutter.frame, {
          probability,
          periodicity: vad.periodicity,
          period: vad.period,
          isVoiced: vad.isVoiced,
        });
      }
      if (performance.now() < sliceEnd) continue;
      await nextTurn();
      sliceEnd = performance.now() + SLICE_MS;
    }
  } finally {
    vad.close();
    intake.close();
  }
  return measures;
}

function spurts(speech: Uint8Array, certain: Uint8Array): SpeechSpurt[] {
  const found: { start: number; end: number; certain: number }[] = [];
  for (const [at, isSpeech] of speech.entries()) {
    if (!isSpeech) continue;
    const last = found.at(-1);
    if (last && at - last.end <= BRIDGED_FRAMES) {
      last.end = at + 1;
      last.certain += certain[at]!;
    } else {
      found.push({ start: at, end: at + 1, certain: certain[at]! });
    }
  }
  const ends = found.map((_, i) => found[i + 1]?.start ?? speech.length);
  return found
    .map(({ start, end, certain: certainCount }, i) => ({
      startMs: start * FRAME_MS,
      endMs: end * FRAME_MS,
      certainMs: certainCount * FRAME_MS,
      quietAfterMs: (ends[i]! - end) * FRAME_MS,
    }))
    .filter(({ certainMs }) => certainMs > 0);
}
