import type { Vad } from '../../src/vad/index.js';

/** How a {@link loudnessVad} behaves. */
export interface LoudnessVadOptions {
  /** Whether it judges in promises. Default: false. */
  later?: boolean;
  /** Called before each verdict; what it throws is the verdict's failure. */
  before?: () => void;
}

/** A small voice activity detector: how loud a frame of 10 ms is, on average, as a share of full scale. It counts its open streams. */
export function loudnessVad({ later = false, before }: LoudnessVadOptions = {}): Vad & { openStreams: number; closed: number } {
  const vad = {
    name: 'loudness',
    frameLength: 160,
    openStreams: 0,
    closed: 0,
    open() {
      vad.openStreams += 1;
      let judging = false;
      const measure = (frame: Int16Array) => frame.reduce((sum, sample) => sum + Math.abs(sample), 0) / frame.length / 32_768;
      return {
        judge(frame: Int16Array) {
          if (judging) throw new Error('judged two frames at once');
          before?.();
          if (!later) return measure(frame);
          judging = true;
          return Promise.resolve(measure(frame)).finally(() => {
            judging = false;
          });
        },
        close() {
          if (judging) throw new Error('closed in the middle of a verdict');
          vad.openStreams -= 1;
        },
      };
    },
    close() {
      vad.closed += 1;
    },
  };
  return vad;
}
