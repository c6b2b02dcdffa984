/** Averages all channels into one; a single channel is returned as it is. */
export function mixDown(channels: readonly Float32Array[]): Float32Array {
  const first = channels[0];
  const second = channels[1];
  if (!first) return new Float32Array(0);
  if (!second) return first;
  const mixed = new Float32Array(first.length);
  if (channels.length === 2) {
    for (let i = 0; i < mixed.length; i += 1) mixed[i] = (first[i]! + second[i]!) * 0.5;
    return mixed;
  }
  const gain = 1 / channels.length;
  for (const channel of channels) {
    for (let i = 0; i < mixed.length; i += 1) mixed[i]! += channel[i]! * gain;
  }
  return mixed;
}

/** Sound above this mean square (-50 dBFS) counts as activity of a channel. */
const ACTIVE_POWER = 1e-5;
/** Activity that both channels must have shown before the detector speaks. */
const EVIDENCE_MS = 1000;
/** One sample in so many is enough to tell, and keeps this far below the cost of mixing. */
const STRIDE = 8;
/** Above this correlation coefficient the channels carry the same scene. */
const SAME_SCENE = 0.3;

/**
 * Notices when the two channels of a stereo recording look like two parties of a call rather than one scene.
 *
 * Two parties speak on their own channels, so that the channels hardly correlate; a stereo recording of a room or of music does.
 */
export class PartyDetector {
  #left = 0;
  #right = 0;
  #cross = 0;
  #leftActiveMs = 0;
  #rightActiveMs = 0;
  #reported = false;

  /** Takes in a piece of stereo audio; true once, when there is enough evidence of two parties. */
  push(left: Float32Array, right: Float32Array, sampleRate: number): boolean {
    if (this.#reported || left.length === 0) return false;
    let leftPower = 0;
    let rightPower = 0;
    let cross = 0;
    for (let i = 0; i < left.length; i += STRIDE) {
      const l = left[i]!;
      const r = right[i]!;
      leftPower += l * l;
      rightPower += r * r;
      cross += l * r;
    }
    const count = Math.ceil(left.length / STRIDE);
    const pieceMs = (left.length / sampleRate) * 1000;
    if (leftPower / count > ACTIVE_POWER) this.#leftActiveMs += pieceMs;
    if (rightPower / count > ACTIVE_POWER) this.#rightActiveMs += pieceMs;
    this.#left += leftPower;
    this.#right += rightPower;
    this.#cross += cross;
    if (this.#leftActiveMs < EVIDENCE_MS || this.#rightActiveMs < EVIDENCE_MS) return false;
    this.#reported = Math.abs(this.#cross) / Math.sqrt(this.#left * this.#right) < SAME_SCENE;
    return this.#reported;
  }
}
