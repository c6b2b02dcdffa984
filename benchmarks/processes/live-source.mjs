// @ts-check
// A microphone: a Readable of 16-bit mono PCM at 16 kHz whose blocks come at the time their last sample was captured.
import { Readable } from 'node:stream';
import { nowMs } from '../measuring/clock.mjs';

const BYTES_PER_MS = 32;

/** One recording on its way through a microphone. */
export class LiveSource {
  /** What programs read from. It can't be paused: a microphone can't. */
  readable = new Readable({ read() {} });
  #pcm;
  #blockMs;
  #delivered = 0;

  /** @param {Buffer} pcm The recording, repeated as long as needed. @param {number} blockMs Length of a block. */
  constructor(pcm, blockMs) {
    this.#blockMs = blockMs;
    this.#pcm = pcm.subarray(0, pcm.length - (pcm.length % (blockMs * BYTES_PER_MS)));
  }

  /**
   * Delivers blocks on schedule; what is late is delivered at once, and the schedule stays.
   *
   * @param {object} schedule
   * @param {number} schedule.startMs When the first block's first sample is captured.
   * @param {number} schedule.blocks
   * @param {number} schedule.speed Times real time.
   * @param {(index: number, dueMs: number, deliveredMs: number) => void} onBlock Called right before each is delivered.
   * @returns {Promise<void>}
   */
  deliver({ startMs, blocks, speed }, onBlock) {
    return new Promise((resolve) => {
      let index = 0;
      const step = () => {
        for (; index < blocks; index += 1) {
          const dueMs = startMs + ((index + 1) * this.#blockMs) / speed;
          const now = nowMs();
          if (now < dueMs) {
            setTimeout(step, Math.ceil(dueMs - now));
            return;
          }
          onBlock(index, dueMs, now);
          this.readable.push(this.#nextBlock());
        }
        resolve();
      };
      step();
    });
  }

  end() {
    this.readable.push(null);
  }

  #nextBlock() {
    const bytes = this.#blockMs * BYTES_PER_MS;
    const at = (this.#delivered * bytes) % this.#pcm.length;
    this.#delivered += 1;
    return this.#pcm.subarray(at, at + bytes);
  }
}
