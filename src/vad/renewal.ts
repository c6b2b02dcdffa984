import { VAD_SAMPLE_RATE } from './vad.js';

/**
 * Time between renewals. A multiple of frames of 10, 20, 30 and 32 ms, and the grid on which a session's replays begin: renewals of a call
 * that repeats part of another fall on the same audio.
 */
const PERIOD_MS = 480;
/** A frame whose probability is lower holds no speech. */
const SILENCE = 0.35;

/** What a detector with a memory does after a frame. */
export type RenewalStep = 'begin' | 'take' | 'go-on' | 'give-up';

/**
 * Tells a detector with a long memory when to forget.
 *
 * What was heard minutes ago must not decide when the next word begins, or two streams that hear the same word place it differently, and
 * recurrent networks drift on long streams. So in silence, every 480 ms, a second detector is started from nothing, and takes over after
 * another 480 ms without speech. From then on all depends on the last 480 to 960 ms and on what follows. A shorter
 * warm-up has Silero miss quiet speech (test/vad/detectors.test.ts).
 */
export class Renewal {
  readonly #framesPerPeriod: number;
  #frames = 0;
  #isRunning = false;

  /** @param frameLength In samples at 16 kHz. */
  constructor(frameLength: number) {
    this.#framesPerPeriod = Math.max(1, Math.round((PERIOD_MS * VAD_SAMPLE_RATE) / 1000 / frameLength));
  }

  /** Whether a second detector hears the frames too. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Frames up to the next one after which a second detector may begin or take over, from 1; before that, the first alone decides. */
  get framesUntilDue(): number {
    return this.#framesPerPeriod - (this.#frames % this.#framesPerPeriod);
  }

  /**
   * Takes a frame's probability of speech, 0 to 1, and gives what is due after it: `begin` a second detector, let it `take` over and begin
   * another, `give-up` the second because somebody speaks, or `go-on` as before.
   */
  next(probability: number): RenewalStep {
    this.#frames += 1;
    const wasRunning = this.#isRunning;
    if (probability >= SILENCE) {
      this.#isRunning = false;
      return wasRunning ? 'give-up' : 'go-on';
    }
    if (this.#frames % this.#framesPerPeriod !== 0) return 'go-on';
    this.#isRunning = true;
    return wasRunning ? 'take' : 'begin';
  }
}
