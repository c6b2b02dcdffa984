import { FrameCutter } from '../../src/vad/frame-cutter.js';
import type { Vad } from '../../src/vad/index.js';

/** Which frames of 10 ms a VAD takes for speech, with the engine's hysteresis and look-back, and pauses under 200 ms bridged. */
export async function speechFrames(vad: Vad, samples: Int16Array): Promise<boolean[]> {
  const stream = vad.open();
  const cutter = new FrameCutter(vad.frameLength);
  const probabilities: number[] = [];
  cutter.give(samples);
  while (cutter.next()) probabilities.push(await stream.judge(cutter.frame));
  stream.close();
  const speech: boolean[] = [];
  const likely: boolean[] = [];
  let inSpeech = false;
  for (let i = 0; i * 160 < samples.length; i += 1) {
    const probability = probabilities[Math.floor((i * 160) / vad.frameLength)] ?? 0;
    const before = inSpeech;
    inSpeech = probability >= (inSpeech ? 0.35 : 0.5);
    speech.push(inSpeech);
    for (let j = i - 1; inSpeech && !before && j > i - 30 && likely[j]; j -= 1) speech[j] = true;
    likely.push(probability >= 0.35);
  }
  return bridged(speech, 20);
}

/** F1 of frames against spans of speech in seconds. */
export function f1(frames: readonly boolean[], spans: readonly (readonly [number, number])[]): number {
  let [hits, misses, alarms] = [0, 0, 0];
  for (const [i, detected] of frames.entries()) {
    const time = i / 100 + 0.005;
    const speech = spans.some(([start, end]) => time >= start && time < end);
    if (speech && detected) hits += 1;
    else if (speech) misses += 1;
    else if (detected) alarms += 1;
  }
  return (2 * hits) / (2 * hits + misses + alarms);
}

function bridged(frames: readonly boolean[], gap: number): boolean[] {
  const result = [...frames];
  let last = -1;
  for (const [i, speech] of frames.entries()) {
    if (!speech) continue;
    if (last >= 0 && i - last <= gap) result.fill(true, last, i);
    last = i;
  }
  return result;
}
