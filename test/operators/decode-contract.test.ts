import { describe, expect, it } from 'vitest';
import { type DecodeOptions, decode } from '../../src/operators/decode.js';
import { byteSource, noChildLeft } from '../support/bytes.js';
import { holdEach, takeAndStop } from '../support/consume.js';
import { eventLog, fixture } from '../support/decoding.js';

const RAW: DecodeOptions = { format: { encoding: 'mulaw', sampleRate: 8000, channels: 2 } };

/** One format per decoder there is. */
const formats: [string, Uint8Array, DecodeOptions, seconds: number][] = [
  ['WAV', fixture('call/support_mulaw_8k.wav'), {}, 14.1],
  ['MP3', fixture('call/support.mp3'), {}, 14.1],
  ['raw samples', fixture('call/support_mulaw_8k.wav').subarray(58), RAW, 14.1],
  ['Ogg, through ffmpeg', fixture('call/support.ogg'), {}, 14.1],
];

/** Timers of this process that would keep it alive. */
const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

describe.each(formats)('the operator contract: decode() of %s', (_, bytes, settings, seconds) => {
  const options: DecodeOptions = { ...settings, events: eventLog().events };

  it('completes with all audio, and leaves no hold, timer, process or subscription', async () => {
    const before = timers();
    const { source$, probe } = byteSource(bytes);
    let heard = 0;
    await new Promise<void>((resolve, reject) => {
      source$.pipe(decode(options)).subscribe({
        next: ({ length, format }) => {
          heard += length / format.sampleRate;
        },
        complete: resolve,
        error: reject,
      });
    });
    expect(heard).toBeCloseTo(seconds, 6);
    expect(probe).toMatchObject({ holds: 0, subscribed: 1, unsubscribed: 1 });
    await noChildLeft();
    expect(timers()).toBeLessThanOrEqual(before);
  });

  it('passes on an error after what came before it, and leaves nothing', async () => {
    const { source$, probe } = byteSource(bytes, 4096, new Error('cable pulled'));
    let heard = 0;
    const error = await new Promise((resolve) => {
      source$.pipe(decode(options)).subscribe({
        next: ({ length, format }) => {
          heard += length / format.sampleRate;
        },
        error: resolve,
      });
    });
    expect(error).toMatchObject({ message: 'cable pulled' });
    expect(heard).toBeCloseTo(seconds, 6);
    expect(probe).toMatchObject({ holds: 0, unsubscribed: 1 });
    await noChildLeft();
  });

  it('stops at once when unsubscribed, before, between and during emissions', async () => {
    for (const stopAfter of [0, 1, 3]) {
      const { source$, probe } = byteSource(bytes);
      const seen = await takeAndStop(source$.pipe(decode(options)), stopAfter);
      await noChildLeft();
      expect(seen()).toBe(stopAfter);
      expect(probe).toMatchObject({ holds: 0, unsubscribed: 1 });
    }
  });

  it('emits nothing while its consumer holds, and loses nothing by it', async () => {
    const { source$, probe } = byteSource(bytes);
    let heard = 0;
    await holdEach(source$.pipe(decode(options)), ({ length, format }) => {
      heard += length / format.sampleRate;
    });
    expect(heard).toBeCloseTo(seconds, 6);
    expect(probe.holds).toBe(0);
    await noChildLeft();
  });

  it('keeps no state between subscriptions', async () => {
    const operator = decode(options);
    const totals: number[] = [];
    for (let round = 0; round < 2; round += 1) {
      let samples = 0;
      await new Promise<void>((resolve, reject) => {
        byteSource(bytes)
          .source$.pipe(operator)
          .subscribe({
            next: ({ length }) => {
              samples += length;
            },
            complete: resolve,
            error: reject,
          });
      });
      totals.push(samples);
    }
    expect(totals[1]).toBe(totals[0]);
  });
});
